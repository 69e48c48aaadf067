"""Answers to v3 and v4 of assignment 05 over many drawn runs; see ``test_chance``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.challenges import autoencoder
from tests.checks.numerics import RNG, entropy, same, sigmoid, softplus, truncated
from tests.support.drawn_runs import Answer, Case

_NAME = "05_vae_gan_wgan"
_ROOT_3 = np.sqrt(3)


def reconstruction(images: np.ndarray, decoded: np.ndarray) -> np.ndarray:
    return entropy(images, decoded).sum(axis=(1, 2))


def divergence(mu: np.ndarray, log_sigma: np.ndarray) -> np.ndarray:
    return -0.5 * (1 + 2 * log_sigma - mu**2 - np.exp(2 * log_sigma)).sum(axis=1)


def divergence_of_log_variance(mu: np.ndarray, log_sigma: np.ndarray) -> np.ndarray:
    return -0.5 * (1 + log_sigma - mu**2 - np.exp(log_sigma)).sum(axis=1)


def total(images: np.ndarray, decoded: np.ndarray, mu: np.ndarray, log_sigma: np.ndarray) -> Any:
    return np.mean(reconstruction(images, decoded) + divergence(mu, log_sigma))


LOSS = (
    Case(
        (_NAME, "test_v3", "test_reconstruction"),
        "v3_reconstruction",
        autoencoder.reconstruction_inputs,
        right={
            "float32": reconstruction,
            "a small number in the logarithms": lambda images, decoded: (
                -(
                    images * np.log(decoded + np.float32(1e-6))
                    + (1 - images) * np.log(1 - decoded + np.float32(1e-6))
                ).sum(axis=(1, 2))
            ),
        },
        wrong={
            "arguments exchanged": lambda images, decoded: reconstruction(decoded, images),
            "mean": lambda images, decoded: reconstruction(images, decoded) / 784,
            "mean over the batch as well": lambda images, decoded: np.full(
                2, reconstruction(images, decoded).sum()
            ),
            "smoothed": lambda images, decoded: reconstruction(0.9 * images + 0.05, decoded),
            "first term only": lambda images, decoded: (-images * np.log(decoded)).sum((1, 2)),
            "taken for logits": lambda images, decoded: (softplus(decoded) - images * decoded).sum(
                (1, 2)
            ),
            "squares": lambda images, decoded: ((images - decoded) ** 2).sum((1, 2)),
            "sign": lambda images, decoded: -reconstruction(images, decoded),
        },
    ),
    Case(
        (_NAME, "test_v3", "test_divergence"),
        "v3_divergence",
        autoencoder.divergence_inputs,
        right={
            "float32": divergence,
            "by the variance": lambda mu, log_sigma: (
                (np.exp(log_sigma) ** 2 + mu**2 - 1 - np.log(np.exp(log_sigma) ** 2)).sum(1) / 2
            ),
        },
        wrong={
            "logarithm of the variance": divergence_of_log_variance,
            "arguments exchanged": lambda mu, log_sigma: divergence(log_sigma, mu),
            "mean": lambda mu, log_sigma: divergence(mu, log_sigma) / 64,
            "without the half": lambda mu, log_sigma: 2 * divergence(mu, log_sigma),
            "sign": lambda mu, log_sigma: -divergence(mu, log_sigma),
            "without the 1": lambda mu, log_sigma: divergence(mu, log_sigma) + 32,
            "mu without its square": lambda mu, log_sigma: divergence(
                np.sqrt(np.abs(mu)), log_sigma
            ),
        },
    ),
    Case(
        (_NAME, "test_v3", "test_total"),
        "v3_total",
        autoencoder.total_inputs,
        right={"float32": total},
        wrong={
            "arguments of the divergence exchanged": lambda images, decoded, mu, log_sigma: total(
                images, decoded, log_sigma, mu
            ),
            "arguments of the reconstruction exchanged": (
                lambda images, decoded, mu, log_sigma: total(decoded, images, mu, log_sigma)
            ),
            "sum over the batch": lambda **inputs: 2 * total(**inputs),
            "divergence summed over the batch": lambda images, decoded, mu, log_sigma: (
                reconstruction(images, decoded).mean() + divergence(mu, log_sigma).sum()
            ),
            "divergence subtracted": lambda images, decoded, mu, log_sigma: (
                reconstruction(images, decoded) - divergence(mu, log_sigma)
            ).mean(),
            "no divergence": lambda images, decoded, mu, log_sigma: reconstruction(
                images, decoded
            ).mean(),
            "logarithm of the variance": lambda images, decoded, mu, log_sigma: (
                reconstruction(images, decoded) + divergence_of_log_variance(mu, log_sigma)
            ).mean(),
            "mean over the elements": lambda images, decoded, mu, log_sigma: (
                reconstruction(images, decoded) + divergence(mu, log_sigma) / 64
            ).mean(),
            "mean over the pixels": lambda images, decoded, mu, log_sigma: (
                reconstruction(images, decoded) / 784 + divergence(mu, log_sigma)
            ).mean(),
        },
    ),
)


def codes(draw: Callable[[], np.ndarray], *, power: float = 1) -> Answer:
    """Return an answer to v3 that draws its noise so, and a power of the standard deviation."""

    def run(mu, log_sigma):
        spread = np.exp(power * log_sigma)
        made, again = (mu + spread * draw() for _ in range(2))
        return {
            "codes": made,
            "again": again,
            "by_mu": np.ones((500, 64)),
            "by_log_sigma": power * (made - mu),
        }

    return run


def samples(draw: Callable[[], np.ndarray]) -> Answer:
    """Return an answer to v4 that decodes codes drawn so."""

    def run(kernel, bias):
        made = sigmoid((draw().astype(np.float32) @ kernel + bias).astype(np.float32))
        return {"vae_samples": made.reshape(100, 28, 28)}

    return run


RANDOM = (
    Case(
        (_NAME, "test_v3", "test_codes"),
        "v3_codes",
        autoencoder.code_inputs,
        right={"normal": codes(lambda: RNG.normal(size=(500, 64)))},
        wrong={
            "logarithm of the variance": codes(lambda: RNG.normal(size=(500, 64)), power=0.5),
            "for all elements": codes(lambda: RNG.normal(size=(500, 1)) * np.ones((1, 64))),
            "for all rows": codes(lambda: RNG.normal(size=(1, 64)) * np.ones((500, 1))),
            "the same again": codes(lambda: same(500, 64)),
            "uniform from 0": codes(lambda: RNG.uniform(size=(500, 64))),
            "uniform, as wide": codes(lambda: RNG.uniform(-_ROOT_3, _ROOT_3, (500, 64))),
            "truncated": codes(lambda: truncated(500, 64)),
        },
        nearer=None,
    ),
    Case(
        (_NAME, "test_v4", "test_vae_samples"),
        "v4_made",
        autoencoder.decoder_weights,
        right={"normal": samples(lambda: RNG.normal(size=(100, 64)))},
        wrong={
            "uniform from 0": samples(lambda: RNG.uniform(size=(100, 64))),
            "uniform from -1": samples(lambda: RNG.uniform(-1, 1, (100, 64))),
            "uniform, as wide": samples(lambda: RNG.uniform(-_ROOT_3, _ROOT_3, (100, 64))),
            "truncated": samples(lambda: truncated(100, 64)),
            "one code": samples(lambda: RNG.normal(size=(1, 64)).repeat(100, axis=0)),
            "codes of images": samples(lambda: 2 + RNG.normal(size=(100, 64))),
        },
        nearer=None,
        seeded="v4_decoder",
        runs=3,
    ),
)


CASES = (*LOSS, *RANDOM)
