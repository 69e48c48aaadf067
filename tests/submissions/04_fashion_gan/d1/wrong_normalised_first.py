# Batch normalisation before LeakyReLU, in both networks: as many parameters, another network.
# marks: 2 of 4
# %% d1_generator
gen_model = models.Sequential([keras.Input((100,))])
for units in (256, 512, 1024):
    gen_model.add(layers.Dense(units))
    gen_model.add(layers.BatchNormalization())
    gen_model.add(layers.LeakyReLU())
gen_model.add(layers.Dense(784))
gen_model.add(layers.LeakyReLU())
gen_model.add(layers.Reshape((28, 28, 1)))
# %% d1_discriminator
disc_model = models.Sequential([keras.Input((28, 28, 1)), layers.Flatten()])
for units in (1024, 512, 256):
    disc_model.add(layers.Dense(units))
    disc_model.add(layers.BatchNormalization())
    disc_model.add(layers.LeakyReLU())
disc_model.add(layers.Dense(1, activation="sigmoid"))
