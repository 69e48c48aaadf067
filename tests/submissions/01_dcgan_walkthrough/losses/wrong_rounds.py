# By the formulas with probabilities: a certain discriminator gives the logarithm of 0.
# marks: 2.5 of 3
def cross_entropy(labels, logits):
    p = tf.sigmoid(logits)
    return -tf.reduce_mean(tf.where(labels > 0.5, tf.math.log(p), tf.math.log(1 - p)))


def discriminator_loss(real_output, fake_output):
    real = cross_entropy(tf.ones_like(real_output), real_output)
    return real + cross_entropy(tf.zeros_like(fake_output), fake_output)


def generator_loss(fake_output):
    return cross_entropy(tf.ones_like(fake_output), fake_output)
