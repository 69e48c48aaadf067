"""Puts correct makers of the GAN's networks in place: a critic may be made from their layers."""

from __future__ import annotations

from typing import Any

from tensorflow import keras
from tensorflow.keras import layers

from autograder.challenges.kernel.restore_provided import main as restore_provided
from autograder.challenges.kernel.state import Space


def make_generator() -> Any:
    """Return a generator as in question g1."""
    made = [keras.Input((100,)), layers.Dense(6272), layers.LeakyReLU(negative_slope=0.2)]
    made.append(layers.Reshape((7, 7, 128)))
    for _ in range(2):
        made.append(layers.Conv2DTranspose(128, 4, strides=2, padding="same"))
        made.append(layers.LeakyReLU(negative_slope=0.2))
    made.append(layers.Conv2D(1, 7, padding="same", activation="sigmoid"))
    return keras.Sequential(made)


def make_discriminator() -> Any:
    """Return a discriminator as in question g1."""
    made = [keras.Input((28, 28, 1))]
    for _ in range(2):
        made.append(layers.Conv2D(64, 3, strides=2, padding="same"))
        made.append(layers.LeakyReLU(negative_slope=0.2))
        made.append(layers.Dropout(0.4))
    return keras.Sequential([*made, layers.Flatten(), layers.Dense(1, activation="sigmoid")])


def main(space: Space) -> None:
    """Place the makers, and restore the provided names.

    Args:
        space: The student's namespace.
    """
    restore_provided(space)
    space.update(make_generator=make_generator, make_discriminator=make_discriminator)
