# The generator minimises the value of the game itself, and learns nothing when it is losing.
# marks: 1.5 of 3
cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)


def discriminator_loss(real_output, fake_output):
    real_loss = cross_entropy(tf.ones_like(real_output), real_output)
    fake_loss = cross_entropy(tf.zeros_like(fake_output), fake_output)
    return real_loss + fake_loss


def generator_loss(fake_output):
    return -cross_entropy(tf.zeros_like(fake_output), fake_output)
