# Grows in the first two transposed convolutions instead of the last two.
# marks: 3 of 4
def make_generator_model():
    model = keras.Sequential()
    model.add(keras.Input((100,)))
    model.add(layers.Dense(7 * 7 * 256, use_bias=False))
    model.add(layers.BatchNormalization())
    model.add(layers.LeakyReLU())
    model.add(layers.Reshape((7, 7, 256)))
    for filters, stride in ((128, 2), (64, 2)):
        model.add(layers.Conv2DTranspose(filters, (5, 5), strides=stride, padding="same", use_bias=False))
        model.add(layers.BatchNormalization())
        model.add(layers.LeakyReLU())
    model.add(
        layers.Conv2DTranspose(1, (5, 5), strides=1, padding="same", use_bias=False, activation="tanh")
    )
    return model


generator = make_generator_model()
