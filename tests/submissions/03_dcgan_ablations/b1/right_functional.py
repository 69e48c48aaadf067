# With the functional API, activations as layers of their own, without a parameter.
# marks: 4 of 4
def make_generator_model():
    noise = keras.Input((100,))
    x = layers.Dense(7 * 7 * 256, use_bias=False)(noise)
    x = layers.Activation("relu")(layers.BatchNormalization()(x))
    x = layers.Reshape((7, 7, 256))(x)
    for filters, strides in ((128, 1), (64, 2)):
        x = layers.Conv2DTranspose(filters, 5, strides, padding="same", use_bias=False)(x)
        x = layers.Activation("relu")(layers.BatchNormalization()(x))
    x = layers.Conv2DTranspose(1, 5, 2, padding="same", use_bias=False)(x)
    return keras.Model(noise, layers.Activation("tanh")(x))
