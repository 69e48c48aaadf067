"""Draws samples of the trained GAN, from noise that was not known before."""

from __future__ import annotations

import numpy as np

from autograder.challenges.kernel.state import Space
from gan_helpers import evidence


def main(space: Space, *, record: str, drawn: dict[str, int]) -> None:
    """Record samples of ``my_generator``, and itself.

    Args:
        space: The student's namespace.
        record: Name of the record.
        drawn: ``seed`` of the noise, and ``count`` of samples.
    """
    model = space["my_generator"]
    noise = np.random.default_rng(drawn["seed"]).normal(
        size=(drawn["count"], model.input_shape[-1])
    )
    images = np.asarray(model(noise.astype("float32"), training=True), "float32")
    evidence.record(record, samples=images, my_generator=model)
