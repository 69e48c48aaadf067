"""Right networks in place of missing or wrong ones, so that a later answer is judged by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tensorflow import keras
from tensorflow.keras import layers

from autograder.challenges.kernel.state import Space

IMAGE = (28, 28, 1)


def dense_generator() -> Any:
    """Return what question d1 asks for as ``gen_model``."""
    parts = [keras.Input((100,))]
    for units in (256, 512, 1024):
        parts += [layers.Dense(units), layers.LeakyReLU(), layers.BatchNormalization()]
    parts += [layers.Dense(784), layers.LeakyReLU(), layers.Reshape(IMAGE)]
    return keras.Sequential(parts)


def dense_discriminator() -> Any:
    """Return what question d1 asks for as ``disc_model``."""
    parts = [keras.Input(IMAGE), layers.Flatten()]
    for units in (1024, 512, 256):
        parts += [layers.Dense(units), layers.LeakyReLU(), layers.BatchNormalization()]
    return keras.Sequential([*parts, layers.Dense(1, activation="sigmoid")])


def cnn_generator() -> Any:
    """Return what question e1 asks for as ``cnn_gen_model``."""
    parts = [keras.Input((6272,)), layers.Reshape((7, 7, 128))]
    for filters in (56, 112):
        parts.append(layers.Conv2DTranspose(filters, 2, strides=2))
        parts += [layers.LeakyReLU(), layers.BatchNormalization()]
    return keras.Sequential([*parts, layers.Conv2D(1, 1)])


def cnn_discriminator() -> Any:
    """Return what question e1 asks for as ``cnn_disc_model``."""
    parts = [keras.Input(IMAGE)]
    for filters in (32, 64):
        parts.append(layers.Conv2D(filters, 5, strides=2))
        parts += [layers.LeakyReLU(), layers.BatchNormalization()]
    return keras.Sequential([*parts, layers.Flatten(), layers.Dense(1, activation="sigmoid")])


KNOWN: dict[str, tuple[Callable[[], Any], tuple[int, ...], tuple[int, ...], int]] = {
    "gen_model": (dense_generator, (100,), IMAGE, 1_493_520),
    "disc_model": (dense_discriminator, IMAGE, (1,), 1_467_393),
    "cnn_gen_model": (cnn_generator, (6272,), IMAGE, 54_713),
    "cnn_disc_model": (cnn_discriminator, IMAGE, (1,), 53_505),
}
"""By name: what makes the network, its input and output shapes, its number of parameters."""


def fits(model: Any, inputs: tuple[int, ...], outputs: tuple[int, ...], params: int) -> bool:
    """Return whether something is a model of these shapes with so many parameters."""
    try:
        return (
            isinstance(model, keras.Model)
            and model.count_params() == params
            and tuple(model.input_shape[1:]) == inputs
            and tuple(model.output_shape[1:]) == outputs
        )
    except Exception:  # a model that is not built, or something that claims to be one
        return False


def main(space: Space, *, names: list[str]) -> None:
    """Replace networks that are missing or wrong; right answers are left alone.

    Args:
        space: The student's namespace.
        names: Names of networks.
    """
    for name in names:
        make, inputs, outputs, params = KNOWN[name]
        if not fits(space.get(name), inputs, outputs, params):
            space[name] = make()
