# Binary cross-entropy of the scores, as in a GAN.
# marks: 1 of 3
def critic_loss(real_scores, fake_scores):
    entropy = keras.losses.BinaryCrossentropy(from_logits=True)
    return entropy(tf.ones_like(real_scores), real_scores) + entropy(
        tf.zeros_like(fake_scores), fake_scores
    )


def wgan_generator_loss(fake_scores):
    entropy = keras.losses.BinaryCrossentropy(from_logits=True)
    return entropy(tf.ones_like(fake_scores), fake_scores)


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
