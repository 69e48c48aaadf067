# A copy that has the baseline's weights.
# marks: 0 of 1
generator = keras.models.clone_model(baseline_generator)
generator.set_weights(baseline_generator.get_weights())
