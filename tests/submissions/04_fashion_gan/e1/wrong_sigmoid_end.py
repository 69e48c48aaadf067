# The generator is mended too early: it ends with a sigmoid.
# marks: 3.25 of 4
# %% e1_generator
cnn_gen_model = models.Sequential(
    [
        keras.Input((6272,)),
        layers.Reshape((7, 7, 128)),
        layers.Conv2DTranspose(56, 2, strides=2),
        layers.LeakyReLU(),
        layers.BatchNormalization(),
        layers.Conv2DTranspose(112, 2, strides=2),
        layers.LeakyReLU(),
        layers.BatchNormalization(),
        layers.Conv2D(1, 1, activation="sigmoid"),
    ]
)
