# A fresh copy of the baseline's architecture, which is too wide now.
# marks: 0 of 1
generator = keras.models.clone_model(baseline_generator)
