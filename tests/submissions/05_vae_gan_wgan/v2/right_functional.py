# The functional API, with activations as layers of their own.
# marks: 4 of 4
def make_decoder():
    code = keras.Input((64,))
    x = layers.LeakyReLU()(layers.Dense(98)(code))
    x = layers.LeakyReLU()(layers.Dense(196)(x))
    x = layers.Reshape((14, 14, 1))(x)
    for channels, stride in ((32, 1), (64, 1), (64, 2)):
        x = layers.Conv2DTranspose(channels, (3, 3), strides=(stride, stride), padding="same")(x)
        x = layers.Activation("relu")(x)
        if stride == 1:
            x = layers.Dropout(0.2)(x)
    x = layers.Dense(28 * 28)(layers.Flatten()(x))
    return keras.Model(code, layers.Activation("sigmoid")(layers.Reshape((28, 28))(x)))


decoder = make_decoder()
