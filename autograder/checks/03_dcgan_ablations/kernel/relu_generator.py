"""Puts a right answer to b1 in place, for the question that uses it: b1's mistakes cost there."""

from __future__ import annotations

from tensorflow import keras

from autograder.challenges.kernel.restore_provided import main as restore_provided
from autograder.challenges.kernel.state import Space


def make_generator_model(noise_dim: int = 100) -> keras.Model:
    """Return the baseline's generator with ReLU in its hidden layers."""
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((noise_dim,)),
            layers.Dense(7 * 7 * 256, use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Reshape((7, 7, 256)),
            layers.Conv2DTranspose(128, 5, strides=1, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Conv2DTranspose(64, 5, strides=2, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Conv2DTranspose(
                1, 5, strides=2, padding="same", use_bias=False, activation="tanh"
            ),
        ]
    )


def main(space: Space) -> None:
    """Restore the provided names, and define ``make_generator_model``.

    Args:
        space: The student's namespace.
    """
    restore_provided(space)
    space["make_generator_model"] = make_generator_model
