"""Lets copies of the notebook's optimizers update drawn weights by drawn gradients."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from autograder.challenges.kernel.state import Space
from gan_helpers import evidence


def updated(optimizer: Any, weights: Any, gradients: Any) -> Any:
    """Return the weights after one step of a copy of the optimizer for each gradient."""
    fresh = type(optimizer).from_config(optimizer.get_config())
    variable = keras.Variable(weights)
    for gradient in gradients:
        fresh.apply_gradients([(tf.constant(gradient), variable)])
    return variable


def main(space: Space, *, record: str, optimizers: list[str], drawn: dict[str, Any]) -> None:
    """Record under each optimizer's name what it makes of the weights, or its error as a text.

    Args:
        space: The student's namespace.
        record: Name of the record.
        optimizers: Names of the optimizers, which take no step themselves.
        drawn: From ``autograder.challenges.data_and_optimizers.draw_updates``.
    """
    results: dict[str, Any] = {}
    for name in optimizers:
        try:
            results[name] = updated(space[name], drawn["weights"], drawn["gradients"])
        except Exception as error:
            results[name] = f"{type(error).__name__}: {error}"
    evidence.record(record, **results)
