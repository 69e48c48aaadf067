# With TensorFlow's own cross-entropy, compiled, and labels made by hand.
# marks: 3 of 3
def cross_entropy(label, logits):
    labels = tf.fill(tf.shape(logits), label)
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits))


@tf.function
def discriminator_loss(real_output, fake_output):
    return cross_entropy(1.0, real_output) + cross_entropy(0.0, fake_output)


def generator_loss(fake_output):
    return cross_entropy(1.0, fake_output)
