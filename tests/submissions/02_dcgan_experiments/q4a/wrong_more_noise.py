# A generator for 100 numbers, and a discriminator that keeps its second convolution.
# marks: 0.5 of 1
# %% q4a_generator
noise_dim = 100
seed = sampling.latent((16, noise_dim), seed=0)
generator = keras.Sequential(
    [
        keras.Input((noise_dim,)),
        layers.Dense(7 * 7 * BATCH_SIZE, use_bias=False),
        layers.BatchNormalization(),
        layers.LeakyReLU(),
        layers.Reshape((7, 7, BATCH_SIZE)),
        layers.Conv2DTranspose(64, 5, strides=2, padding="same", use_bias=False),
        layers.BatchNormalization(),
        layers.LeakyReLU(),
        layers.Conv2DTranspose(1, 5, strides=2, padding="same", use_bias=False, activation="tanh"),
    ]
)
# %% q4a_discriminator
discriminator = make_discriminator_model()
