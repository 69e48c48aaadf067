# Both networks with the functional API.
# marks: 4 of 4
# %% d1_generator
def block(units, x):
    return layers.BatchNormalization()(layers.LeakyReLU()(layers.Dense(units)(x)))


noise_in = keras.Input((100,))
x = noise_in
for units in (256, 512, 1024):
    x = block(units, x)
x = layers.Reshape((28, 28, 1))(layers.LeakyReLU()(layers.Dense(784)(x)))
gen_model = models.Model(noise_in, x)
# %% d1_discriminator
image_in = keras.Input((28, 28, 1))
x = layers.Flatten()(image_in)
for units in (1024, 512, 256):
    x = block(units, x)
disc_model = models.Model(image_in, layers.Dense(1, activation="sigmoid")(x))
