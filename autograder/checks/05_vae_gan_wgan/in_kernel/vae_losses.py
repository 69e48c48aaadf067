"""Puts correct parts of the VAE's loss in place, so that their sum and v4 stand alone."""


def _grading(arrays):
    import tensorflow as tf

    def reparameterise(mu, log_sigma):
        return mu + tf.exp(log_sigma) * tf.random.get_global_generator().normal(tf.shape(mu))

    def reconstruction_loss(images, decoded):
        decoded = tf.clip_by_value(decoded, 1e-7, 1 - 1e-7)
        terms = images * tf.math.log(decoded) + (1 - images) * tf.math.log(1 - decoded)
        return -tf.reduce_sum(terms, axis=[1, 2])

    def kl_divergence(mu, log_sigma):
        terms = 1 + 2 * log_sigma - mu**2 - tf.exp(2 * log_sigma)
        return -0.5 * tf.reduce_sum(terms, axis=1)

    globals().update(
        reparameterise=reparameterise,
        reconstruction_loss=reconstruction_loss,
        kl_divergence=kl_divergence,
    )
