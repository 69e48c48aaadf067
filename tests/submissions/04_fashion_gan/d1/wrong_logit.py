# The discriminator ends with a logit, as in assignment 2.
# marks: 3 of 4
# %% d1_discriminator
disc_model = models.Sequential([keras.Input((28, 28, 1)), layers.Flatten()])
for units in (1024, 512, 256):
    disc_model.add(layers.Dense(units))
    disc_model.add(layers.LeakyReLU())
    disc_model.add(layers.BatchNormalization())
disc_model.add(layers.Dense(1))
