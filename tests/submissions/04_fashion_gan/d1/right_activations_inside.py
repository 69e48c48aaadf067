# Activations as arguments of the dense layers, and folded before the last activation.
# marks: 4 of 4
# %% d1_generator
gen_model = models.Sequential(
    [
        layers.Input((100,)),
        *[
            layer
            for units in (256, 512, 1024)
            for layer in (
                layers.Dense(units, activation=layers.LeakyReLU()),
                layers.BatchNormalization(),
            )
        ],
        layers.Dense(784),
        layers.Reshape((28, 28, 1)),
        layers.LeakyReLU(),
    ]
)
# %% d1_discriminator
disc_model = models.Sequential([layers.Input((28, 28, 1)), layers.Flatten()])
for units in (1024, 512, 256):
    disc_model.add(layers.Dense(units, activation="leaky_relu"))
    disc_model.add(layers.BatchNormalization())
disc_model.add(layers.Dense(1))
disc_model.add(layers.Activation("sigmoid"))
