# The functional API and a loop for what is there twice.
# marks: 3 of 3
def make_generator():
    noise = keras.Input((100,))
    x = layers.LeakyReLU(negative_slope=0.2)(layers.Dense(6272)(noise))
    x = layers.Reshape((7, 7, 128))(x)
    for _ in range(2):
        x = layers.Conv2DTranspose(128, (4, 4), strides=(2, 2), padding="same")(x)
        x = layers.LeakyReLU(negative_slope=0.2)(x)
    x = layers.Conv2D(1, (7, 7), padding="same")(x)
    return keras.Model(noise, layers.Activation("sigmoid")(x))


def make_discriminator():
    image = keras.Input((28, 28, 1))
    x = image
    for _ in range(2):
        x = layers.Conv2D(64, (3, 3), strides=(2, 2), padding="same")(x)
        x = layers.Dropout(0.4)(layers.LeakyReLU(negative_slope=0.2)(x))
    x = layers.Dense(1)(layers.Flatten()(x))
    return keras.Model(image, layers.Activation("sigmoid")(x))


generator, discriminator = make_generator(), make_discriminator()
