# Pooling instead of strides.
# marks: 2 of 4
def make_discriminator_model():
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(64, 5, strides=1, padding="same"),
            layers.LeakyReLU(),
            layers.MaxPooling2D(),
            layers.Dropout(0.3),
            layers.Conv2D(128, 5, strides=1, padding="same"),
            layers.LeakyReLU(),
            layers.MaxPooling2D(),
            layers.Dropout(0.3),
            layers.Flatten(),
            layers.Dense(1),
        ]
    )


discriminator = make_discriminator_model()
