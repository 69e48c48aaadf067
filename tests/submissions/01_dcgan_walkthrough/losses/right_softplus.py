# Without any cross-entropy: -log s(x) is softplus(-x).
# marks: 3 of 3
def discriminator_loss(real_output, fake_output):
    real = tf.reduce_mean(tf.nn.softplus(-real_output))
    return real + tf.reduce_mean(tf.nn.softplus(fake_output))


def generator_loss(fake_output):
    return tf.reduce_mean(tf.nn.softplus(-fake_output))
