# Written out by the functional API.
# marks: 1 of 1
inputs = keras.Input((28, 28, 1))
x = inputs
for channels in (64, 128):
    x = layers.Conv2D(channels, (5, 5), strides=(2, 2), padding="same")(x)
    x = layers.LeakyReLU(negative_slope=0.3)(x)
    x = layers.Dropout(rate=0.3)(x)
discriminator = keras.Model(inputs, layers.Dense(1)(layers.Flatten()(x)))
