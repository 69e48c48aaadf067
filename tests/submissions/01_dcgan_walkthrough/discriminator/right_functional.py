# With the functional API, the activation within the convolution.
# marks: 4 of 4
def make_discriminator_model():
    image = keras.Input((28, 28, 1))
    x = image
    for filters in (64, 128):
        x = layers.Conv2D(filters, 5, 2, "same", activation="leaky_relu")(x)
        x = layers.Dropout(0.3)(x)
    return keras.Model(image, layers.Dense(1, activation="linear")(layers.Reshape((6272,))(x)))


discriminator = make_discriminator_model()
