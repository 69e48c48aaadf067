# Functional API, the activation as a layer of its own, LeakyReLU within the convolution.
# marks: 1 of 1
# %% q4a_generator
def make_generator_model(batch_size):
    noise = keras.Input((noise_dim,))
    x = layers.Dense(7 * 7 * batch_size, use_bias=False)(noise)
    x = layers.LeakyReLU()(layers.BatchNormalization()(x))
    x = layers.Reshape((7, 7, batch_size))(x)
    x = layers.Conv2DTranspose(64, (5, 5), (2, 2), "same", use_bias=False)(x)
    x = layers.LeakyReLU()(layers.BatchNormalization()(x))
    x = layers.Conv2DTranspose(1, (5, 5), (2, 2), "same", use_bias=False)(x)
    return keras.Model(noise, layers.Activation("tanh")(x))


generator = make_generator_model(64)
# %% q4a_discriminator
def make_discriminator_model():
    image = keras.Input((28, 28, 1))
    x = layers.Conv2D(64, 5, 2, "same", activation=layers.LeakyReLU())(image)
    x = layers.Dropout(0.3)(x)
    return keras.Model(image, layers.Dense(1)(layers.Flatten()(x)))


discriminator = make_discriminator_model()
