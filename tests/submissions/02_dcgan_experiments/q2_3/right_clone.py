# A fresh copy of the baseline's architecture: cloning draws new weights.
# marks: 1 of 1
discriminator = keras.models.clone_model(baseline_discriminator)
