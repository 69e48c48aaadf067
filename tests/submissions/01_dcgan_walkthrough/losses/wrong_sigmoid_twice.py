# A sigmoid before a loss that has one already.
# marks: 0 of 3
cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)


def discriminator_loss(real_output, fake_output):
    real_loss = cross_entropy(tf.ones_like(real_output), tf.sigmoid(real_output))
    fake_loss = cross_entropy(tf.zeros_like(fake_output), tf.sigmoid(fake_output))
    return real_loss + fake_loss


def generator_loss(fake_output):
    return cross_entropy(tf.ones_like(fake_output), tf.sigmoid(fake_output))
