"""Challenges for data sets and optimizers: they get images and gradients drawn for this run.

What a data set consists of and how an optimizer moves a weight cannot then be known beforehand,
and the judge, which draws the same numbers, works out in NumPy what is right.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from autograder.challenges.hooks import Hook, When, run_file


def place_images(name: str, when: When, cell: str, *, file: Path) -> Hook:
    """Return a hook that puts drawn images where the notebook has its own.

    The images are drawn on both sides, with ``autograder.challenges.kernel.draw_images``: they are
    400 kB of noise, which no packing makes smaller.

    Args:
        name: Name of the hook, for which the images are drawn.
        when: Before or after the cell.
        cell: Grade id of the cell.
        file: Kernel file that puts them there; its ``main`` gets ``drawn``, the arguments of
            ``draw_images``.
    """
    return run_file(name, when, cell, file, draw=_seed_alone)


def _seed_alone(seed: int) -> dict[str, int]:
    return {"seed": seed}


def draw_updates(seed: int) -> dict[str, np.ndarray]:
    """Draw a weight array and the gradients of three steps.

    Returns:
        ``weights`` of shape ``(5,)`` and ``gradients`` of shape ``(3, 5)``, float32.
    """
    rng = np.random.default_rng(seed)
    # Sizes differ from step to step: equal ones would hide what the running averages forget.
    gradients = rng.normal(size=(3, 5)) * np.array([[1.0], [0.1], [0.01]])
    return {
        # Small, so that rounding hides nothing of the steps.
        "weights": 0.01 * rng.normal(size=5).astype(np.float32),
        "gradients": gradients.astype(np.float32),
    }


def run_optimizers(name: str, when: When, cell: str, *, optimizers: Iterable[str]) -> Hook:
    """Return a hook that lets copies of optimizers update drawn weights by drawn gradients.

    The weights after the three steps are recorded under each optimizer's name. The optimizers
    themselves take no step. Compare with :func:`adam`.

    Args:
        name: Name of the hook and of its record.
        when: Before or after the cell.
        cell: Grade id of the cell.
        optimizers: Names of the optimizers in the notebook.
    """
    return run_file(
        name,
        when,
        cell,
        "run_optimizers",
        records=True,
        draw=draw_updates,
        optimizers=list(optimizers),
    )


def adam(
    drawn: Mapping[str, np.ndarray],
    *,
    learning_rate: float,
    beta_1: float = 0.9,
    beta_2: float = 0.999,
    epsilon: float = 1e-7,
) -> np.ndarray:
    """Return what Adam makes of drawn weights.

    D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization" (2015), the form at the
    end of section 2, with the defaults of Keras.

    Args:
        drawn: From :func:`draw_updates`.
        learning_rate: The paper's alpha.
        beta_1: How much of the mean gradient a step keeps.
        beta_2: How much of the mean squared gradient a step keeps.
        epsilon: The paper's epsilon hat.

    Returns:
        The weights after the last step, float64.
    """
    weights = drawn["weights"].astype(np.float64)
    mean = square = np.zeros_like(weights)
    for step, gradient in enumerate(drawn["gradients"].astype(np.float64), start=1):
        mean = beta_1 * mean + (1 - beta_1) * gradient
        square = beta_2 * square + (1 - beta_2) * gradient**2
        rate = learning_rate * np.sqrt(1 - beta_2**step) / (1 - beta_1**step)
        weights = weights - rate * mean / (np.sqrt(square) + epsilon)
    return weights
