# No batch normalisation.
# marks: 2.5 of 4
def make_generator_model():
    return keras.Sequential(
        [
            keras.Input((100,)),
            layers.Dense(12544, use_bias=False, activation="leaky_relu"),
            layers.Reshape((7, 7, 256)),
            layers.Conv2DTranspose(128, 5, padding="same", use_bias=False, activation="leaky_relu"),
            layers.Conv2DTranspose(
                64, 5, strides=2, padding="same", use_bias=False, activation="leaky_relu"
            ),
            layers.Conv2DTranspose(1, 5, strides=2, padding="same", use_bias=False, activation="tanh"),
        ]
    )


generator = make_generator_model()
