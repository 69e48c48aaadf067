"""Tries ``compile_gan`` on two small models; the losses are computed without training."""

from __future__ import annotations

from typing import Any

import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

from autograder.challenges.kernel.state import Space, state
from gan_helpers import evidence


def main(space: Space, *, record: str, drawn: dict[str, np.ndarray]) -> None:
    """Record the optimizers and the losses of two models that ``compile_gan`` has compiled.

    Args:
        space: The student's namespace.
        record: Name of the record, and of the entry in the state's ``passed``.
        drawn: ``labels`` and ``answers``, on which the losses are computed.
    """
    passed = state(space).setdefault("passed", {})
    passed[record] = False
    discriminator = keras.Sequential([keras.Input((4,)), layers.Dense(1, activation="sigmoid")])
    generator = keras.Sequential([keras.Input((3,)), layers.Dense(4)])
    combined = keras.Sequential([keras.Input((3,)), generator, discriminator])
    space["compile_gan"](discriminator, combined)
    apart = discriminator.optimizer is not combined.optimizer
    evidence.record(
        record,
        discriminator_optimizer=discriminator.optimizer,
        combined_optimizer=combined.optimizer,
        apart=apart,
        discriminator_loss=loss_of(discriminator, drawn),
        combined_loss=loss_of(combined, drawn),
    )
    passed[record] = apart and all(
        isinstance(model.optimizer, keras.optimizers.Optimizer)
        for model in (discriminator, combined)
    )


def loss_of(model: Any, drawn: dict[str, np.ndarray]) -> float:
    """Return the loss of a compiled model."""
    answers = keras.ops.convert_to_tensor(drawn["answers"])
    return float(model.compute_loss(y=drawn["labels"], y_pred=answers))
