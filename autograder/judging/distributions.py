"""Compares drawn numbers with the distribution that they should have."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def ks_distance(values: np.ndarray, distribution: Callable[[np.ndarray], np.ndarray]) -> float:
    """Return how far an empirical distribution is from a given one (Kolmogorov, Smirnov).

    Args:
        values: Drawn numbers, of any shape.
        distribution: The distribution function that they should have.

    Returns:
        The largest difference of the two distribution functions, from 0 to 1.
    """
    values = np.sort(np.ravel(values))
    steps = np.arange(len(values) + 1) / len(values)
    expected = distribution(values)
    return float(max(np.abs(expected - steps[:-1]).max(), np.abs(expected - steps[1:]).max()))


def standard_normal(values: np.ndarray) -> np.ndarray:
    """Return the standard normal distribution function (Abramowitz and Stegun, 26.2.17)."""
    size = np.abs(values)
    t = 1 / (1 + 0.2316419 * size)
    series = 0.319381530 + t * (
        -0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))
    )
    tail = np.exp(-(size**2) / 2) / np.sqrt(2 * np.pi) * t * series
    probabilities: np.ndarray = np.where(values >= 0, 1 - tail, tail)
    return probabilities


def uniform(values: np.ndarray) -> np.ndarray:
    """Return the distribution function of numbers drawn evenly from 0 to 1, where it is theirs."""
    return values
