"""A right combined model in place of a missing or wrong one."""

from __future__ import annotations

from typing import Any

from tensorflow import keras

from autograder.challenges.kernel.state import Space


def fits(model: Any, generator: Any, discriminator: Any) -> bool:
    """Return whether a model goes through these two networks and consists of nothing else."""
    try:
        parts = {id(weight) for weight in generator.weights + discriminator.weights}
        return (
            isinstance(model, keras.Model)
            and {id(weight) for weight in model.weights} == parts
            and tuple(model.input_shape[1:]) == tuple(generator.input_shape[1:])
            and tuple(model.output_shape[1:]) == (1,)
        )
    except Exception:  # a model that is not built, or something that claims to be one
        return False


def main(space: Space, *, combined: str, generator: str, discriminator: str) -> None:
    """Freeze the discriminator, and replace the combined model if it does not fit.

    Args:
        space: The student's namespace.
        combined: Name of the combined model.
        generator: Name of its generator, a right one.
        discriminator: Name of its discriminator, a right one.
    """
    first, second = space[generator], space[discriminator]
    right = fits(space.get(combined), first, second)
    first.trainable, second.trainable = True, False
    if not right:
        space[combined] = keras.Sequential([keras.Input(first.input_shape[1:]), first, second])
