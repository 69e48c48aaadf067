# Keras' loss over flat images, TensorFlow's normal distribution, the total written out.
# marks: 4 of 4
def reparameterise(mu, log_sigma):
    return tf.random.normal(tf.shape(mu), mean=mu, stddev=tf.math.exp(log_sigma))


def reconstruction_loss(images, decoded):
    flat = [tf.reshape(pixels, (tf.shape(pixels)[0], -1)) for pixels in (images, decoded)]
    return 784.0 * keras.losses.binary_crossentropy(*flat)


def kl_divergence(mu, log_sigma):
    variance = tf.exp(log_sigma) ** 2
    return tf.reduce_sum(variance + mu**2 - 1 - tf.math.log(variance), axis=-1) / 2


def vae_loss(images, decoded, mu, log_sigma):
    divergence = -0.5 * (1 + 2 * log_sigma - mu**2 - tf.exp(2 * log_sigma))
    total = tf.reduce_sum(784.0 * keras.losses.binary_crossentropy(
        tf.reshape(images, (-1, 784)), tf.reshape(decoded, (-1, 784))
    )) + tf.reduce_sum(divergence)
    return total / tf.cast(tf.shape(images)[0], tf.float32)
