"""Answers to w1 and w3 of assignment 05 over many drawn runs; see ``test_chance``."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autograder.challenges import wasserstein
from tests.checks.numerics import RNG, bce, sigmoid
from tests.support.drawn_runs import Answer, Case

_NAME = "05_vae_gan_wgan"


LOSSES = (
    Case(
        (_NAME, "test_w1", "test_critic_loss"),
        "w1_critic_loss",
        wasserstein.draw_scores,
        right={
            "float32": lambda real, fake: np.mean(fake) - np.mean(real),
            "labels": lambda real, fake: np.mean(-1 * real) + np.mean(1 * fake),
        },
        wrong={
            "sign": lambda real, fake: np.mean(real) - np.mean(fake),
            "sums": lambda real, fake: np.sum(fake) - np.sum(real),
            "one mean over both": lambda real, fake: (np.sum(fake) - np.sum(real)) / 21,
            "half": lambda real, fake: (np.mean(fake) - np.mean(real)) / 2,
            "sum of the means": lambda real, fake: np.mean(fake) + np.mean(real),
            "generated only": lambda real, fake: np.mean(fake),
            "cross-entropy": lambda real, fake: bce(1, real) + bce(0, fake),
            "sigmoid kept": lambda real, fake: np.mean(sigmoid(fake)) - np.mean(sigmoid(real)),
        },
    ),
    Case(
        (_NAME, "test_w1", "test_generator_loss"),
        "w1_generator_loss",
        wasserstein.draw_scores,
        right={"float32": lambda real, fake: -np.mean(fake)},
        wrong={
            "sign": lambda real, fake: np.mean(fake),
            "sum": lambda real, fake: -np.sum(fake),
            "cross-entropy": lambda real, fake: bce(1, fake),
            "real images": lambda real, fake: -np.mean(real),
            "sigmoid kept": lambda real, fake: -np.mean(sigmoid(fake)),
        },
    ),
)


def of_linear_critic(penalty: Callable[[np.ndarray], float], factor: float = 1.0) -> Answer:
    """Return an answer to w3 from its penalty as a function of the critic's weights."""

    def run(real, fake, kernel, levels):
        kernel = kernel.astype(float)
        norm = np.linalg.norm(kernel)
        return {
            "linear": float(penalty(kernel)),
            "linear_gradient": factor * 2 * (norm - 1) / norm * kernel,
        }

    return run


def of_bowl(penalty: Callable[[np.ndarray], float]) -> Answer:
    """Return an answer to w3 from its penalty as a function of the gradients' norms."""

    def run(real, fake, kernel, levels):
        share = np.random.default_rng(int(1e6 * levels[0])).uniform(size=1024)
        lengths = 28 * (share * levels[0] + (1 - share) * levels[1])
        return {"bowl": float(penalty(0.05 * lengths)), "norms": lengths.astype(np.float32)}

    return run


PENALTY = (
    Case(
        (_NAME, "test_w3", "test_linear_critic"),
        "w3_penalty",
        wasserstein.draw_penalty,
        right={
            "as in the formula": of_linear_critic(lambda w: (np.linalg.norm(w) - 1) ** 2),
            "a small number under the root": of_linear_critic(
                lambda w: (np.sqrt(w @ w + 1e-6) - 1) ** 2
            ),
        },
        wrong={
            "without the square": of_linear_critic(lambda w: np.abs(np.linalg.norm(w) - 1)),
            "mean over the pixels": of_linear_critic(lambda w: (np.sqrt(np.mean(w**2)) - 1) ** 2),
            "norm over the batch": of_linear_critic(
                lambda w: (np.sqrt(6) * np.linalg.norm(w) - 1) ** 2
            ),
            "root forgotten": of_linear_critic(lambda w: (w @ w - 1) ** 2),
            "squared norm less 1": of_linear_critic(lambda w: w @ w - 1),
            "without the 1": of_linear_critic(lambda w: w @ w),
            "sum of sizes": of_linear_critic(lambda w: (np.abs(w).sum() - 1) ** 2),
            "factor of 10": of_linear_critic(lambda w: 10 * (np.linalg.norm(w) - 1) ** 2),
            "half": of_linear_critic(lambda w: 0.5 * (np.linalg.norm(w) - 1) ** 2),
            "sum over the batch": of_linear_critic(lambda w: 6 * (np.linalg.norm(w) - 1) ** 2),
            "gradient lost": of_linear_critic(lambda w: (np.linalg.norm(w) - 1) ** 2, factor=0),
        },
    ),
    Case(
        (_NAME, "test_w3", "test_order"),
        "w3_penalty",
        wasserstein.draw_penalty,
        right={"as in the formula": of_bowl(lambda norms: np.mean((norms - 1) ** 2))},
        wrong={
            "mean first": of_bowl(lambda norms: (np.mean(norms) - 1) ** 2),
            "norm over the batch": of_bowl(lambda norms: (np.sqrt(np.sum(norms**2)) - 1) ** 2),
            "without the square": of_bowl(lambda norms: np.mean(np.abs(norms - 1))),
            "one-sided": of_bowl(lambda norms: np.mean(np.maximum(norms - 1, 0) ** 2)),
            "root forgotten": of_bowl(lambda norms: np.mean((norms**2 - 1) ** 2)),
            "mean over the pixels": of_bowl(lambda norms: np.mean((norms / 28 - 1) ** 2)),
            "sum over the batch": of_bowl(lambda norms: np.sum((norms - 1) ** 2)),
        },
    ),
)


def shares(draw: Callable[[], np.ndarray], *, by_pixel: float = 0) -> Answer:
    """Return an answer to w3 that draws its shares so."""

    def run(real, fake, kernel, levels):
        low, high = levels
        share = draw().astype(np.float32)
        spread = by_pixel * np.abs(low - high) * np.ones(1024)
        return {"between": share * low + (1 - share) * high, "spread": spread}

    return run


RANDOM = (
    Case(
        (_NAME, "test_w3", "test_between"),
        "w3_penalty",
        wasserstein.draw_penalty,
        right={"uniform": shares(lambda: RNG.uniform(size=1024))},
        wrong={
            "normal": shares(lambda: RNG.normal(size=1024)),
            "one for the batch": shares(lambda: RNG.uniform(size=1).repeat(1024)),
            "one for each pixel": shares(
                lambda: RNG.uniform(size=(1024, 784)).mean(axis=1), by_pixel=0.9
            ),
            "halfway": shares(lambda: np.full(1024, 0.5)),
            "the middle half": shares(lambda: RNG.uniform(0.25, 0.75, 1024)),
            "squares": shares(lambda: RNG.uniform(size=1024) ** 2),
            "from -1": shares(lambda: RNG.uniform(-1, 1, 1024)),
        },
        nearer=None,
    ),
)


CASES = (*LOSSES, *PENALTY, *RANDOM)
