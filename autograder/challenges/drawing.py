"""Draw numbers so that no known mistake gives the right value by chance."""

from __future__ import annotations

import numpy as np


def spread_out(rng: np.random.Generator, low: float, high: float, count: int) -> np.ndarray:
    """Draw numbers that cover a range evenly: equal steps, each moved a little, in any order.

    Means over few independent numbers differ so much from draw to draw that a wrong formula now
    and then gives the right value. Means over these hardly do, so what a wrong formula gives lies
    apart from the right value in every run, and the numbers still cannot be known beforehand.

    Args:
        rng: Draws the numbers.
        low: The lowest number, give or take a third of a step.
        high: The highest number, likewise.
        count: How many numbers, at least 2.

    Returns:
        Float64 of shape ``(count,)``.
    """
    step = (high - low) / (count - 1)
    moved = np.linspace(low, high, count) + step * rng.uniform(-1 / 3, 1 / 3, count)
    return rng.permutation(moved)


def grey_values(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Draw grey values inside 0 and 1, whole hundredths, as float32."""
    return rng.integers(1, 99, shape).astype(np.float32) / np.float32(100)


def loss_inputs(seed: int) -> dict[str, np.ndarray]:
    """Draw labels 0 or 1 and logits, float32 arrays of shape ``(16, 1)``.

    They are drawn so that no common mistake comes near the right loss by chance: eight labels are 1
    and eight 0, in each half six logits agree with their labels, and sizes go from 2 to 5. Smoothed
    labels then add to the loss in every draw, and a loss that takes the logits for the labels is
    too small in every draw.
    """
    rng = np.random.default_rng(seed)
    labels = np.repeat([1.0, 0.0], 8)
    agrees = np.tile(np.repeat([1.0, -1.0], [6, 2]), 2)
    logits = rng.uniform(2, 5, 16) * agrees * (2 * labels - 1)
    order = rng.permutation(16)
    drawn = {"labels": labels[order], "logits": logits[order]}
    return {name: values.astype(np.float32)[:, np.newaxis] for name, values in drawn.items()}
