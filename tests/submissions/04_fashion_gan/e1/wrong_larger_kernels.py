# Kernels of 3 x 3 in the generator's transposed convolutions.
# marks: 2.5 of 4
# %% e1_generator
cnn_gen_model = models.Sequential(
    [
        keras.Input((6272,)),
        layers.Reshape((7, 7, 128)),
        layers.Conv2DTranspose(56, 3, strides=2, padding="same"),
        layers.LeakyReLU(),
        layers.BatchNormalization(),
        layers.Conv2DTranspose(112, 3, strides=2, padding="same"),
        layers.LeakyReLU(),
        layers.BatchNormalization(),
        layers.Conv2D(1, 1),
    ]
)
