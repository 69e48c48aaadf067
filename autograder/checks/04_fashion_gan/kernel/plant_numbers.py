"""Tells whether the combined model is made of the two networks themselves."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.challenges.kernel.state import Space
from gan_helpers import evidence


def main(space: Space, *, record: str, drawn: dict[str, np.ndarray]) -> None:
    """Record the first numbers of every weight of ``GAN_model`` while drawn ones are planted.

    The model is made of the two networks if it has the numbers that these get.

    Args:
        space: The student's namespace.
        record: Name of the record.
        drawn: Maps the name of a network to the first eight numbers that its first weight gets.
    """
    weights = [space[name].weights[0] for name in drawn]
    before = [weight.numpy() for weight in weights]
    try:
        for weight, value, numbers in zip(weights, before, drawn.values(), strict=True):
            planted = value.copy()
            planted.reshape(-1)[: len(numbers)] = numbers
            weight.assign(planted)
        firsts = [first_numbers(weight) for weight in space["GAN_model"].weights]
        evidence.record(record, firsts=np.stack(firsts))
    finally:
        for weight, value in zip(weights, before, strict=True):
            weight.assign(value)


def first_numbers(weight: Any) -> np.ndarray:
    """Return the first eight numbers of a weight; fewer are repeated."""
    return np.resize(weight.numpy().ravel()[:8], 8)
