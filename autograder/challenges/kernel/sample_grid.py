"""Calls a function that saves a grid of samples, with a model whose images are markers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from PIL import Image

from autograder.challenges.kernel.state import Space
from gan_helpers import evidence


class KnownImages(keras.Model):  # type: ignore[misc]
    """Makes one known image of each known noise vector, and another one in training mode.

    Args:
        noise: Float32 of shape ``(n, noise_dim)``.
        images: Float32 of shape ``(2 * n, 28, 28, 1)``; the second half is for training mode.
    """

    def __init__(self, noise: np.ndarray, images: np.ndarray) -> None:
        super().__init__(name="generator")
        self.known_noise = tf.constant(noise)
        self.known_images = tf.constant(images)

    @tf.autograph.experimental.do_not_convert  # type: ignore[untyped-decorator]
    def call(self, noise: Any, training: Any = False) -> Any:
        """Return the image of the nearest known vector, for each vector."""
        apart = tf.cast(noise, "float32")[:, None] - self.known_noise
        nearest = tf.argmin(tf.reduce_sum(tf.abs(apart), axis=-1), axis=1)
        offset = len(self.known_noise) if training else 0
        return tf.gather(self.known_images, nearest + offset)


def main(
    space: Space, *, record: str, call: str, images: np.ndarray, noise: np.ndarray, epoch: int
) -> None:
    """Record the ``picture`` that a call saves, wherever below the working folder that is.

    Args:
        space: The student's namespace.
        record: Name of the record.
        call: The call, with the names ``model``, ``epoch`` and ``test_input`` in it.
        images: See :class:`KnownImages`.
        noise: Likewise; the call's ``test_input``.
        epoch: The call's ``epoch``.

    Raises:
        FileNotFoundError: If no file with the epoch's name was written.
    """
    model, test_input = KnownImages(noise, images), tf.constant(noise)
    model(test_input)  # which builds it
    file_name = f"image_at_epoch_{epoch:04d}.png"
    for path in Path().rglob(file_name):
        path.unlink()
    eval(call, {**space, "model": model, "epoch": epoch, "test_input": test_input})
    saved = next(iter(Path().rglob(file_name)), None)
    if saved is None:
        raise FileNotFoundError(f"no file {file_name} was written")
    with Image.open(saved) as opened:
        picture = opened.convert("L")
        picture.thumbnail((1000, 1000))
    saved.unlink()
    evidence.record(record, picture=picture)
