"""Puts in small networks with all that a checkpoint has to keep, and their optimizers."""

from __future__ import annotations

from typing import Any

from stand_ins import put_in
from tensorflow import keras
from tensorflow.keras import layers

from autograder.challenges.kernel.state import Space


def make_generator_model() -> Any:
    """Return a network that turns 100 numbers into an image ``(28, 28, 1)``."""
    return keras.Sequential(
        [
            keras.Input((100,)),
            layers.Dense(49, use_bias=False),
            layers.BatchNormalization(),
            layers.Reshape((7, 7, 1)),
            layers.Conv2DTranspose(1, 5, strides=4, padding="same", activation="tanh"),
        ]
    )


def make_discriminator_model() -> Any:
    """Return a network that turns an image ``(28, 28, 1)`` into a logit."""
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(2, 5, strides=4),
            layers.Flatten(),
            layers.Dense(1),
        ]
    )


def main(space: Space) -> None:
    """Put the networks, what makes them, and their optimizers under the notebook's names.

    Args:
        space: The student's namespace.
    """
    makers = {"generator": make_generator_model, "discriminator": make_discriminator_model}
    stand_ins: dict[str, Any] = {}
    for name, make in makers.items():
        stand_ins |= {f"make_{name}_model": make, name: make()}
    for name, make in makers.items():
        optimizer = keras.optimizers.Adam(1e-4)
        # Made for another network: Keras saves an optimizer together with the weights it trains,
        # and here those must be in the file only if the network itself is in the checkpoint.
        optimizer.build(make().trainable_variables)
        stand_ins[f"{name}_optimizer"] = optimizer
    put_in(space, stand_ins)
