"""What the judge expects of a training step, against slopes measured by small differences."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.challenges.gan_step import (
    DISCRIMINATOR_RATE,
    GENERATOR_RATE,
    discriminators,
    draw_step,
    painted_pictures,
)

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
