# NumPy's noise, which a graph draws once and for ever; a total summed over the batch.
# marks: 2 of 4
def reparameterise(mu, log_sigma):
    return mu + tf.exp(log_sigma) * np.random.normal(size=mu.shape).astype("float32")


def reconstruction_loss(images, decoded):
    return tf.reduce_sum(keras.ops.binary_crossentropy(images, decoded), axis=[1, 2])


def kl_divergence(mu, log_sigma):
    return -0.5 * tf.reduce_sum(1 + 2 * log_sigma - mu**2 - tf.exp(2 * log_sigma), axis=1)


def vae_loss(images, decoded, mu, log_sigma):
    return tf.reduce_sum(reconstruction_loss(images, decoded) + kl_divergence(mu, log_sigma))
