# The critic's loss with the wrong sign.
# marks: 2 of 3
def critic_loss(real_scores, fake_scores):
    return tf.reduce_mean(real_scores) - tf.reduce_mean(fake_scores)


def wgan_generator_loss(fake_scores):
    return -tf.reduce_mean(fake_scores)


def make_critic():
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(64, 3, strides=2, padding="same"),
            layers.LeakyReLU(negative_slope=0.2),
            layers.Conv2D(64, 3, strides=2, padding="same"),
            layers.LeakyReLU(negative_slope=0.2),
            layers.Flatten(),
            layers.Dense(1),
        ]
    )
