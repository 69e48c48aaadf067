"""Calls ``gan_step`` once, on networks whose every change can be computed by hand.

The generator makes one and the same image from any noise; all real images are one image too. The
discriminator is linear before its sigmoid, and notes what it is shown. Plain gradient descent
makes each change proportional to the gradient.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow import keras

from autograder.challenges.kernel.planting import eagerly, planted
from autograder.challenges.kernel.small_networks import IMAGE, constant_painter, scorer
from autograder.challenges.kernel.state import Space
from gan_helpers import evidence


class Noting(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """Gives images on, and tells which ones and in which mode."""

    def __init__(self, note: Callable[[np.ndarray, bool], None]) -> None:
        super().__init__()
        self._note = note

    def call(self, images: Any, training: bool | None = None) -> Any:
        """Return the images; note them unless the model is only being built."""
        if hasattr(images, "numpy"):
            self._note(images.numpy(), bool(training))
        return images


def main(
    space: Space,
    *,
    record: str,
    batch: int,
    generator_rate: float,
    discriminator_rate: float,
    drawn: dict[str, np.ndarray],
) -> None:
    """Record ``kernel`` and ``logits`` after the step, and which real images were shown how.

    Args:
        space: The student's namespace, with ``gan_step``.
        record: Name of the record.
        batch: How many real images there are.
        generator_rate: Learning rate of the generator.
        discriminator_rate: Learning rate of the discriminator.
        drawn: From ``autograder.challenges.linear_gan.draw_networks``.
    """
    real = drawn["real"].reshape(IMAGE)
    shown: list[tuple[int, bool]] = []

    def note(images: np.ndarray, in_training: bool) -> None:
        distances = abs(images - real).max(axis=(1, 2, 3))
        shown.append((int((distances < 1e-4).sum()), in_training))

    discriminator, score = scorer("sigmoid", Noting(note))
    score.set_weights([drawn["kernel"][:, None], np.zeros(1)])
    generator, paint = constant_painter(drawn["logits"])
    stand_ins = {
        "noise_dim": 100,
        "generator": generator,
        "discriminator": discriminator,
        "generator_optimizer": keras.optimizers.SGD(generator_rate),
        "discriminator_optimizer": keras.optimizers.SGD(discriminator_rate),
    }
    with eagerly(), planted(space, stand_ins):
        space["gan_step"](tf.constant(np.stack([real] * batch)))
    evidence.record(
        record,
        kernel=score.kernel,
        logits=paint.bias,
        real_shown=sum(count for count, _ in shown),
        real_in_training=all(in_training for count, in_training in shown if count),
    )
