# The generator without batch normalisation.
# marks: 2 of 4
# %% d1_generator
gen_model = models.Sequential([keras.Input((100,))])
for units in (256, 512, 1024):
    gen_model.add(layers.Dense(units))
    gen_model.add(layers.LeakyReLU())
gen_model.add(layers.Dense(784))
gen_model.add(layers.LeakyReLU())
gen_model.add(layers.Reshape((28, 28, 1)))
