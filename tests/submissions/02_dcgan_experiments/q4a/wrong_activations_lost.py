# The LeakyReLU that belongs to the removed layer stays away, and so do the others; no dropout.
# marks: 0.5 of 1
# %% q4a_generator
generator = keras.Sequential(
    [
        keras.Input((noise_dim,)),
        layers.Dense(7 * 7 * BATCH_SIZE, use_bias=False),
        layers.BatchNormalization(),
        layers.Reshape((7, 7, BATCH_SIZE)),
        layers.Conv2DTranspose(64, 5, strides=2, padding="same", use_bias=False),
        layers.BatchNormalization(),
        layers.Conv2DTranspose(1, 5, strides=2, padding="same", use_bias=False, activation="tanh"),
    ]
)
# %% q4a_discriminator
discriminator = keras.Sequential(
    [
        keras.Input((28, 28, 1)),
        layers.Conv2D(64, 5, strides=2, padding="same"),
        layers.LeakyReLU(),
        layers.Flatten(),
        layers.Dense(1),
    ]
)
