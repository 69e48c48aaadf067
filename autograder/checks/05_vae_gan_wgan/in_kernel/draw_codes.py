"""Draws 500 codes for one pair of mu and log_sigma, twice, with the gradients of their sum.

In a graph, as the training does it: there, noise from NumPy would be drawn once and for ever.
"""


def _grading(arrays):
    import tensorflow as tf

    mu = tf.repeat(tf.constant(arrays["mu"]), 500, axis=0)
    log_sigma = tf.repeat(tf.constant(arrays["log_sigma"]), 500, axis=0)
    draw = tf.function(globals()["reparameterise"])
    # Both times under a tape: without one another graph would run, from the same seed again.
    codes, again = None, None
    for _ in range(2):
        again = codes
        with tf.GradientTape() as tape:
            tape.watch([mu, log_sigma])
            codes = tf.convert_to_tensor(draw(mu, log_sigma))
            total = tf.reduce_sum(codes)
    by_mu, by_log_sigma = tape.gradient(
        total, [mu, log_sigma], unconnected_gradients=tf.UnconnectedGradients.ZERO
    )
    return {"codes": codes, "again": again, "by_mu": by_mu, "by_log_sigma": by_log_sigma}
