# A formula of its own that does not clip, and arguments in the wrong order in the total.
# marks: 2.75 of 4
def reparameterise(mu, log_sigma):
    return mu + tf.exp(log_sigma) * sampling.latent(tf.shape(mu))


def reconstruction_loss(images, decoded):
    each = images * tf.math.log(decoded) + (1 - images) * tf.math.log(1 - decoded)
    return -tf.reduce_sum(each, axis=[1, 2])


def kl_divergence(mu, log_sigma):
    return -0.5 * tf.reduce_sum(1 + 2 * log_sigma - mu**2 - tf.exp(2 * log_sigma), axis=1)


def vae_loss(images, decoded, mu, log_sigma):
    return tf.reduce_mean(reconstruction_loss(images, decoded) + kl_divergence(log_sigma, mu))
