"""No mark depends on luck: over many drawn runs, right answers pass and known mistakes fail.

Checks compare what an answer makes of drawn numbers with what is right. Here the checks themselves
judge answers written in NumPy, for many runs. A mistake must fail even if its numbers were
ten times nearer to the right ones than they are: then no run is near the limit. To add a case, add
a :class:`drawn_runs.Case` to ``CASES``.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograder.challenges import gan_step, training_phases
from autograder.challenges.probes import loss_inputs
from tests.support.drawn_runs import Answer, Case, DrawnRun, made_of, module, nearer


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def softplus(x: np.ndarray) -> np.ndarray:
    return np.logaddexp(np.zeros_like(x), x)


def bce(label: float, logits: np.ndarray) -> np.ndarray:
    """Return the mean binary cross-entropy of logits with one label."""
    return np.mean(softplus(logits) - np.asarray(label, logits.dtype) * logits)


def bce_of_probabilities(label: float, outputs: np.ndarray) -> np.ndarray:
    """Return the cross-entropy that Keras gives if it is told that these are probabilities."""
    inside = np.clip(outputs.astype(float), 1e-7, 1 - 1e-7)
    return -np.mean(label * np.log(inside) + (1 - label) * np.log(1 - inside))


# Losses of assignment 01.

_LOSSES_01 = ("01_dcgan_walkthrough", "test_training")
CROSS_ENTROPY = Case(
    ("02_dcgan_experiments", "test_q2", "test_cross_entropy"),
    "q2_4_value",
    loss_inputs,
    right={
        "float32": lambda labels, logits: bce(labels, logits),
        "logarithms": lambda labels, logits: bce_of_probabilities(labels, sigmoid(logits)),
    },
    wrong={
        "smoothed": lambda labels, logits: bce(0.9 * labels + 0.05, logits),
        "ones smoothed": lambda labels, logits: bce(0.9 * labels, logits),
        "arguments exchanged": lambda labels, logits: bce(logits, labels),
        "labels swapped": lambda labels, logits: bce(1 - labels, logits),
        "sum": lambda labels, logits: 16 * bce(labels, logits),
        "half": lambda labels, logits: bce(labels, logits) / 2,
        "sigmoid twice": lambda labels, logits: bce(labels, sigmoid(logits)),
        "from probabilities": lambda labels, logits: bce_of_probabilities(labels, logits),
        "squares": lambda labels, logits: np.mean((labels - logits) ** 2),
        "hinge": lambda labels, logits: np.mean(np.maximum(1 - (2 * labels - 1) * logits, 0)),
    },
    beside=lambda challenge: {
        "q2_4": {"cross_entropy": {"kind": "loss"}},
        "q2_4_new": {"new": True},
    },
)

LOSSES = (
    Case(
        (*_LOSSES_01, "test_discriminator_loss"),
        "losses_d",
        module(_LOSSES_01[0], "probes").near_logits,
        right={
            "float32": lambda real, fake: bce(1, real) + bce(0, fake),
            "logarithms": lambda real, fake: (
                -np.mean(np.log(sigmoid(real) + np.float32(1e-7)))
                - np.mean(np.log(1 - sigmoid(fake) + np.float32(1e-7)))
            ),
        },
        wrong={
            "labels swapped": lambda real, fake: bce(0, real) + bce(1, fake),
            "smoothed": lambda real, fake: bce(0.95, real) + bce(0.05, fake),
            "real labels smoothed": lambda real, fake: bce(0.9, real) + bce(0, fake),
            "half": lambda real, fake: (bce(1, real) + bce(0, fake)) / 2,
            "one mean over both": lambda real, fake: (12 * bce(1, real) + 20 * bce(0, fake)) / 32,
            "sums": lambda real, fake: 12 * bce(1, real) + 20 * bce(0, fake),
            "real only": lambda real, fake: bce(1, real),
            "fake only": lambda real, fake: bce(0, fake),
            "difference": lambda real, fake: bce(1, real) - bce(0, fake),
            "both real": lambda real, fake: bce(1, real) + bce(1, fake),
            "both fake": lambda real, fake: bce(0, real) + bce(0, fake),
            "sigmoid twice": lambda real, fake: bce(1, sigmoid(real)) + bce(0, sigmoid(fake)),
            "from probabilities": lambda real, fake: (
                bce_of_probabilities(1, real) + bce_of_probabilities(0, fake)
            ),
            "arguments exchanged": lambda real, fake: bce(1, fake) + bce(0, real),
            "squares": lambda real, fake: np.mean((real - 1) ** 2) + np.mean(fake**2),
            "scores": lambda real, fake: np.mean(fake) - np.mean(real),
        },
    ),
    Case(
        (*_LOSSES_01, "test_generator_loss"),
        "losses_g",
        module(_LOSSES_01[0], "probes").near_logits,
        right={
            "float32": lambda real, fake: bce(1, fake),
            "logarithm": lambda real, fake: -np.mean(np.log(sigmoid(fake) + np.float32(1e-7))),
        },
        wrong={
            "label 0": lambda real, fake: bce(0, fake),
            "saturating": lambda real, fake: -bce(0, fake),
            "smoothed": lambda real, fake: bce(0.95, fake),
            "label 0.9": lambda real, fake: bce(0.9, fake),
            "sum": lambda real, fake: 20 * bce(1, fake),
            "sigmoid twice": lambda real, fake: bce(1, sigmoid(fake)),
            "from probabilities": lambda real, fake: bce_of_probabilities(1, fake),
            "squares": lambda real, fake: np.mean((fake - 1) ** 2),
            "score": lambda real, fake: -np.mean(fake),
        },
    ),
    Case(
        (*_LOSSES_01, "test_large_logits"),
        "losses_far_d",
        module(_LOSSES_01[0], "probes").far_logits,
        right={"float32": lambda real, fake: bce(1, real) + bce(0, fake)},
        wrong={
            "labels swapped": lambda real, fake: bce(0, real) + bce(1, fake),
            "clipped": lambda real, fake: (
                bce_of_probabilities(1, sigmoid(real)) + bce_of_probabilities(0, sigmoid(fake))
            ),
            "smoothed": lambda real, fake: bce(0.95, real) + bce(0.05, fake),
        },
        beside=lambda challenge: {"losses_far_g": {"value": far_generator_loss(challenge)}},
    ),
)


def far_generator_loss(challenge: str) -> float:
    seed = DrawnRun(challenge, {}).seed("losses_far_g")
    return float(bce(1, -module(_LOSSES_01[0], "probes").far_logits(seed)["fake"]))


# The training step of assignment 01: one step of two small networks.

Slope = Callable[[np.ndarray], np.ndarray]  # of a loss with respect to a logit


def towards(label: float) -> Slope:
    return lambda logit: sigmoid(logit) - label


TO_REAL, TO_FAKE = towards(1), towards(0)


def step(
    *,
    real: Slope = TO_REAL,
    fake: Slope = TO_FAKE,
    forger: Slope = TO_REAL,
    rates: tuple[float, float] = (gan_step.GENERATOR_RATE, gan_step.DISCRIMINATOR_RATE),
    first: str | None = None,
    training: bool = True,
) -> Answer:
    """Return a training step, in single precision.

    Args:
        real: Slope of the discriminator's loss with respect to logits of real images.
        fake: Likewise, of generated ones.
        forger: Slope of the generator's loss.
        rates: Learning rates of the generator and of the discriminator.
        first: The network that is updated before the other one's loss is computed.
        training: Whether both networks are called in training mode.
    """

    def run(images, picture, weights, bias, painting, judging):
        paint, judge = (painting, judging) if training else (1.0, 1.0)

        def new_picture(weights, bias):
            slope = forger(judge * paint * np.sum(weights * picture) + bias)
            return picture - np.float32(rates[0] * slope * judge * paint) * weights

        def new_judge(picture):
            on_real = real(judge * np.sum(images * weights, axis=(1, 2, 3)) + bias)
            on_fake = fake(judge * paint * np.sum(weights * picture) + bias)
            slope = (on_real[:, None, None, None] * judge * images).mean(axis=0)
            slope = slope + on_fake * judge * paint * picture
            changed = weights - np.float32(rates[1]) * slope.astype(np.float32)
            return changed, float(bias - rates[1] * (on_real.mean() + on_fake))

        if first == "generator":
            painted = new_picture(weights, bias)
            judged = new_judge(painted)
        else:
            judged = new_judge(picture)
            painted = new_picture(*(judged if first else (weights, bias)))
        modes = [
            {"kind": "text", "value": f"{name} {training}"}
            for name in ("generator", "discriminator")
        ]
        return {
            "picture": painted,
            "weights": judged[0],
            "bias": np.float32(judged[1]),
            "modes": {"kind": "list", "items": modes},
        }

    return run


def step_cases() -> list[Case]:
    """Return both checks of the step, in both modes, for each order of the two updates."""
    found = []
    for training, first in itertools.product((True, False), (None, "generator", "discriminator")):
        own = functools.partial(step, training=training, first=first)
        generator_rate, discriminator_rate = (
            gan_step.GENERATOR_RATE,
            gan_step.DISCRIMINATOR_RATE,
        )
        rates_swapped = own(rates=(discriminator_rate, generator_rate))
        of_discriminator = {
            "sum of both losses": own(fake=lambda f: 2 * sigmoid(f) - 1),
            "labels swapped": own(real=towards(0), fake=towards(1)),
            "generator's loss": own(real=lambda r: 0 * r, fake=towards(1)),
            "real images only": own(fake=lambda f: 0 * f),
            "generated images only": own(real=lambda r: 0 * r),
            "labels smoothed": own(real=towards(0.95), fake=towards(0.05)),
            "half the loss": own(rates=(generator_rate, discriminator_rate / 2)),
            "sum over the batch": own(real=lambda r: 8 * (sigmoid(r) - 1)),
            "optimizers swapped": rates_swapped,
            "up instead of down": own(rates=(generator_rate, -discriminator_rate)),
        }
        of_generator = {
            "saturating": own(forger=sigmoid),
            "sum of both losses": own(forger=lambda f: 2 * sigmoid(f) - 1),
            "discriminator's loss": own(forger=towards(0)),
            "labels smoothed": own(forger=towards(0.95)),
            "half the loss": own(rates=(generator_rate / 2, discriminator_rate)),
            "optimizers swapped": rates_swapped,
            "up instead of down": own(rates=(-generator_rate, discriminator_rate)),
        }
        for name, wrong in (("discriminator", of_discriminator), ("generator", of_generator)):
            check = (*_LOSSES_01, f"test_{name}_update")
            draw = gan_step.draw_step
            found.append(Case(check, "train_step_once", draw, {"float32": own()}, wrong, runs=20))
    return found


# The compiled losses of assignment 04: labels and probabilities.


def compiled(loss: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Answer:
    def run(labels, answers):
        value = float(loss(labels, answers))
        adam = {"kind": "optimizer", "class": "Adam", "config": {}}
        return {
            "discriminator_optimizer": adam,
            "combined_optimizer": adam,
            "apart": True,
            "discriminator_loss": value,
            "combined_loss": value,
        }

    return run


def entropy(y: np.ndarray, p: np.ndarray) -> np.ndarray:
    return -(y * np.log(p) + (1 - y) * np.log(1 - p))


COMPILED = (
    Case(
        ("04_fashion_gan", "test_training", "test_compiled"),
        "d3_compiled",
        module("04_fashion_gan", "probes").compile_inputs,
        right={
            "float32": compiled(lambda y, p: entropy(y, p).mean()),
            "as logits": compiled(
                lambda y, p: np.mean(softplus(np.log(p / (1 - p))) - y * np.log(p / (1 - p)))
            ),
        },
        wrong={
            "smoothed": compiled(lambda y, p: entropy(0.9 * y + 0.05, p).mean()),
            "smoothed a little": compiled(lambda y, p: entropy(0.98 * y + 0.01, p).mean()),
            "taken for logits": compiled(lambda y, p: np.mean(softplus(p) - y * p)),
            "labels swapped": compiled(lambda y, p: entropy(1 - y, p).mean()),
            "arguments exchanged": compiled(
                lambda y, p: entropy(p, np.clip(y.astype(float), 1e-7, 1 - 1e-7)).mean()
            ),
            "sum": compiled(lambda y, p: entropy(y, p).sum()),
            "squares": compiled(lambda y, p: np.mean((y - p) ** 2)),
            "absolute": compiled(lambda y, p: np.mean(np.abs(y - p))),
            "hinge": compiled(lambda y, p: np.mean(np.maximum(1 - (2 * y - 1) * p, 0))),
            "focal": compiled(lambda y, p: np.mean(np.abs(y - p) ** 2 * entropy(y, p))),
            "label 1 only": compiled(lambda y, p: -np.mean(y * np.log(p))),
            "scores": compiled(lambda y, p: np.mean((1 - 2 * y) * p)),
        },
        beside=lambda challenge: {"d3_called": {"called": True}},
    ),
)


# Losses of assignment 05.

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


# The GAN's step in assignment 05: slopes of the losses with respect to the logits.


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


def through_sigmoid(slope: Slope) -> Slope:
    """Return the slope of a loss of the probability, with respect to the logit."""
    return lambda logit: slope(sigmoid(logit)) * sigmoid(logit) * (1 - sigmoid(logit))


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


# The Fréchet distance of assignment 05.


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
# Right where one covariance is a multiple of the other.
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

# Noise, shares and orders that answers draw by themselves.

RNG = np.random.default_rng(0)


def noise_of(draw: Callable[[], np.ndarray]) -> Answer:
    return lambda **inputs: {"first": draw(), "second": draw()}


def shuffled(buffer: int, count: int = 512, batch: int = 256) -> Answer:
    """Return what a data set gives if it is shuffled with a buffer as tf.data does it."""

    def order():
        waiting, left = list(range(count)), []
        for number in range(count):
            held = min(buffer, len(waiting))
            left.append(waiting.pop(int(RNG.integers(held))) if held else number)
        return left

    def run(**inputs):
        pixels = np.arange(count)[:, None] / 2.0
        first, again = ((pixels[order()[:batch]] / 127.5 - 1)[:64] for _ in range(2))
        described = {
            "kind": "dataset",
            "batches": [{"shape": [batch, 28, 28, 1]}],
            "first": {"array": "first"},
            "again": {"array": "again"},
        }
        return {"train_dataset": described, "first": first, "again": again[:8]}

    return run


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


def truncated(*shape: int) -> np.ndarray:
    """Draw normal numbers anew until they lie within two standard deviations."""
    found = RNG.normal(size=shape)
    while (np.abs(found) > 2).any():
        found = np.where(np.abs(found) > 2, RNG.normal(size=shape), found)
    return found


def same(*shape: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def generator_epoch(
    draw: Callable[[int, int], np.ndarray], *, batches: tuple[int, ...] = (100, 100, 50)
) -> Answer:
    """Return an answer to d3 whose generator learns from noise drawn so, in single precision."""

    def run(pair):
        kernel, bias = np.zeros((training_phases.NOISE, 784), np.float32), pair.fake.copy()
        for count in batches:
            noise = draw(count, training_phases.NOISE).astype(np.float32)
            slope = (sigmoid(pair.fake_logit(pair.kernel, pair.bias)) - 1) * pair.kernel
            kernel -= np.float32(0.05) * np.outer(noise.mean(axis=0), slope)
            bias -= np.float32(0.05) * slope.astype(np.float32)
        loss = training_phases.loss_of_label_1(pair.fake_logit(pair.kernel, pair.bias))
        return {
            "gen_kernel": kernel,
            "gen_bias": bias,
            "disc_kernel": pair.kernel,
            "disc_bias": np.array([pair.bias], np.float32),
            "disc_steps": 0,
            "gen_steps": len(batches),
            "value": float(loss),
        }

    return run


def small_pair(seed: int) -> dict[str, Any]:
    return {"pair": training_phases.Pair.draw(seed, 250)}


ROOT_3 = np.sqrt(3)
RANDOM = (
    Case(
        (*_LOSSES_01, "test_noise"),
        "train_step_once_noise",
        lambda seed: {},
        right={"normal": noise_of(lambda: RNG.normal(size=(8, 100)))},
        wrong={
            "uniform from 0": noise_of(lambda: RNG.uniform(size=(8, 100))),
            "uniform from -1": noise_of(lambda: RNG.uniform(-1, 1, (8, 100))),
            "the same again": noise_of(lambda: same(8, 100)),
            "one for all images": noise_of(lambda: RNG.normal(size=(1, 100)).repeat(8, axis=0)),
            "small": noise_of(lambda: RNG.normal(0, 0.1, (8, 100))),
        },
        beside=lambda challenge: {"train_step_once": {}},
        nearer=None,
    ),
    Case(
        ("01_dcgan_walkthrough", "test_data_and_networks", "test_shuffled"),
        "data",
        lambda seed: {},
        right={"all images": shuffled(60_000), "a buffer as large": shuffled(512)},
        wrong={
            "a buffer of one batch": shuffled(256),
            "a small buffer": shuffled(64),
            "a tiny buffer": shuffled(2),
            "not at all": shuffled(1),
        },
        beside=lambda challenge: {
            "data_images": {
                "raw": np.arange(512)[:, None] / 2.0,
                "images": np.arange(512)[:, None] / 2.0 / 127.5 - 1,
                "count": 512,
            }
        },
        nearer=None,
    ),
    Case(
        ("04_fashion_gan", "test_training", "test_generator_loss"),
        "d3_generator_alone",
        small_pair,
        right={
            "normal": generator_epoch(lambda *shape: RNG.normal(size=shape)),
            "two batches": generator_epoch(
                lambda *shape: RNG.normal(size=shape), batches=(125, 125)
            ),
            "without the rest": generator_epoch(
                lambda *shape: RNG.normal(size=shape), batches=(100, 100)
            ),
        },
        wrong={
            "uniform from 0": generator_epoch(lambda *shape: RNG.uniform(size=shape)),
            "uniform from -1": generator_epoch(lambda *shape: RNG.uniform(-1, 1, shape)),
            "one for all images": generator_epoch(lambda count, size: RNG.normal(size=(1, size))),
            "zeros": generator_epoch(lambda *shape: np.zeros(shape)),
        },
        nearer=None,
        runs=10,
    ),
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
    CROSS_ENTROPY,
    *LOSSES,
    *step_cases(),
    *COMPILED,
    *AUTOENCODER,
    *WASSERSTEIN,
    *PENALTY,
    *GAN_STEP,
    *DISTANCES,
    *RANDOM,
)


def label(value: Any) -> str:
    return f"{value.check[0][:2]}-{value.check[2]}-{value.probe}" if isinstance(value, Case) else ""


@pytest.mark.parametrize("case", CASES, ids=label)
def test_right_answers_pass_and_mistakes_fail_whatever_is_drawn(case: Case) -> None:
    for run in range(case.runs):
        challenge = f"run {run}"
        inputs = case.inputs(challenge)
        right = [made_of(answer, inputs) for answer in case.right.values()]
        for name, made in zip(case.right, right, strict=True):
            assert case.passes(challenge, made), f"{name} fails in {challenge}"
        for name, answer in case.wrong.items():
            made = made_of(answer, inputs)
            assert not case.passes(challenge, made), f"{name} passes in {challenge}"
            if case.nearer is not None:
                close = nearer(made, right[0], case.nearer)
                assert not case.passes(challenge, close), f"{name} nearly passes in {challenge}"
