# The discriminator's layers but the dropouts, with another end; one function for both losses.
# marks: 3 of 3
def critic_loss(real_scores, fake_scores):
    return -(tf.math.reduce_mean(real_scores) + wgan_generator_loss(fake_scores))


def wgan_generator_loss(fake_scores):
    return -tf.reduce_mean(fake_scores)


def make_critic():
    kept = [one for one in make_discriminator().layers if not isinstance(one, layers.Dropout)]
    return keras.Sequential([keras.Input((28, 28, 1)), *kept[:-1], layers.Dense(1)])
