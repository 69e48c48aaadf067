"""Task 5: one training step, by what it does to networks that can be worked out by hand."""

from __future__ import annotations

import math

import numpy as np
from calls import finished

from autograder.challenges.gan_step import discriminators, painted_pictures
from autograder.checks.common import ADAM
from autograder.evidence.schema import Array, Bool, List, Optimizer, Text
from autograder.judging.assertions import explained_by
from autograder.judging.check import Drawn, Evidence, Recording, check, require


def _step(evidence: Evidence) -> Recording:
    recording: Recording = finished(evidence, "train_step_once", "train_step(images)")
    return recording


def _modes(recording: Recording) -> list[str]:
    """Return the modes that the networks were called in, such as ``generator True``."""
    items = recording.get("modes", List).items
    return [item.value for item in items if isinstance(item, Text)]


@check("train_step", points=0.75, title="One step updates the discriminator from its own loss")
@explained_by("train_step")
def test_discriminator_update(evidence: Evidence, drawn: Drawn) -> None:
    recording, before = _step(evidence), drawn("train_step_once")
    weights = recording.array(recording.get("weights", Array))
    bias = float(recording.array(recording.get("bias", Array)).reshape(()))
    require(
        not np.allclose(weights, before["weights"], atol=1e-7),
        "train_step(images) leaves the discriminator as it is.",
    )
    require(
        any(
            np.allclose(weights, right, atol=1e-5) and abs(bias - offset) < 1e-5
            for right, offset in discriminators(before, _modes(recording))
        ),
        "train_step(images) changes the discriminator otherwise than one step down the gradient of "
        "its own loss with its own optimizer does.",
    )


@check("train_step", points=0.75, title="One step updates the generator from its own loss")
@explained_by("train_step")
def test_generator_update(evidence: Evidence, drawn: Drawn) -> None:
    recording, before = _step(evidence), drawn("train_step_once")
    picture = recording.array(recording.get("picture", Array))
    require(
        not np.allclose(picture, before["picture"], atol=1e-7),
        "train_step(images) leaves the generator as it is.",
    )
    require(
        any(
            np.allclose(picture, right, atol=1e-5)
            for right in painted_pictures(before, _modes(recording))
        ),
        "train_step(images) changes the generator otherwise than one step down the gradient of its "
        "own loss with its own optimizer does.",
    )


@check("train_step", points=0.5, title="Both networks are called in training mode")
@explained_by("train_step")
def test_training_mode(evidence: Evidence) -> None:
    modes = _modes(_step(evidence))
    for name in ("generator", "discriminator"):
        of_network = [mode for mode in modes if mode.startswith(name)]
        require(of_network, f"train_step(images) does not use {name}.")
        require(
            all(mode.endswith("True") for mode in of_network),
            f"train_step(images) calls {name} as if it were not being trained.",
        )


@check("train_step", points=0.5, title="Every step draws new noise for every image")
@explained_by("train_step")
def test_noise(evidence: Evidence) -> None:
    _step(evidence)
    recording = evidence.recorded("train_step_once_noise")
    first, second = (recording.array(recording.get(n, Array)) for n in ("first", "second"))
    require(
        first.ndim == 2 and first.shape == second.shape == (8, 100),
        f"For 8 real images the generator was given noise of the shape {first.shape}.",
    )
    require(
        not np.allclose(first, second),
        "Two steps used the same noise; draw it with TensorFlow inside of train_step.",
    )
    require(
        len(np.unique(first.round(5), axis=0)) == len(first),
        "Several images of a batch are made from the same noise.",
    )
    noise = np.concatenate([first, second])
    # 1,600 numbers: six standard errors of the mean are 0.15.
    require(
        abs(noise.mean()) < 0.15 and 0.8 < noise.std() < 1.2,
        f"The noise has mean {noise.mean():.2f} and standard deviation {noise.std():.2f}; it "
        "should be standard normal.",
    )


@check("train_step", points=0.5, title="Each network has an Adam of its own, as described")
@explained_by("train_step")
def test_optimizers(evidence: Evidence) -> None:
    recording = evidence.recorded("train_step")
    for name in ("generator_optimizer", "discriminator_optimizer"):
        optimizer = recording.get(name, Optimizer)
        kind, rate, config = optimizer.class_name, optimizer.learning_rate, optimizer.config
        require(kind == "Adam", f"{name} is not Adam but {kind}.")
        require(
            isinstance(rate, int | float) and math.isclose(rate, 1e-4, rel_tol=1e-3),
            f"The learning rate of {name} is {rate}; compare with the task.",
        )
        # Keras writes a schedule as a dictionary.
        require(
            not isinstance(config.get("learning_rate"), dict),
            f"The learning rate of {name} is not fixed: it follows a schedule.",
        )
        other = [key for key, value in ADAM.items() if config.get(key, value) != value]
        require(not other, f"{name} should keep the default of {', '.join(other)}.")
    apart = evidence.recorded("train_step_apart").get("apart", Bool).value
    require(apart, "Both names stand for one optimizer; each network needs its own.")
