"""Question w2: the training step of the WGAN with weight clipping."""

from __future__ import annotations

import numpy as np

from autograder.challenges.wasserstein import CRITIC_RATE
from autograder.evidence.schema import Array, Bool, Optimizer
from autograder.judging.assertions import explained_by
from autograder.judging.check import Drawn, Evidence, Recording, check, require
from autograder.judging.returned import require_finished

RATE = 5e-4
CLIP = 0.01
CRITIC_STEPS = 5


def _step(evidence: Evidence) -> Recording:
    """Return the record of one call of wgan_step on the judge's own networks."""
    require_finished(evidence, "w2_step", "wgan_step(images)")
    return evidence.recorded("w2_step")


def _numbers(recording: Recording, name: str) -> np.ndarray:
    return recording.array(recording.get(name, Array)).reshape(-1).astype(float)


def _steps(recording: Recording, name: str) -> int:
    return int(recording.array(recording.get(name, Array)).reshape(-1)[0])


@check("w2", points=1, title="Five critic steps on images of their own, then the generator's")
@explained_by("w2")
def test_wgan_step(evidence: Evidence, drawn: Drawn) -> None:
    recording = _step(evidence)
    arrays = {key: value.astype(float) for key, value in drawn("w2_step").items()}
    steps = _steps(recording, "critic_steps")
    require(
        steps == CRITIC_STEPS,
        f"wgan_step takes {steps} steps of critic_optimizer; compare with the question.",
    )
    kernel = _numbers(recording, "kernel")
    small = np.abs(arrays["kernel"]) < CLIP
    fake = 1 / (1 + np.exp(-arrays["logits"]))
    real = arrays["images"].reshape(-1, 784)
    # Each image is used once, in one of five parts, so their order does not matter.
    wanted = CRITIC_RATE * (CRITIC_STEPS * real.mean(axis=0) - CRITIC_STEPS * fake)
    change = kernel - arrays["kernel"]
    require(
        change[small] @ wanted[small] > 0,
        "The critic's steps in wgan_step lower the scores of real images against generated ones.",
    )
    require(
        np.allclose(change[small], wanted[small], rtol=0.02, atol=2e-7),
        "The critic's steps in wgan_step are not five steps on critic_loss, each with a fifth of "
        "the images.",
    )
    steps = _steps(recording, "generator_steps")
    require(
        steps == 1, f"wgan_step takes {steps} steps of wgan_optimizer; compare with the question."
    )
    logits = _numbers(recording, "logits")
    moved = logits - arrays["logits"]
    slope = kernel * fake * (1 - fake)
    # A generator that was clipped as well is the next check's business.
    free = np.abs(arrays["logits"]) < 0.5 * CLIP if np.abs(logits).max() < 2 * CLIP else slice(None)
    require(
        np.allclose(moved[free], slope[free], rtol=0.05, atol=2e-6),
        "The generator's step in wgan_step is not one on wgan_generator_loss, taken after the "
        "critic's steps.",
    )


@check("w2", points=1, title="All weights of the critic are clipped, and no others")
@explained_by("w2")
def test_clipping(evidence: Evidence, drawn: Drawn) -> None:
    recording = _step(evidence)
    arrays = {key: value.astype(float) for key, value in drawn("w2_step").items()}
    kernel = _numbers(recording, "kernel")
    bias = _numbers(recording, "bias")
    logits = _numbers(recording, "logits")
    large = np.abs(arrays["kernel"]) > CLIP
    require(
        np.abs(kernel).max() <= CLIP + 1e-6,
        "After wgan_step the critic has weights beyond the bound.",
    )
    require(np.abs(bias).max() <= CLIP + 1e-6, "After wgan_step the critic's bias is not clipped.")
    require(
        np.abs(kernel[large]).min() > 0.9 * CLIP,
        "Weights that are clipped should end at the bound, with their sign.",
    )
    steps = _steps(recording, "critic_steps")
    # After a single step there is nothing to tell the two by; its number is the other check's.
    require(
        steps == 1 or (np.abs(kernel[large]) < CLIP - 1e-6).mean() > 0.1,
        "The critic should be clipped after each of its steps, not once at the end.",
    )
    require(
        np.abs(logits - arrays["logits"]).max() < 0.1,
        "wgan_step clips the generator as well; its weights should be free.",
    )


@check("w2", points=1, title="RMSprop for both networks")
@explained_by("w2")
def test_optimizers(evidence: Evidence) -> None:
    recording = evidence.recorded("w2")
    for name in ("critic_optimizer", "wgan_optimizer"):
        optimizer = recording.get(name, Optimizer)
        require(
            optimizer.class_name == "RMSprop",
            f"{name} is {optimizer.class_name}; compare with the question.",
        )
        rate = optimizer.learning_rate
        require(
            isinstance(rate, int | float) and abs(rate - RATE) < 1e-3 * RATE,
            f"The learning rate of {name} differs from the question.",
        )
        defaults = {"rho": 0.9, "momentum": 0.0, "centered": False}
        other = [
            key for key, value in defaults.items() if optimizer.config.get(key, value) != value
        ]
        require(not other, f"{name} should keep the default of {', '.join(other)}.")
    apart = evidence.recorded("w2_apart").get("apart", Bool).value
    require(apart, "Each network needs an optimizer of its own.")
