# Sequential models without an input shape, built by being called; the lines that raise are left.
# marks: 1 of 1
# %% q4a_generator
def make_generator_model(batch_size):
    return keras.Sequential(
        [
            layers.Dense(7 * 7 * batch_size, use_bias=False),
            layers.BatchNormalization(),
            layers.LeakyReLU(),
            layers.Reshape((7, 7, batch_size)),
            layers.Conv2DTranspose(64, 5, strides=2, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.LeakyReLU(),
            layers.Conv2DTranspose(
                1, 5, strides=2, padding="same", use_bias=False, activation="tanh"
            ),
        ]
    )


generator = make_generator_model(BATCH_SIZE)
print(generator(seed).shape)
raise NotImplementedError()
# %% q4a_discriminator
discriminator = keras.Sequential(
    [
        layers.Conv2D(64, 5, strides=2, padding="same"),
        layers.LeakyReLU(),
        layers.Dropout(0.3),
        layers.Flatten(),
        layers.Dense(1),
    ]
)
discriminator(generator(seed))
raise NotImplementedError()
# %% q4a_train
history = train(train_dataset, EPOCHS)
raise NotImplementedError()
