# Goes to 196 numbers at once.
# marks: 2 of 4
def make_decoder():
    return keras.Sequential(
        [
            keras.Input((64,)),
            layers.Dense(196),
            layers.LeakyReLU(),
            layers.Reshape((14, 14, 1)),
            layers.Conv2DTranspose(32, 3, padding="same", activation="relu"),
            layers.Dropout(0.2),
            layers.Conv2DTranspose(64, 3, padding="same", activation="relu"),
            layers.Dropout(0.2),
            layers.Conv2DTranspose(64, 3, strides=2, padding="same", activation="relu"),
            layers.Flatten(),
            layers.Dense(784, activation="sigmoid"),
            layers.Reshape((28, 28)),
        ]
    )


decoder = make_decoder()
