"""Challenges for the Fréchet distance of two samples of features."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from autograder.challenges.drawing import spread_out
from autograder.challenges.kernel.frechet_distance import frechet_distance

EPOCHS = 10
"""How many epochs have samples in :func:`draw_samples`."""
ENLARGED = 7
"""Each pixel of these samples becomes a square of so many pixels, of 28 by 28 in all."""


def draw_general(seed: int) -> dict[str, np.ndarray]:
    """Draw two samples of features, their covariances regular.

    They are of unequal size, here and in the next two functions: what ``gan_helpers.metrics`` has
    compares equally large samples only, so the package's function is no answer to the question.
    In the first, columns vary the more the later they come; in the second, all columns vary
    together. So the product of the covariances is far from symmetric and far from diagonal, and a
    root that takes it for either gives clearly another distance.

    Returns:
        ``first`` (60, 12) and ``second`` (45, 12), float32.
    """
    rng = np.random.default_rng(seed)
    growing = np.diag(np.sort(spread_out(rng, 0.3, 3, 12)))
    together = np.eye(12) + rng.uniform(0.5, 0.7)
    first, second = _features(rng, 60, growing), _features(rng, 45, together) + _mean(rng, 12)
    return {"first": first.astype(np.float32), "second": second.astype(np.float32)}


def draw_known(seed: int) -> dict[str, np.ndarray]:
    """Draw a sample and, twice, its image under scaling and shifting, whose distance is known.

    Returns:
        ``first`` (90, 12) and ``second`` (180, 12), float32.
    """
    rng = np.random.default_rng(seed)
    directions = np.linalg.qr(rng.normal(size=(12, 12)))[0]
    first = _features(rng, 90, np.diag(spread_out(rng, 0.3, 2, 12)) @ directions) + _mean(rng, 12)
    scale, shift = rng.uniform(1.5, 2), rng.uniform(0.5, 1, 12) * rng.choice([-1, 1], 12)
    second = scale * np.concatenate([first, first]) + shift
    return {"first": first.astype(np.float32), "second": second.astype(np.float32)}


def draw_singular(seed: int) -> dict[str, np.ndarray]:
    """Draw fewer rows than columns, some columns zero throughout as after a dead ReLU.

    So many eigenvalues are 0 that rounding makes some of them negative in every run.

    Returns:
        ``first`` (12, 48) and ``second`` (13, 48), float32.
    """
    rng = np.random.default_rng(seed)
    first, second = rng.normal(size=(12, 48)), 1 + 2 * rng.normal(size=(13, 48))
    first[:, :5] = 0
    second[:, :4] = 0
    return {"first": first.astype(np.float32), "second": second.astype(np.float32)}


def draw_samples(seed: int) -> dict[str, np.ndarray]:
    """Draw samples of two models for ten epochs, real features, and a layer that makes features.

    Returns:
        ``samples``, coarse images of bytes, (2, 10, 16, 4, 4); ``kernel`` (784, 6), the layer's
        weights, and ``real`` (16, 6), float32.
    """
    rng = np.random.default_rng(seed)
    # Coarse images: few numbers to send, and as good as any others.
    samples = rng.integers(0, 256, (2, EPOCHS, 16, 4, 4)).astype(np.uint8)
    samples = (samples * rng.uniform(0.3, 1, samples.shape[:2])[..., None, None, None]).astype("u1")
    kernel = rng.normal(0, 0.1, (784, 6)).astype(np.float32)
    real = rng.normal(size=(16, 6)).astype(np.float32)
    return {"samples": samples, "kernel": kernel, "real": real}


def distances_of_samples(drawn: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the distances of the samples of :func:`draw_samples` from the real features.

    Returns:
        Float64 of shape ``(2, 10)``: a row for each model.
    """
    kernel = drawn["kernel"].astype(float)
    rows = []
    for run in drawn["samples"]:
        images = run.repeat(ENLARGED, axis=2).repeat(ENLARGED, axis=3)
        features = images.reshape(*run.shape[:2], -1) / 255 @ kernel
        rows.append([frechet_distance(drawn["real"], sample) for sample in features])
    return np.array(rows)


def _features(rng: np.random.Generator, rows: int, mix: np.ndarray) -> np.ndarray:
    """Draw a sample of features whose covariance is exactly ``mix.T @ mix``.

    Distances that are wrong are then as far from the right one in every run.
    """
    sample = rng.normal(size=(rows, len(mix)))
    unrelated = np.linalg.qr(sample - sample.mean(axis=0))[0] * np.sqrt(rows - 1)
    mixed: np.ndarray = unrelated @ mix
    return mixed


def _mean(rng: np.random.Generator, columns: int) -> np.ndarray:
    """Draw a vector of length 6 to 7: its square is a large part of the distances here."""
    vector = rng.normal(size=columns)
    mean: np.ndarray = rng.uniform(6, 7) * vector / np.linalg.norm(vector)
    return mean
