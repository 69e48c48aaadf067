"""Answers to assignment 04 over many drawn runs; see ``test_chance``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.challenges import training_phases
from tests.checks.numerics import (
    RNG,
    entropy,
    sigmoid,
    softplus,
)
from tests.support.drawn_runs import Answer, Case, module


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


COMPILED = (
    Case(
        ("04_fashion_gan", "test_d3", "test_compiled"),
        "d3_compiled",
        module("04_fashion_gan", "plan").compile_inputs,
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


RANDOM = (
    Case(
        ("04_fashion_gan", "test_d3", "test_generator_loss"),
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
)


CASES = (
    *COMPILED,
    *RANDOM,
)
