"""Puts correct parts of the VAE's loss in place, so that their sum and v4 stand alone."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from autograder.challenges.kernel.state import Space


def reparameterise(mu: Any, log_sigma: Any) -> Any:
    """Return one code for each row, drawn from N(mu, exp(log_sigma)^2)."""
    return mu + tf.exp(log_sigma) * tf.random.get_global_generator().normal(tf.shape(mu))


def reconstruction_loss(images: Any, decoded: Any) -> Any:
    """Return the binary cross-entropy of each image, summed over the pixels."""
    decoded = tf.clip_by_value(decoded, 1e-7, 1 - 1e-7)
    terms = images * tf.math.log(decoded) + (1 - images) * tf.math.log(1 - decoded)
    return -tf.reduce_sum(terms, axis=[1, 2])


def kl_divergence(mu: Any, log_sigma: Any) -> Any:
    """Return the divergence of N(mu, exp(log_sigma)^2) from N(0, I) for each row."""
    terms = 1 + 2 * log_sigma - mu**2 - tf.exp(2 * log_sigma)
    return -0.5 * tf.reduce_sum(terms, axis=1)


def main(space: Space) -> None:
    """Place the three functions.

    Args:
        space: The student's namespace.
    """
    parts = (reparameterise, reconstruction_loss, kl_divergence)
    # AutoGraph finds no source of these, and would say so in the student's output.
    plain = tf.autograph.experimental.do_not_convert
    space.update({part.__name__: plain(part) for part in parts})
