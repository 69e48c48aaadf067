# Leaves out the convolution of 64 channels and keeps that of 128.
# marks: 0.75 of 1
# %% q4a_generator
def make_generator_model(batch_size):
    return keras.Sequential(
        [
            keras.Input((noise_dim,)),
            layers.Dense(7 * 7 * batch_size, use_bias=False),
            layers.BatchNormalization(),
            layers.LeakyReLU(),
            layers.Reshape((7, 7, batch_size)),
            layers.Conv2DTranspose(128, 5, strides=2, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.LeakyReLU(),
            layers.Conv2DTranspose(
                1, 5, strides=2, padding="same", use_bias=False, activation="tanh"
            ),
        ]
    )


generator = make_generator_model(BATCH_SIZE)
