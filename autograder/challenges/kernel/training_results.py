"""Draws what a training run returns; the judge draws the same."""

from __future__ import annotations

from typing import TypedDict

import numpy as np


class Results(TypedDict):
    """What is drawn for one training run.

    Attributes:
        seconds: Of each epoch, the first step included.
        losses: ``generator_loss`` and ``discriminator_loss``, a mean for each epoch.
        first: Seconds of the first step.
        distances: Fréchet distances by epoch, every tenth.
    """

    seconds: list[float]
    losses: dict[str, list[float]]
    first: float
    distances: dict[int, float]


def draw_results(seed: int, epochs: int) -> Results:
    """Draw what a training run of so many epochs returns."""
    rng = np.random.default_rng(seed)
    numbers = np.arange(1, epochs + 1)
    # Hours, so that no time that was read off a real training run is right by chance.
    base = rng.uniform(20_000, 60_000)
    first = base * rng.uniform(10, 20)
    seconds = base * rng.uniform(0.98, 1.02, epochs)
    seconds[50:] *= rng.uniform(1.3, 1.6)  # a machine that got busier in the second half
    seconds[0] += first
    # From one epoch to the next more than tables may be rounded by.
    generator = rng.uniform(0.6, 1.2) + 0.02 * numbers + rng.uniform(0, 0.002, epochs)
    discriminator = rng.uniform(3.0, 3.6) - 0.02 * numbers + rng.uniform(0, 0.002, epochs)
    start = rng.uniform(40, 90)
    return {
        "seconds": seconds.tolist(),
        "losses": {
            "generator_loss": generator.tolist(),
            "discriminator_loss": discriminator.tolist(),
        },
        "first": float(first),
        "distances": {int(n): float(start / (1 + n / 40)) for n in numbers if n % 10 == 0},
    }
