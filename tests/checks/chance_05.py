"""Answers to assignment 05 over many drawn runs; see ``test_chance``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.checks.numerics import (
    RNG,
    TO_FAKE,
    TO_REAL,
    Slope,
    bce,
    entropy,
    same,
    sigmoid,
    softplus,
    through_sigmoid,
    towards,
    truncated,
)
from tests.support.drawn_runs import Answer, Case, module

_VAE = ("05_vae_gan_wgan", "test_vae")


_WGAN = ("05_vae_gan_wgan", "test_wgan")


_GAN = ("05_vae_gan_wgan", "test_gan")


DRAWS_05 = module("05_vae_gan_wgan", "probes").DRAWS


def reconstruction(images: np.ndarray, decoded: np.ndarray) -> np.ndarray:
    return entropy(images, decoded).sum(axis=(1, 2))


def divergence(mu: np.ndarray, log_sigma: np.ndarray) -> np.ndarray:
    return -0.5 * (1 + 2 * log_sigma - mu**2 - np.exp(2 * log_sigma)).sum(axis=1)


def divergence_of_log_variance(mu: np.ndarray, log_sigma: np.ndarray) -> np.ndarray:
    return -0.5 * (1 + log_sigma - mu**2 - np.exp(log_sigma)).sum(axis=1)


def total(images: np.ndarray, decoded: np.ndarray, mu: np.ndarray, log_sigma: np.ndarray) -> Any:
    return np.mean(reconstruction(images, decoded) + divergence(mu, log_sigma))


AUTOENCODER = (
    Case(
        (*_VAE, "test_reconstruction"),
        "v3_reconstruction",
        DRAWS_05["v3_reconstruction"],
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
        (*_VAE, "test_divergence"),
        "v3_divergence",
        DRAWS_05["v3_divergence"],
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
        (*_VAE, "test_total"),
        "v3_total",
        DRAWS_05["v3_total"],
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


WASSERSTEIN = (
    Case(
        (*_WGAN, "test_critic_loss"),
        "w1_critic_loss",
        DRAWS_05["w1_critic_loss"],
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
        (*_WGAN, "test_generator_loss"),
        "w1_generator_loss",
        DRAWS_05["w1_generator_loss"],
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
        (*_WGAN, "test_linear_critic"),
        "w3_penalty",
        DRAWS_05["w3_penalty"],
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
        (*_WGAN, "test_order"),
        "w3_penalty",
        DRAWS_05["w3_penalty"],
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


def step_of_05(
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


_STEP_05 = {"g2": {"gan_step": {"kind": "function"}}}


GAN_STEP = (
    Case(
        (*_GAN, "test_discriminator_phase"),
        "g2_step",
        DRAWS_05["g2_step"],
        right={
            "as in the formula": step_of_05(),
            "half the loss": step_of_05(
                real=lambda r: (sigmoid(r) - 1) / 2, fake=lambda f: sigmoid(f) / 2
            ),
        },
        wrong={
            "labels swapped": step_of_05(real=towards(0), fake=towards(1)),
            "squares": step_of_05(
                real=through_sigmoid(lambda p: p - 1), fake=through_sigmoid(lambda p: p)
            ),
            "scores": step_of_05(
                real=through_sigmoid(lambda p: p - p - 1), fake=through_sigmoid(lambda p: p - p + 1)
            ),
            "probabilities as logits": step_of_05(
                real=through_sigmoid(towards(1)), fake=through_sigmoid(towards(0))
            ),
            "real labels smoothed": step_of_05(real=towards(0.9)),
            "generator's loss as well": step_of_05(fake=lambda f: 2 * sigmoid(f) - 1),
            "real images twice": step_of_05(real=lambda r: 2 * (sigmoid(r) - 1)),
            "real images only": step_of_05(fake=lambda f: 0 * f),
            "labels smoothed": step_of_05(real=towards(0.95), fake=towards(0.05)),
        },
        beside=lambda challenge: _STEP_05,
        nearer=2,
    ),
    Case(
        (*_GAN, "test_generator_phase"),
        "g2_step",
        DRAWS_05["g2_step"],
        right={"as in the formula": step_of_05()},
        wrong={
            "label 0": step_of_05(forger=towards(0)),
            "saturating": step_of_05(forger=lambda f: -sigmoid(f)),
            "squares": step_of_05(forger=through_sigmoid(lambda p: p - 1)),
            "score": step_of_05(forger=through_sigmoid(lambda p: p - p - 1)),
            "probabilities as logits": step_of_05(forger=through_sigmoid(towards(1))),
            "sum over the batch": step_of_05(forger=lambda f: 8 * (sigmoid(f) - 1)),
            "labels smoothed": step_of_05(forger=towards(0.95)),
        },
        beside=lambda challenge: _STEP_05,
        nearer=5,
    ),
)


def moments(first: np.ndarray, second: np.ndarray, ddof: int = 1) -> tuple[Any, Any, Any]:
    shift = first.mean(axis=0) - second.mean(axis=0)
    return shift, *(np.cov(one, rowvar=False, ddof=ddof) for one in (first, second))


def frechet(
    root: Callable[[np.ndarray, np.ndarray], float], *, shifted: Callable[..., float] = np.dot
) -> Answer:
    """Return a distance from the trace of a root of the covariances' product."""

    def run(first, second):
        shift, one, other = moments(first, second)
        return float(shifted(shift, shift) + np.trace(one + other) - 2 * root(one, other))

    return run


def shared(one: np.ndarray, other: np.ndarray) -> float:
    """Return the trace of the root of the product of two covariances."""
    return np.sqrt(np.maximum(np.linalg.eigvals(one @ other).real, 0)).sum()


def shared_in_single_precision(one: np.ndarray, other: np.ndarray) -> float:
    return shared(one.astype(np.float32), other.astype(np.float32))


def shared_with_small_number(one: np.ndarray, other: np.ndarray) -> float:
    small = 1e-6 * np.eye(len(one))
    return shared(one + small, other + small)


def uncentred(first: np.ndarray, second: np.ndarray) -> float:
    one, other = (sample.T @ sample / len(sample) for sample in (first, second))
    shift = first.mean(axis=0) - second.mean(axis=0)
    return float(shift @ shift + np.trace(one + other) - 2 * shared(one, other))


RIGHT_DISTANCES = {
    "eigenvalues of the product": frechet(shared),
    "single precision": frechet(shared_in_single_precision),
    "a small number on the diagonals": frechet(shared_with_small_number),
}


WRONG_DISTANCES = {
    "means only": frechet(lambda one, other: np.trace(one + other) / 2),
    "covariances only": frechet(shared, shifted=lambda a, b: 0.0),
    "shift without its square": frechet(shared, shifted=lambda a, b: np.linalg.norm(a)),
    "mean square of the shift": frechet(shared, shifted=lambda a, b: np.mean(a * b)),
    "root of each element": frechet(lambda a, b: np.trace(np.sqrt(np.abs(a @ b)))),
    "roots of each element, multiplied": frechet(
        lambda a, b: np.trace(np.sqrt(np.abs(a)) @ np.sqrt(np.abs(b)))
    ),
    "no root": frechet(lambda one, other: np.trace(one @ other)),
    "factor of 2 forgotten": frechet(lambda one, other: shared(one, other) / 2),
    "no shared part": frechet(lambda one, other: 0.0),
    "root of the distance": lambda **samples: np.sqrt(frechet(shared)(**samples)),
    "uncentred": uncentred,
}


WRONG_IN_GENERAL = WRONG_DISTANCES | {
    "diagonals only": frechet(lambda a, b: np.sqrt(np.diag(a) * np.diag(b)).sum()),
    "product taken for symmetric": frechet(
        lambda a, b: np.sqrt(np.maximum(np.linalg.eigvalsh(a @ b), 0)).sum()
    ),
    "product the other way round taken for symmetric": frechet(
        lambda a, b: np.sqrt(np.maximum(np.linalg.eigvalsh(b @ a), 0)).sum()
    ),
}


NOT_ROBUST = {
    "negative eigenvalues": frechet(lambda a, b: np.sqrt(np.linalg.eigvalsh(a)).sum()),
}


DISTANCES = tuple(
    Case((*_GAN, function), probe, DRAWS_05[probe], RIGHT_DISTANCES, wrong, runs=20)
    for function, probe, wrong in (
        ("test_distance", "m1_full", WRONG_IN_GENERAL),
        ("test_known_distance", "m1_known", WRONG_DISTANCES),
        ("test_singular_distance", "m1_singular", WRONG_IN_GENERAL | NOT_ROBUST),
    )
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


def shares(draw: Callable[[], np.ndarray], *, by_pixel: float = 0) -> Answer:
    """Return an answer to w3 that draws its shares so."""

    def run(real, fake, kernel, levels):
        low, high = levels
        share = draw().astype(np.float32)
        spread = by_pixel * np.abs(low - high) * np.ones(1024)
        return {"between": share * low + (1 - share) * high, "spread": spread}

    return run


ROOT_3 = np.sqrt(3)


RANDOM = (
    Case(
        (*_VAE, "test_codes"),
        "v3_codes",
        DRAWS_05["v3_codes"],
        right={"normal": codes(lambda: RNG.normal(size=(500, 64)))},
        wrong={
            "logarithm of the variance": codes(lambda: RNG.normal(size=(500, 64)), power=0.5),
            "for all elements": codes(lambda: RNG.normal(size=(500, 1)) * np.ones((1, 64))),
            "for all rows": codes(lambda: RNG.normal(size=(1, 64)) * np.ones((500, 1))),
            "the same again": codes(lambda: same(500, 64)),
            "uniform from 0": codes(lambda: RNG.uniform(size=(500, 64))),
            "uniform, as wide": codes(lambda: RNG.uniform(-ROOT_3, ROOT_3, (500, 64))),
            "truncated": codes(lambda: truncated(500, 64)),
        },
        nearer=None,
    ),
    Case(
        (*_VAE, "test_vae_samples"),
        "v4_made",
        DRAWS_05["v4_decoder"],
        right={"normal": samples(lambda: RNG.normal(size=(100, 64)))},
        wrong={
            "uniform from 0": samples(lambda: RNG.uniform(size=(100, 64))),
            "uniform from -1": samples(lambda: RNG.uniform(-1, 1, (100, 64))),
            "uniform, as wide": samples(lambda: RNG.uniform(-ROOT_3, ROOT_3, (100, 64))),
            "truncated": samples(lambda: truncated(100, 64)),
            "one code": samples(lambda: RNG.normal(size=(1, 64)).repeat(100, axis=0)),
            "codes of images": samples(lambda: 2 + RNG.normal(size=(100, 64))),
        },
        nearer=None,
        seeded="v4_decoder",
        runs=3,
    ),
    Case(
        (*_WGAN, "test_between"),
        "w3_penalty",
        DRAWS_05["w3_penalty"],
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


CASES = (
    *AUTOENCODER,
    *WASSERSTEIN,
    *PENALTY,
    *GAN_STEP,
    *DISTANCES,
    *RANDOM,
)
