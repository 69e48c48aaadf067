# The discriminator with padding "same".
# marks: 3.25 of 4
# %% e1_discriminator
cnn_disc_model = models.Sequential(
    [
        keras.Input((28, 28, 1)),
        layers.Conv2D(32, 5, strides=2, padding="same"),
        layers.LeakyReLU(),
        layers.BatchNormalization(),
        layers.Conv2D(64, 5, strides=2, padding="same"),
        layers.LeakyReLU(),
        layers.BatchNormalization(),
        layers.Flatten(),
        layers.Dense(1, activation="sigmoid"),
    ]
)
