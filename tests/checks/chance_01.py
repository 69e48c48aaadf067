"""Answers to assignment 01 over many drawn runs; see ``test_chance``."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable

import numpy as np

from autograder.challenges import gan_step
from tests.checks.numerics import (
    RNG,
    TO_FAKE,
    TO_REAL,
    Slope,
    bce,
    bce_of_probabilities,
    same,
    sigmoid,
    towards,
)
from tests.support.drawn_runs import Answer, Case, DrawnRun, module

_NAME = "01_dcgan_walkthrough"
_PLAN = module(_NAME, "plan")
_LOSSES = (_NAME, "test_losses")
_STEP = (_NAME, "test_train_step")

LOSSES = (
    Case(
        (*_LOSSES, "test_discriminator_loss"),
        "losses_d",
        _PLAN.near_logits,
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
        (*_LOSSES, "test_generator_loss"),
        "losses_g",
        _PLAN.near_logits,
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
        (*_LOSSES, "test_large_logits"),
        "losses_far_d",
        _PLAN.far_logits,
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
    return float(bce(1, -_PLAN.far_logits(seed)["fake"]))


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
    cases = []
    for training, first in itertools.product((True, False), (None, "generator", "discriminator")):
        made = functools.partial(step, training=training, first=first)
        generator_rate, discriminator_rate = (
            gan_step.GENERATOR_RATE,
            gan_step.DISCRIMINATOR_RATE,
        )
        rates_swapped = made(rates=(discriminator_rate, generator_rate))
        of_discriminator = {
            "sum of both losses": made(fake=lambda f: 2 * sigmoid(f) - 1),
            "labels swapped": made(real=towards(0), fake=towards(1)),
            "generator's loss": made(real=lambda r: 0 * r, fake=towards(1)),
            "real images only": made(fake=lambda f: 0 * f),
            "generated images only": made(real=lambda r: 0 * r),
            "labels smoothed": made(real=towards(0.95), fake=towards(0.05)),
            "half the loss": made(rates=(generator_rate, discriminator_rate / 2)),
            "sum over the batch": made(real=lambda r: 8 * (sigmoid(r) - 1)),
            "optimizers swapped": rates_swapped,
            "up instead of down": made(rates=(generator_rate, -discriminator_rate)),
        }
        of_generator = {
            "saturating": made(forger=sigmoid),
            "sum of both losses": made(forger=lambda f: 2 * sigmoid(f) - 1),
            "discriminator's loss": made(forger=towards(0)),
            "labels smoothed": made(forger=towards(0.95)),
            "half the loss": made(rates=(generator_rate / 2, discriminator_rate)),
            "optimizers swapped": rates_swapped,
            "up instead of down": made(rates=(-generator_rate, discriminator_rate)),
        }
        for name, wrong in (("discriminator", of_discriminator), ("generator", of_generator)):
            check = (*_STEP, f"test_{name}_update")
            draw = gan_step.draw_step
            cases.append(Case(check, "train_step_once", draw, {"float32": made()}, wrong, runs=20))
    return cases


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


RANDOM = (
    Case(
        (*_STEP, "test_noise"),
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
        (_NAME, "test_data", "test_shuffled"),
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
            "data_loaded": {"raw": np.arange(512)[:, None] / 2.0},
            "data_images": {"images": np.arange(512)[:, None] / 2.0 / 127.5 - 1, "count": 512},
        },
        nearer=None,
    ),
)


CASES = (
    *LOSSES,
    *step_cases(),
    *RANDOM,
)
