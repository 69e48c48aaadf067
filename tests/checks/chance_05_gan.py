"""Answers to g2 and m1 of assignment 05 over many drawn runs; see ``test_chance``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.challenges import frechet, linear_gan
from tests.checks.numerics import TO_FAKE, TO_REAL, Slope, sigmoid, through_sigmoid, towards
from tests.support.drawn_runs import Answer, Case

_NAME = "05_vae_gan_wgan"


def step(
    *, real: Slope = TO_REAL, fake: Slope = TO_FAKE, forger: Slope = TO_REAL
) -> dict[str, Any]:
    """Return an answer to g2 from the slopes of its losses with respect to the logits."""

    def run(**arrays):
        images = np.stack([arrays["real"], sigmoid(arrays["logits"])]).astype(float)
        kernel, on = arrays["kernel"].astype(float), images @ arrays["kernel"].astype(float)
        slope = real(on[0]) * images[0] + fake(on[1]) * images[1]
        painted = forger(on[1]) * kernel * images[1] * (1 - images[1])
        return {
            "kernel": (kernel - 1e-5 * slope).astype(np.float32),
            "logits": (arrays["logits"] - painted).astype(np.float32),
            "real_shown": 4,
            "real_in_training": True,
        }

    return run


_BESIDE = {"g2": {"gan_step": {"kind": "function"}}}


GAN_STEP = (
    Case(
        (_NAME, "test_g2", "test_discriminator_phase"),
        "g2_step",
        linear_gan.draw_networks,
        right={
            "as in the formula": step(),
            "half the loss": step(
                real=lambda r: (sigmoid(r) - 1) / 2, fake=lambda f: sigmoid(f) / 2
            ),
        },
        wrong={
            "labels swapped": step(real=towards(0), fake=towards(1)),
            "squares": step(
                real=through_sigmoid(lambda p: p - 1), fake=through_sigmoid(lambda p: p)
            ),
            "scores": step(
                real=through_sigmoid(lambda p: p - p - 1), fake=through_sigmoid(lambda p: p - p + 1)
            ),
            "probabilities as logits": step(
                real=through_sigmoid(towards(1)), fake=through_sigmoid(towards(0))
            ),
            "real labels smoothed": step(real=towards(0.9)),
            "generator's loss as well": step(fake=lambda f: 2 * sigmoid(f) - 1),
            "real images twice": step(real=lambda r: 2 * (sigmoid(r) - 1)),
            "real images only": step(fake=lambda f: 0 * f),
            "labels smoothed": step(real=towards(0.95), fake=towards(0.05)),
        },
        beside=lambda challenge: _BESIDE,
        nearer=2,
    ),
    Case(
        (_NAME, "test_g2", "test_generator_phase"),
        "g2_step",
        linear_gan.draw_networks,
        right={"as in the formula": step()},
        wrong={
            "label 0": step(forger=towards(0)),
            "saturating": step(forger=lambda f: -sigmoid(f)),
            "squares": step(forger=through_sigmoid(lambda p: p - 1)),
            "score": step(forger=through_sigmoid(lambda p: p - p - 1)),
            "probabilities as logits": step(forger=through_sigmoid(towards(1))),
            "sum over the batch": step(forger=lambda f: 8 * (sigmoid(f) - 1)),
            "labels smoothed": step(forger=towards(0.95)),
        },
        beside=lambda challenge: _BESIDE,
        nearer=5,
    ),
)


def moments(first: np.ndarray, second: np.ndarray, ddof: int = 1) -> tuple[Any, Any, Any]:
    shift = first.mean(axis=0) - second.mean(axis=0)
    return shift, *(np.cov(sample, rowvar=False, ddof=ddof) for sample in (first, second))


def with_root(
    root: Callable[[np.ndarray, np.ndarray], float], *, shifted: Callable[..., float] = np.dot
) -> Answer:
    """Return a distance from the trace of a root of the covariances' product."""

    def run(first, second):
        shift, a, b = moments(first, second)
        return float(shifted(shift, shift) + np.trace(a + b) - 2 * root(a, b))

    return run


def shared(a: np.ndarray, b: np.ndarray) -> float:
    """Return the trace of the root of the product of two covariances."""
    return np.sqrt(np.maximum(np.linalg.eigvals(a @ b).real, 0)).sum()


def shared_in_single_precision(a: np.ndarray, b: np.ndarray) -> float:
    return shared(a.astype(np.float32), b.astype(np.float32))


def shared_with_small_number(a: np.ndarray, b: np.ndarray) -> float:
    small = 1e-6 * np.eye(len(a))
    return shared(a + small, b + small)


def uncentred(first: np.ndarray, second: np.ndarray) -> float:
    a, b = (sample.T @ sample / len(sample) for sample in (first, second))
    shift = first.mean(axis=0) - second.mean(axis=0)
    return float(shift @ shift + np.trace(a + b) - 2 * shared(a, b))


RIGHT_DISTANCES = {
    "eigenvalues of the product": with_root(shared),
    "single precision": with_root(shared_in_single_precision),
    "a small number on the diagonals": with_root(shared_with_small_number),
}


WRONG_DISTANCES = {
    "means only": with_root(lambda a, b: np.trace(a + b) / 2),
    "covariances only": with_root(shared, shifted=lambda a, b: 0.0),
    "shift without its square": with_root(shared, shifted=lambda a, b: np.linalg.norm(a)),
    "mean square of the shift": with_root(shared, shifted=lambda a, b: np.mean(a * b)),
    "root of each element": with_root(lambda a, b: np.trace(np.sqrt(np.abs(a @ b)))),
    "roots of each element, multiplied": with_root(
        lambda a, b: np.trace(np.sqrt(np.abs(a)) @ np.sqrt(np.abs(b)))
    ),
    "no root": with_root(lambda a, b: np.trace(a @ b)),
    "factor of 2 forgotten": with_root(lambda a, b: shared(a, b) / 2),
    "no shared part": with_root(lambda a, b: 0.0),
    "root of the distance": lambda **samples: np.sqrt(with_root(shared)(**samples)),
    "uncentred": uncentred,
}


WRONG_IN_GENERAL = WRONG_DISTANCES | {
    "diagonals only": with_root(lambda a, b: np.sqrt(np.diag(a) * np.diag(b)).sum()),
    "product taken for symmetric": with_root(
        lambda a, b: np.sqrt(np.maximum(np.linalg.eigvalsh(a @ b), 0)).sum()
    ),
    "product the b way round taken for symmetric": with_root(
        lambda a, b: np.sqrt(np.maximum(np.linalg.eigvalsh(b @ a), 0)).sum()
    ),
}


NOT_ROBUST = {
    "negative eigenvalues": with_root(lambda a, b: np.sqrt(np.linalg.eigvalsh(a)).sum()),
}


DISTANCES = tuple(
    Case((_NAME, "test_m1", function), probe, draw, RIGHT_DISTANCES, wrong, runs=20)
    for function, probe, draw, wrong in (
        ("test_distance", "m1_full", frechet.draw_general, WRONG_IN_GENERAL),
        ("test_known_distance", "m1_known", frechet.draw_known, WRONG_DISTANCES),
        (
            "test_singular_distance",
            "m1_singular",
            frechet.draw_singular,
            WRONG_IN_GENERAL | NOT_ROBUST,
        ),
    )
)


CASES = (*GAN_STEP, *DISTANCES)
