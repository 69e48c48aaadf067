# The divergence with the wrong sign.
# marks: 3 of 4
def reparameterise(mu, log_sigma):
    return mu + tf.exp(log_sigma) * sampling.latent(tf.shape(mu))


def reconstruction_loss(images, decoded):
    return tf.reduce_sum(keras.ops.binary_crossentropy(images, decoded), axis=[1, 2])


def kl_divergence(mu, log_sigma):
    return 0.5 * tf.reduce_sum(1 + 2 * log_sigma - mu**2 - tf.exp(2 * log_sigma), axis=1)


def vae_loss(images, decoded, mu, log_sigma):
    return tf.reduce_mean(reconstruction_loss(images, decoded) + kl_divergence(mu, log_sigma))
