# Activations as arguments, and the map reshaped before its activation.
# marks: 3 of 3
leaky = dict(activation=layers.LeakyReLU(negative_slope=0.2))


def make_generator():
    return keras.Sequential(
        [
            layers.Input((100,)),
            layers.Dense(6272),
            layers.Reshape((7, 7, 128)),
            layers.LeakyReLU(negative_slope=0.2),
            layers.Conv2DTranspose(128, 4, 2, "same", **leaky),
            layers.Conv2DTranspose(128, 4, 2, "same", activation="leaky_relu"),
            layers.Conv2D(1, 7, padding="same", activation=keras.activations.sigmoid),
        ]
    )


def make_discriminator():
    model = keras.Sequential([layers.Input((28, 28, 1))])
    for _ in range(2):
        model.add(layers.Conv2D(64, 3, 2, "same", **leaky))
        model.add(layers.Dropout(0.4))
    model.add(layers.Flatten())
    model.add(layers.Dense(1, activation="sigmoid"))
    return model


generator = make_generator()
discriminator = make_discriminator()
