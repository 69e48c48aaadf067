# The discriminator itself as critic, and the generator's loss with the wrong sign.
# marks: 1 of 3
def critic_loss(real_scores, fake_scores):
    return tf.reduce_mean(fake_scores) - tf.reduce_mean(real_scores)


def wgan_generator_loss(fake_scores):
    return tf.reduce_mean(fake_scores)


def make_critic():
    return make_discriminator()
