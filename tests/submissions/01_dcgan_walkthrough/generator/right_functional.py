# With the functional API, activations as layers of their own, and another slope.
# marks: 4 of 4
def make_generator_model():
    noise = keras.Input((noise_dim,))
    x = layers.Dense(7 * 7 * 256, use_bias=False)(noise)
    x = layers.LeakyReLU(0.2)(layers.BatchNormalization(momentum=0.8)(x))
    x = layers.Reshape((7, 7, 256))(x)
    for filters, stride in ((128, 1), (64, 2)):
        x = layers.Conv2DTranspose(filters, 5, stride, "same", use_bias=False)(x)
        x = layers.Activation("leaky_relu")(layers.BatchNormalization()(x))
    x = layers.Conv2DTranspose(1, 5, 2, "same", use_bias=False)(x)
    return keras.Model(noise, layers.Activation("tanh")(x))


generator = make_generator_model()
