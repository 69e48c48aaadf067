# A copy that has the baseline's weights.
# marks: 0 of 1
discriminator = make_discriminator_model()
discriminator.set_weights(baseline_discriminator.get_weights())
