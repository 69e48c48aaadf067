# Batch normalisation is lost.
# marks: 2.5 of 4
def make_generator_model():
    model = keras.Sequential([keras.Input((100,))])
    model.add(layers.Dense(12544, use_bias=False, activation="relu"))
    model.add(layers.Reshape((7, 7, 256)))
    model.add(layers.Conv2DTranspose(128, 5, padding="same", use_bias=False, activation="relu"))
    model.add(
        layers.Conv2DTranspose(64, 5, strides=2, padding="same", use_bias=False, activation="relu")
    )
    model.add(
        layers.Conv2DTranspose(1, 5, strides=2, padding="same", use_bias=False, activation="tanh")
    )
    return model
