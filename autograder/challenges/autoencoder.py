"""Challenges for a variational autoencoder: its loss, its codes, and what its decoder makes.

Drawn numbers are given to the student's functions, and NumPy knows what is right.
"""

from __future__ import annotations

import numpy as np

from autograder.challenges.drawing import grey_values, spread_out
from autograder.challenges.hooks import Hook, When, run_file

CODE_SIZE = 64
CODES = 500
"""How many codes :func:`draw_codes` lets the student's function draw."""


def encoder_inputs(seed: int) -> dict[str, np.ndarray]:
    """Draw four images as ``rows``, float32 of shape ``(4, 28, 28)``."""
    return {"rows": grey_values(np.random.default_rng(seed), 4, 28, 28)}


def code_inputs(seed: int) -> dict[str, np.ndarray]:
    """Draw one mean and one logarithm of a standard deviation for each element of a code.

    Returns:
        ``mu`` and ``log_sigma``, float32 of shape ``(1, 64)``.
    """
    rng = np.random.default_rng(seed)
    mu, log_sigma = rng.normal(size=(1, CODE_SIZE)), rng.uniform(-1.5, 1, (1, CODE_SIZE))
    return {"mu": mu.astype(np.float32), "log_sigma": log_sigma.astype(np.float32)}


def divergence_inputs(seed: int) -> dict[str, np.ndarray]:
    """Draw means and logarithms of standard deviations for five images.

    The means go further, so that the divergence is another number with the two exchanged.

    Returns:
        ``mu`` and ``log_sigma``, float32 of shape ``(5, 64)``.
    """
    rng = np.random.default_rng(seed)
    mu = np.stack([rng.uniform(0.8, 1.2) * spread_out(rng, -2, 2, CODE_SIZE) for _ in range(5)])
    log_sigma = np.stack([spread_out(rng, -1.5, 1, CODE_SIZE) for _ in range(5)])
    return {"mu": mu.astype(np.float32), "log_sigma": log_sigma.astype(np.float32)}


def reconstruction_inputs(seed: int) -> dict[str, np.ndarray]:
    """Draw two images and what a decoder made of them.

    That is the image with less contrast, and noise: with the two exchanged, or with smoothed
    labels, the cross-entropy is clearly another number.

    Returns:
        ``images`` and ``decoded``, float32 of shape ``(2, 28, 28)``, inside 0 and 1.
    """
    rng = np.random.default_rng(seed)
    images = grey_values(rng, 2, 28, 28)
    decoded = 0.2 + 0.6 * images + rng.uniform(-0.1, 0.1, images.shape)
    return {"images": images, "decoded": decoded.round(2).astype(np.float32)}


def edge_inputs(seed: int) -> dict[str, np.ndarray]:
    """Draw two images and decoded ones of exactly 0 and 1, half of the pixels right."""
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 2, (2, 28, 28)).astype(np.float32)
    decoded = rng.integers(0, 2, (2, 28, 28)).astype(np.float32)
    return {"images": images, "decoded": decoded}


def total_inputs(seed: int) -> dict[str, np.ndarray]:
    """Draw the arguments of the whole loss for two images."""
    divergence = divergence_inputs(seed)
    return {**reconstruction_inputs(seed), **{key: value[:2] for key, value in divergence.items()}}


def draw_losses(seed: int) -> dict[str, np.ndarray]:
    """Draw total loss, reconstruction and divergence over 100 epochs.

    Returns:
        ``losses``, float64 of shape ``(3, 100)``; the first row is the sum of the others.
    """
    rng = np.random.default_rng(seed)
    falling = np.exp(-np.arange(100) / 30)
    reconstruction = 100 + 300 * falling + rng.uniform(0, 20, 100)
    divergence = 5 + 20 * (1 - falling) + rng.uniform(0, 2, 100)
    return {"losses": np.stack([reconstruction + divergence, reconstruction, divergence])}


def decoder_weights(seed: int) -> dict[str, np.ndarray]:
    """Draw the weights of a decoder that can be undone: one full layer, far from saturation.

    Returns:
        ``kernel`` of shape ``(64, 784)`` and ``bias`` of shape ``(784,)``, float32.
    """
    rng = np.random.default_rng(seed)
    kernel, bias = rng.normal(0, 0.15, (CODE_SIZE, 784)), rng.normal(0, 0.3, 784)
    return {"kernel": kernel.astype(np.float32), "bias": bias.astype(np.float32)}


def draw_codes(name: str, when: When, cell: str) -> Hook:
    """Return a hook that lets ``reparameterise`` draw codes for one drawn pair of arguments.

    Args:
        name: Name of the hook and of the record, see ``kernel/draw_codes.py``.
        when: Before or after the cell.
        cell: Grade id of the cell.
    """
    return run_file(name, when, cell, "draw_codes", records=True, draw=code_inputs, rows=CODES)


def divergence(mu: np.ndarray, log_sigma: np.ndarray) -> np.ndarray:
    """Return the divergence of N(mu, exp(log_sigma)^2) from N(0, I) for each row.

    Kingma and Welling, "Auto-encoding variational Bayes" (2013), appendix B.
    """
    mu, log_sigma = mu.astype(float), log_sigma.astype(float)
    terms = 1 + 2 * log_sigma - mu**2 - np.exp(2 * log_sigma)
    divergences: np.ndarray = -0.5 * terms.sum(axis=1)
    return divergences


def reconstruction(images: np.ndarray, decoded: np.ndarray) -> np.ndarray:
    """Return the binary cross-entropy of each decoded image, summed over its pixels."""
    images, decoded = images.astype(float), decoded.astype(float)
    terms = images * np.log(decoded) + (1 - images) * np.log(1 - decoded)
    entropies: np.ndarray = -terms.sum(axis=(1, 2))
    return entropies


def codes_of(samples: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the codes that a decoder of one layer has made samples from.

    Args:
        samples: Of 784 pixels each, inside 0 and 1.
        kernel: Weights of the decoder, of shape ``(64, 784)``.
        bias: Likewise, of shape ``(784,)``.

    Returns:
        The codes that fit best, of shape ``(samples, 64)``, and by how much a pixel, before the
        sigmoid, differs at most from what the decoder makes of them.
    """
    inside = np.clip(samples.reshape(len(samples), -1), 1e-7, 1 - 1e-7)
    logits = np.log(inside / (1 - inside)) - bias
    codes: np.ndarray = np.linalg.lstsq(kernel.T, logits.T, rcond=None)[0].T
    return codes, float(np.abs(codes @ kernel - logits).max())
