"""Draws many codes for one pair of mu and log_sigma, twice, with the gradients of their sum."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from autograder.challenges.kernel.state import Space
from gan_helpers import evidence


def main(space: Space, *, record: str, rows: int, drawn: dict[str, np.ndarray]) -> None:
    """Record ``codes``, ``again`` of an earlier call, ``by_mu`` and ``by_log_sigma``.

    In a graph, as training does it: there, noise from NumPy would be drawn once and for ever.

    Args:
        space: The student's namespace, with ``reparameterise``.
        record: Name of the record.
        rows: How many codes are drawn.
        drawn: ``mu`` and ``log_sigma``, one row each.
    """
    mu = tf.repeat(tf.constant(drawn["mu"]), rows, axis=0)
    log_sigma = tf.repeat(tf.constant(drawn["log_sigma"]), rows, axis=0)
    draw = tf.function(space["reparameterise"])
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
    evidence.record(record, codes=codes, again=again, by_mu=by_mu, by_log_sigma=by_log_sigma)
