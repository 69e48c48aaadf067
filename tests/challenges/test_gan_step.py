"""What the judge expects of a training step, against slopes measured by small differences."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
import pytest

from autograder.challenges.gan_step import (
    DISCRIMINATOR_RATE,
    GENERATOR_RATE,
    discriminators,
    draw_step,
    painted_pictures,
    run_train_step,
)
from autograder.challenges.hooks import Plan

pytestmark = pytest.mark.slow  # imports TensorFlow

TRAINING = ("generator True", "discriminator True")
PLACES = [(0, 0, 0), (13, 7, 0), (27, 27, 0)]


@pytest.fixture
def drawn():
    return draw_step(5)


def bce(label, logits):
    return np.logaddexp(0, -logits if label else logits).mean()


def logits(images, weights, bias, factor):
    return factor * np.sum(images * weights, axis=(-3, -2, -1)) + bias


def slope(loss, array, place, size=1e-4):
    change = np.zeros(array.shape)
    change[place] = size
    return (loss(array + change) - loss(array - change)) / (2 * size)


def test_the_same_seed_draws_the_same_and_another_one_something_else(drawn):
    for key, value in draw_step(5).items():
        assert np.array_equal(value, drawn[key])
        assert not np.array_equal(value, draw_step(6)[key])


def test_generator_goes_down_its_own_loss(drawn):
    # The first of the outcomes: in training mode, both networks updated from the same logits.
    picture = next(painted_pictures(drawn, TRAINING))
    judging, painting = drawn["judging"], drawn["painting"]

    def loss(picture):
        return bce(1, logits(painting * picture, drawn["weights"], drawn["bias"], judging))

    for place in PLACES:
        change = -GENERATOR_RATE * slope(loss, drawn["picture"].astype(float), place)
        assert picture[place] - drawn["picture"][place] == pytest.approx(change, rel=0.01)


def test_discriminator_goes_down_its_own_loss(drawn):
    weights, bias = next(discriminators(drawn, TRAINING))
    judging, forged = drawn["judging"], drawn["painting"] * drawn["picture"]

    def loss(weights, offset=drawn["bias"]):
        real = logits(drawn["images"], weights, offset, judging)
        return bce(1, real) + bce(0, logits(forged, weights, offset, judging))

    for place in PLACES:
        change = -DISCRIMINATOR_RATE * slope(loss, drawn["weights"].astype(float), place)
        assert weights[place] - drawn["weights"][place] == pytest.approx(change, rel=0.01)
    by_bias = (loss(drawn["weights"], drawn["bias"] + 1e-3) - loss(drawn["weights"])) / 1e-3
    assert bias - drawn["bias"] == pytest.approx(-DISCRIMINATOR_RATE * by_bias, rel=0.01)


def test_all_accepted_outcomes_differ_from_standing_still(drawn):
    for picture in painted_pictures(drawn, TRAINING):
        assert np.abs(picture - drawn["picture"]).max() > 1e-2
    for weights, _ in discriminators(drawn, TRAINING):
        assert np.abs(weights - drawn["weights"]).max() > 1e-3


STEP = """
    import tensorflow as tf

    @tf.function
    def train_step(images):
        noise = tf.random.normal((tf.shape(images)[0], noise_dim))
        with tf.GradientTape(persistent=True) as tape:
            generated = generator(noise, training=True)
            fake = discriminator(generated, training={training})
            real = discriminator(images, training={training})
            losses = [generator_loss(fake), discriminator_loss(real, fake)]
        for loss, network, optimizer in (
            (losses[0], generator, generator_optimizer),
            (losses[1], discriminator, discriminator_optimizer),
        ):
            weights = network.trainable_variables
            optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
"""


@pytest.mark.parametrize("training", [True, False])
def test_the_kernel_file_records_what_the_judge_expects(monkeypatch, training):
    recorded: dict[str, dict[str, Any]] = {}

    def record(name: str, *, modes: tuple[str, ...] = (), **weights: Any) -> None:
        recorded[name] = {key: np.array(value) for key, value in weights.items()}
        recorded[name]["modes"] = modes

    monkeypatch.setattr("gan_helpers.evidence.record", record)
    space: dict[str, Any] = {"generator": "mine"}
    exec(textwrap.dedent(STEP).format(training=training), space)
    names = set(space)
    hook = run_train_step("once", "after", "cell")
    exec(hook.code("a challenge"), space)
    assert space["generator"] == "mine" and set(space) == names, "everything is in its place again"

    assert set(recorded) == set(hook.records)
    once, noise = recorded["once"], recorded["once_noise"]
    drawn, modes = Plan((hook,)).drawn("once", "a challenge"), once["modes"]
    assert modes == ["generator True", *[f"discriminator {training}"] * 2]
    pictures = painted_pictures(drawn, modes)
    assert any(np.allclose(once["picture"], right, atol=1e-5) for right in pictures)
    assert any(
        np.allclose(once["weights"], right, atol=1e-5) and abs(once["bias"] - bias) < 1e-5
        for right, bias in discriminators(drawn, modes)
    )
    assert noise["first"].shape == (8, 100) and not np.array_equal(noise["first"], noise["second"])
