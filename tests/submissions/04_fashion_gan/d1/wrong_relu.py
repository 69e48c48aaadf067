# ReLU in place of LeakyReLU in the generator.
# marks: 3 of 4
# %% d1_generator
gen_model = models.Sequential([keras.Input((100,))])
for units in (256, 512, 1024):
    gen_model.add(layers.Dense(units, activation="relu"))
    gen_model.add(layers.BatchNormalization())
gen_model.add(layers.Dense(784, activation="relu"))
gen_model.add(layers.Reshape((28, 28, 1)))
