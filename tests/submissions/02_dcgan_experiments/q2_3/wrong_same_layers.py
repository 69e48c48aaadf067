# A new model around the baseline's trained layers.
# marks: 0 of 1
discriminator = keras.Sequential(baseline_discriminator.layers, name="new_discriminator")
