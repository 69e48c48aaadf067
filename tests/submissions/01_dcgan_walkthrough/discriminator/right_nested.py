# Two models in one: features, and a judgement of them.
# marks: 4 of 4
def make_discriminator_model():
    features = tf.keras.Sequential(
        [
            layers.Conv2D(64, (5, 5), strides=(2, 2), padding="same", input_shape=[28, 28, 1]),
            layers.LeakyReLU(negative_slope=0.2),
            layers.Dropout(0.3),
            layers.Conv2D(128, (5, 5), strides=(2, 2), padding="same"),
            layers.LeakyReLU(negative_slope=0.2),
            layers.Dropout(0.3),
        ]
    )
    return tf.keras.Sequential([keras.Input((28, 28, 1)), features, layers.Flatten(), layers.Dense(1)])


discriminator = make_discriminator_model()
