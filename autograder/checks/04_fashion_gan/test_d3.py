"""Question d3: training in two phases, and a table of losses."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from autograder.challenges.training_phases import LOSSES, Outcome, Pair, loss_of_label_1
from autograder.checks import common
from autograder.evidence.schema import (
    Array,
    Bool,
    Dict,
    Folder,
    History,
    List,
    Model,
    NoneValue,
    Number,
    Optimizer,
    Other,
    Tuple,
)
from autograder.judging.assertions import explained_by, require_steps, require_trained, steps_of
from autograder.judging.check import Drawn, Evidence, Recording, check, require

EPOCHS = 100
ADAM = {"learning_rate": 0.001, **common.ADAM}
DISCRIMINATOR_CALL = "discriminator_epoch(images, generator, discriminator)"
GENERATOR_CALL = "generator_epoch(count, discriminator, combined)"
BOTH_CALL = "train_epoch(images, generator, discriminator, combined)"


def _outcome(evidence: Evidence, drawn: Drawn, hook: str, call: str) -> Outcome:
    """Return what a function of the notebook made of the small pair."""
    error = evidence.run.hook_errors.get(hook)
    require(error is None, f"{call} did not finish on a small pair of networks: {error}.")
    return Outcome.read(evidence.recorded(hook), Pair.draw(**drawn(hook)))


def _number(recording: Recording, name: str, what: str) -> float:
    """Return a recorded number, which may also be an array of one."""
    value = recording.get(name, Number, Array, NoneValue, Dict, List, Tuple, Other)
    number = None
    if isinstance(value, Array):
        numbers = recording.array(value)
        number = float(numbers.ravel()[0]) if numbers.size == 1 else None
    elif isinstance(value, Number):
        number = value.finite
    require(
        number is not None,
        f"{what} should return one number, the mean loss of the epoch.",
    )
    assert number is not None
    return number


def _require_discriminator_learnt(outcome: Outcome, call: str) -> None:
    """Require that the discriminator moved towards label 1 on real images and 0 on others."""
    pair = outcome.pair
    require(
        outcome.discriminator_changed,
        f"{call} did not change the discriminator at all. Look at what it trains, and at what is "
        "trainable at that moment.",
    )
    new, old = (outcome.disc_kernel, outcome.disc_bias), (pair.kernel, pair.bias)
    real = float(np.mean(pair.real_logits(*new) - pair.real_logits(*old)))
    fake = pair.fake_logit(*new) - pair.fake_logit(*old)
    # One of the two may move the wrong way for a step, since both share their weights.
    require(
        real - fake > 0,
        f"After {call} the discriminator tells real images from generated ones less well than "
        "before; mind the labels.",
    )


def _same(value: Any, wanted: Any) -> bool:
    """Return whether a setting of an optimizer is as wanted."""
    if isinstance(value, int | float) and isinstance(wanted, int | float):
        return abs(value - wanted) < 1e-6
    return bool(value == wanted)


@check("d3", points=0.5, title="compile_gan gives both models Adam and binary cross-entropy")
@explained_by("d3_compile")
def test_compiled(evidence: Evidence, drawn: Drawn) -> None:
    error = evidence.run.hook_errors.get("d3_compiled")
    require(error is None, f"compile_gan did not work on a small pair of models: {error}.")
    recording = evidence.recorded("d3_compiled")
    for name in ("discriminator_optimizer", "combined_optimizer"):
        optimizer = recording.get(name, Optimizer)
        words = name.replace("_", " model's ").replace("discriminator model's", "discriminator's")
        require(
            optimizer.class_name == "Adam",
            f"The {words} is not Adam but {optimizer.class_name}.",
        )
        config = optimizer.config
        other = [key for key, value in ADAM.items() if not _same(config.get(key, value), value)]
        require(not other, f"The {words} should keep the default of {', '.join(other)}.")
    require(
        recording.get("apart", Bool).value,
        "Both models have one and the same optimizer; each needs its own.",
    )
    inputs = drawn("d3_compiled")
    labels, answers = (inputs[name].astype(float) for name in ("labels", "answers"))
    expected = -np.mean(labels * np.log(answers) + (1 - labels) * np.log(1 - answers))
    for name in ("discriminator", "combined"):
        loss = recording.get(f"{name}_loss", Number).finite
        require(
            loss is not None and abs(loss - expected) < 1e-4 * expected,
            f"The loss of the {name} model is not the binary cross-entropy of labels and "
            "probabilities.",
        )
    called = evidence.recorded("d3_called").get("called", Bool).value
    require(called, "compile_gan is defined, but was not called for disc_model and GAN_model.")


@check("d3", points=0.5, title="discriminator_epoch trains the discriminator and nothing else")
@explained_by("d3_discriminator")
def test_discriminator_epoch(evidence: Evidence, drawn: Drawn) -> None:
    outcome = _outcome(evidence, drawn, "d3_discriminator_alone", DISCRIMINATOR_CALL)
    require(
        not outcome.generator_changed,
        "discriminator_epoch changed the generator too; only the discriminator may change.",
    )
    _require_discriminator_learnt(outcome, "discriminator_epoch")


@check("d3", points=0.5, title="discriminator_epoch goes through all images and returns the loss")
@explained_by("d3_discriminator")
def test_discriminator_loss(evidence: Evidence, drawn: Drawn) -> None:
    outcome = _outcome(evidence, drawn, "d3_discriminator_alone", DISCRIMINATOR_CALL)
    # 3 mixed steps, 5 steps of 100 from a mixed heap, or 6 with real and fake apart.
    require(
        2 <= outcome.disc_steps <= 6,
        f"For 250 images discriminator_epoch took {outcome.disc_steps} steps; compare the size of "
        "the batches with the question.",
    )
    recording = evidence.recorded("d3_discriminator_alone")
    loss = _number(recording, "value", "discriminator_epoch")
    expected = outcome.pair.discriminator_loss()
    right = any(abs(loss - wanted) < 0.2 * wanted for wanted in (expected, 2 * expected))
    require(
        right,
        f"discriminator_epoch returned {loss:.3g}, which is not the mean loss of its epoch over "
        "real and generated images.",
    )


@check("d3", points=0.5, title="generator_epoch trains the generator and nothing else")
@explained_by("d3_generator")
def test_generator_epoch(evidence: Evidence, drawn: Drawn) -> None:
    outcome = _outcome(evidence, drawn, "d3_generator_alone", GENERATOR_CALL)
    require(
        not outcome.discriminator_changed,
        "generator_epoch changed the discriminator too; only the generator may change.",
    )
    require(outcome.generator_changed, "generator_epoch did not change the generator at all.")
    pair = outcome.pair
    towards = float((outcome.gen_bias - pair.fake) @ pair.kernel)
    require(
        towards > 0,
        "After generator_epoch the discriminator takes generated images for real less than "
        "before; mind the label.",
    )


@check("d3", points=0.5, title="generator_epoch uses fresh noise and returns the loss")
@explained_by("d3_generator")
def test_generator_loss(evidence: Evidence, drawn: Drawn) -> None:
    outcome = _outcome(evidence, drawn, "d3_generator_alone", GENERATOR_CALL)
    require(
        2 <= outcome.gen_steps <= 3,
        f"For 250 noise vectors generator_epoch took {outcome.gen_steps} steps; compare the size "
        "of the batches with the question.",
    )
    require(outcome.generator_changed, "generator_epoch did not change the generator at all.")
    noise = outcome.mean_noise()
    # The mean of 100 standard normal numbers, averaged over the steps, is spread by 0.063 to 0.08,
    # with a standard error of 0.003; uniform numbers from -1 to 1 by 0.04.
    require(
        abs(noise.mean()) < 0.2 and 0.0495 < noise.std() < 0.3,
        "The noise of generator_epoch is not fresh standard normal noise for every image; "
        "draw_noise gives it.",
    )
    loss = _number(evidence.recorded("d3_generator_alone"), "value", "generator_epoch")
    pair = outcome.pair
    expected = float(loss_of_label_1(pair.fake_logit(pair.kernel, pair.bias)))
    require(
        abs(loss - expected) < 0.2 * expected,
        f"generator_epoch returned {loss:.3g}, which is not the mean loss of its epoch.",
    )


@check("d3", points=0.5, title="train_epoch trains the discriminator first, then the generator")
@explained_by("d3_train")
def test_train_epoch(evidence: Evidence, drawn: Drawn) -> None:
    outcome = _outcome(evidence, drawn, "d3_both", BOTH_CALL)
    require(
        outcome.discriminator_changed and outcome.generator_changed,
        "train_epoch left one of the two networks as it was.",
    )
    items = evidence.recorded("d3_both").get("value", Dict).items
    losses = [loss.finite for loss in map(items.get, LOSSES) if isinstance(loss, Number)]
    numbers = [loss for loss in losses if loss is not None]
    require(
        len(numbers) == 2,
        "train_epoch should return a dictionary of two numbers, under the two keys of the "
        "question.",
    )
    discriminator_loss, generator_loss = numbers
    pair = outcome.pair
    expected = pair.discriminator_loss()
    # Wide, since how the discriminator's epoch goes is judged elsewhere.
    require(
        0.4 * expected < discriminator_loss < 2.4 * expected,
        "The number under discriminator_loss is not the loss of the discriminator's epoch.",
    )
    before, after = (
        float(loss_of_label_1(pair.fake_logit(kernel, bias)))
        for kernel, bias in (
            (pair.kernel, pair.bias),
            (outcome.disc_kernel, outcome.disc_bias),
        )
    )
    missed = abs(generator_loss - after)
    require(
        missed < abs(generator_loss - before) and missed < 0.3 * after,
        "The generator's loss does not fit a discriminator that has had its epoch just before; "
        "mind the order of the two phases.",
    )


@check("d3", points=0.5, title="The dense GAN was trained for all epochs")
@explained_by("d3_train")
def test_trained(evidence: Evidence) -> None:
    before, after = evidence.recorded("d3_before"), evidence.recorded("d3_trained")
    # As many as the grading budget takes in all the epochs, however small they are.
    steps = steps_of(EPOCHS)
    for name in ("gen_model", "disc_model"):
        # Frozen weights are not listed as trainable, so every weight is looked at.
        require_trained(
            _all_trainable(before.get(name, Model)),
            _all_trainable(after.get(name, Model)),
            name,
        )
    for name, words in (
        ("disc_optimizer", "The discriminator's optimizer"),
        ("GAN_optimizer", "The combined model's optimizer"),
    ):
        require_steps(
            before.get(name, Optimizer), after.get(name, Optimizer), words, at_least=steps
        )
    epochs = after.get("history", History).epochs
    require(
        len(epochs) == EPOCHS,
        "dense_history does not hold the number of epochs that the question asks for.",
    )
    names = set(after.get("image_dir", Folder).files)
    missing = [n for n in range(EPOCHS) if f"image_at_epoch_{n:04d}.png" not in names]
    require(not missing, f"The samples of {len(missing)} epochs of the run dense are missing.")
    first, last = (after.array(after.get(name, Array)) for name in ("first", "last"))
    require(
        not np.array_equal(first, last),
        "The samples of the run dense do not change from its first epoch to its last.",
    )


def _all_trainable(model: Model) -> Model:
    """Return the record of a model as if no layer of it were frozen."""
    weights = [
        msgspec.structs.replace(weight, trainable=not weight.path.endswith(("mean", "variance")))
        for weight in model.weights
    ]
    return msgspec.structs.replace(model, weights=weights)


@check("d3", points=0.5, title="loss_table has both losses of every epoch")
@explained_by("d3_table")
def test_table(evidence: Evidence) -> None:
    recording = evidence.recorded("d3_table")
    table = recording.array(recording.get("table", Array))
    require(
        table.shape == (EPOCHS, 3),
        f"loss_table has the shape {table.shape}; one row for each epoch and three numbers in a "
        "row are asked for.",
    )
    require(
        np.array_equal(table[:, 0], np.arange(EPOCHS)),
        "The first number in a row of loss_table should be the number of the epoch, as they are "
        "counted in this assignment.",
    )
    for column, name in ((1, "discriminator"), (2, "generator")):
        losses = recording.array(recording.get(name, Array))
        require(
            losses.shape == (EPOCHS,) and np.allclose(table[:, column], losses, atol=1e-3),
            f"Column {column + 1} of loss_table does not hold the {name}'s losses of the history.",
        )
