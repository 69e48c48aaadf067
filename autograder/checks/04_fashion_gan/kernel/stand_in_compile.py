"""A right ``compile_gan`` in place of one that does not work, and dense models compiled with it."""

from __future__ import annotations

from typing import Any

from tensorflow import keras

from autograder.challenges.kernel.state import Space, state


def compile_gan(discriminator: Any, combined: Any) -> None:
    """Compile both models for training: an Adam each, binary cross-entropy."""
    for model in (discriminator, combined):
        model.compile(optimizer=keras.optimizers.Adam(), loss="binary_crossentropy")


def main(space: Space, *, trial: str) -> None:
    """Replace ``compile_gan`` unless it has passed; compile the dense models if they need it.

    Args:
        space: The student's namespace.
        trial: Name of the hook that has tried it.
    """
    if not state(space).get("passed", {}).get(trial):
        space["compile_gan"] = compile_gan
    models = space["disc_model"], space["GAN_model"]
    first, second = (getattr(model, "optimizer", None) for model in models)
    right = all(isinstance(optimizer, keras.optimizers.Adam) for optimizer in (first, second))
    if not right or first is second or first.built or second.built:  # type: ignore[union-attr]
        compile_gan(*models)
