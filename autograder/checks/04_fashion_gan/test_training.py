"""Questions d3 and d4: training in two phases, a table of losses, samples and loss curves."""

import numpy as np

from autograder.challenges.training_phases import Outcome, Pair, loss_of_label_1
from autograder.evidence.schema import (
    Array,
    Bool,
    Dict,
    Folder,
    Function,
    History,
    List,
    Model,
    NoneValue,
    Number,
    Optimizer,
    Other,
    Tuple,
)
from autograder.evidence.seeds import seed_for
from autograder.judging.assertions import explained_by, require_steps, require_trained, steps_of
from autograder.judging.check import check, require

EPOCHS = 100
# Keras' defaults of everything that changes what Adam does.
ADAM = {
    "learning_rate": 0.001,
    "beta_1": 0.9,
    "beta_2": 0.999,
    "epsilon": 1e-7,
    "amsgrad": False,
    "weight_decay": None,
    "clipnorm": None,
    "clipvalue": None,
    "global_clipnorm": None,
    "use_ema": False,
    "gradient_accumulation_steps": None,
}
LOSSES = ("discriminator_loss", "generator_loss")


def _outcome(evidence, probe, call, *, count, bias=0.0):
    """Return what a function of the student's made of the small pair."""
    error = evidence.run.hook_errors.get(probe)
    require(error is None, f"{call} did not finish on a small pair of networks: {error}.")
    pair = Pair.draw(seed_for(evidence.run.challenge, probe), count, bias=bias)
    return Outcome.read(evidence.recorded(probe), pair)


def _number(recording, name, what):
    found = recording.get(name, Number, Array, NoneValue, Dict, List, Tuple, Other)
    if found["kind"] == "array":
        values = recording.array(found)
        value = float(values.ravel()[0]) if values.size == 1 else None
    else:
        value = found.get("value") if found["kind"] == "number" else None
    require(
        isinstance(value, int | float),
        f"{what} should return one number, the mean loss of the epoch.",
    )
    return value


def _require_discriminator_learnt(outcome, call):
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


@check("d3", points=0.5, title="compile_gan gives both models Adam and binary cross-entropy")
@explained_by("d3_compile")
def test_compiled(evidence, probes):
    error = evidence.run.hook_errors.get("d3_compiled")
    require(error is None, f"compile_gan did not work on a small pair of models: {error}.")
    recording = evidence.recorded("d3_compiled")
    for name in ("discriminator_optimizer", "combined_optimizer"):
        optimizer = recording.get(name, Optimizer)
        words = name.replace("_", " model's ").replace("discriminator model's", "discriminator's")
        require(
            optimizer.get("class") == "Adam",
            f"The {words} is not Adam but {optimizer.get('class')}.",
        )
        config = optimizer.get("config", {})
        other = [key for key, value in ADAM.items() if not _same(config.get(key, value), value)]
        require(not other, f"The {words} should keep the default of {', '.join(other)}.")
    require(
        recording.get("apart", Bool).value,
        "Both models have one and the same optimizer; each needs its own.",
    )
    drawn = probes.compile_inputs(seed_for(evidence.run.challenge, "d3_compiled"))
    labels, answers = (values.astype(float) for values in drawn)
    expected = -np.mean(labels * np.log(answers) + (1 - labels) * np.log(1 - answers))
    for name in ("discriminator", "combined"):
        seen = recording.get(f"{name}_loss", Number).value
        require(
            isinstance(seen, int | float) and abs(seen - expected) < 1e-4 * expected,
            f"The loss of the {name} model is not the binary cross-entropy of labels and "
            "probabilities.",
        )
    called = evidence.recorded("d3_called").get("called", Bool).value
    require(called, "compile_gan is defined, but was not called for disc_model and GAN_model.")


def _same(seen, wanted):
    if isinstance(seen, int | float) and isinstance(wanted, int | float):
        return abs(seen - wanted) < 1e-6
    return seen == wanted


DISCRIMINATOR_CALL = "discriminator_epoch(images, generator, discriminator)"
GENERATOR_CALL = "generator_epoch(count, discriminator, combined)"


@check("d3", points=0.5, title="discriminator_epoch trains the discriminator and nothing else")
@explained_by("d3_discriminator")
def test_discriminator_epoch(evidence):
    outcome = _outcome(evidence, "d3_discriminator_alone", DISCRIMINATOR_CALL, count=250)
    require(
        not outcome.generator_changed,
        "discriminator_epoch changed the generator too; only the discriminator may change.",
    )
    _require_discriminator_learnt(outcome, "discriminator_epoch")


@check("d3", points=0.5, title="discriminator_epoch goes through all images and returns the loss")
@explained_by("d3_discriminator")
def test_discriminator_loss(evidence):
    outcome = _outcome(evidence, "d3_discriminator_alone", DISCRIMINATOR_CALL, count=250)
    # 3 mixed steps, 5 steps of 100 from a mixed heap, or 6 with real and fake apart.
    require(
        2 <= outcome.disc_steps <= 6,
        f"For 250 images discriminator_epoch took {outcome.disc_steps} steps; compare the size of "
        "the batches with the question.",
    )
    recording = evidence.recorded("d3_discriminator_alone")
    seen = _number(recording, "value", "discriminator_epoch")
    expected = outcome.pair.discriminator_loss()
    right = any(abs(seen - wanted) < 0.2 * wanted for wanted in (expected, 2 * expected))
    require(
        right,
        f"discriminator_epoch returned {seen:.3g}, which is not the mean loss of its epoch over "
        "real and generated images.",
    )


@check("d3", points=0.5, title="generator_epoch trains the generator and nothing else")
@explained_by("d3_generator")
def test_generator_epoch(evidence):
    outcome = _outcome(evidence, "d3_generator_alone", GENERATOR_CALL, count=250)
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
def test_generator_loss(evidence):
    outcome = _outcome(evidence, "d3_generator_alone", GENERATOR_CALL, count=250)
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
    seen = _number(evidence.recorded("d3_generator_alone"), "value", "generator_epoch")
    pair = outcome.pair
    expected = float(loss_of_label_1(pair.fake_logit(pair.kernel, pair.bias)))
    require(
        abs(seen - expected) < 0.2 * expected,
        f"generator_epoch returned {seen:.3g}, which is not the mean loss of its epoch.",
    )


@check("d3", points=0.5, title="train_epoch trains the discriminator first, then the generator")
@explained_by("d3_train")
def test_train_epoch(evidence):
    call = "train_epoch(images, generator, discriminator, combined)"
    outcome = _outcome(evidence, "d3_both", call, count=100, bias=2.0)
    require(
        outcome.discriminator_changed and outcome.generator_changed,
        "train_epoch left one of the two networks as it was.",
    )
    losses = evidence.recorded("d3_both").get("value", Dict).items
    values = {}
    for name in LOSSES:
        found = losses.get(name, {})
        values[name] = found.get("value") if isinstance(found, dict) else None
    require(
        all(isinstance(value, int | float) for value in values.values()),
        "train_epoch should return a dictionary of two numbers, under the two keys of the "
        "question.",
    )
    pair = outcome.pair
    expected = pair.discriminator_loss()
    seen = values["discriminator_loss"]
    # Wide, since how the discriminator's epoch goes is judged elsewhere.
    require(
        0.4 * expected < seen < 2.4 * expected,
        "The number under discriminator_loss is not the loss of the discriminator's epoch.",
    )
    before, after = (
        float(loss_of_label_1(pair.fake_logit(kernel, bias)))
        for kernel, bias in (
            (pair.kernel, pair.bias),
            (outcome.disc_kernel, outcome.disc_bias),
        )
    )
    seen = values["generator_loss"]
    require(
        abs(seen - after) < abs(seen - before) and abs(seen - after) < 0.3 * after,
        "The generator's loss does not fit a discriminator that has had its epoch just before; "
        "mind the order of the two phases.",
    )


@check("d3", points=0.5, title="The dense GAN was trained for all epochs")
@explained_by("d3_train")
def test_trained(evidence):
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
        isinstance(epochs, list) and len(epochs) == EPOCHS,
        "dense_history does not hold the number of epochs that the question asks for.",
    )
    files = after.get("image_dir", Folder).files
    names = set(files) if isinstance(files, list) else set()
    missing = [n for n in range(EPOCHS) if f"image_at_epoch_{n:04d}.png" not in names]
    require(not missing, f"The samples of {len(missing)} epochs of the run dense are missing.")
    first, last = (after.array(after.get(name, Array)) for name in ("first", "last"))
    require(
        not np.array_equal(first, last),
        "The samples of the run dense do not change from its first epoch to its last.",
    )


def _all_trainable(model):
    weights = [
        {**weight, "trainable": not str(weight.get("path")).endswith(("mean", "variance"))}
        for weight in model.get("weights") or []
        if isinstance(weight, dict)
    ]
    return {**model, "weights": weights}


@check("d3", points=0.5, title="loss_table has both losses of every epoch")
@explained_by("d3_table")
def test_table(evidence):
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


def _shown(evidence, probes, pictures, sentinels):
    """Return the numbers of the patterns that were shown, and how they should be."""
    patterns = probes.sample_patterns(evidence.run.challenge, sentinels)
    found = patterns.find(evidence.pictures(pictures))
    count = len(probes.KEY_EPOCHS)
    by_epoch = list(range(3 * count))
    # In a grid with a column for each epoch, one reads all first samples first.
    by_sample = [3 * epoch + sample for sample in range(3) for epoch in range(count)]
    times = max(1, len(found) // (3 * count))
    return found, found in (by_epoch * times, by_sample * times)


def _require_function(evidence, subject):
    evidence.recorded("d4").get("show_progress", Function, Other)
    error = evidence.run.hook_errors.get("d4_function")
    require(error is None, f"{subject} did not finish: {error}.")


@check("d4", points=1, title="show_progress shows three samples at each of the eleven epochs")
@explained_by("d4")
def test_samples(evidence, probes):
    _require_function(evidence, "show_progress(history)")
    found, right = _shown(evidence, probes, "d4_function", "d4_function")
    require(
        found,
        "show_progress(history) showed no samples of the current run; get them with load_samples "
        "inside the function.",
    )
    require(
        right,
        f"show_progress(history) showed {len(found)} samples of the run, and not just the first "
        "three of each epoch in the question, in order; compare epochs, number and order.",
    )


@check("d4", points=0.5, title="show_progress draws both loss curves of the history it is given")
@explained_by("d4")
def test_curves(evidence, probes):
    _require_function(evidence, "show_progress(history)")
    waves = probes.loss_waves(evidence.run.challenge, "d4_function")
    found = waves.found(evidence.pictures("d4_function"))
    for name in LOSSES:
        words = name.replace("_", " ")
        require(
            name in found,
            f"The figure of show_progress(history) does not show the {words} over all epochs, as "
            "it is in the history it was given.",
        )


@check("d4", points=0.5, title="The function is called for the dense GAN")
@explained_by("d4")
def test_called(evidence, probes):
    found, _ = _shown(evidence, probes, "d4", "d4_call")
    waves = probes.loss_waves(evidence.run.challenge, "d4_call")
    require(
        found or waves.found(evidence.pictures("d4")),
        "The cell itself showed neither samples nor loss curves of the dense GAN; call the "
        "function at its end.",
    )
