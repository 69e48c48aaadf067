"""What the judge expects of drawn images and optimizers, against Keras itself."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from autograder.challenges.data_and_optimizers import (
    adam,
    draw_images,
    draw_updates,
    place_images,
    run_optimizers,
)
from autograder.evidence.seeds import seed_for


def run(probe, challenge: str, space: dict) -> dict:
    exec(probe.code(challenge), space)
    return space


def test_the_kernel_gets_the_images_that_the_judge_draws():
    probe = place_images("placed", "before", "cell", code="raw_images = _grading_images")
    space = run(probe, "a challenge", {})
    images = draw_images(seed_for("a challenge", "placed"))
    np.testing.assert_array_equal(space["raw_images"], images)
    assert images.shape == (512, 28, 28) and (images.min(), images.max()) == (0, 255)
    assert not np.array_equal(images, draw_images(seed_for("another", "placed")))
    assert set(space) == {"raw_images", "__builtins__"}, "nothing of ours is left behind"


@pytest.mark.parametrize("settings", [{}, {"beta_1": 0.5}, {"beta_2": 0.9}, {"epsilon": 1e-3}])
def test_adam_is_that_of_keras_and_no_other(settings):
    drawn = draw_updates(7)
    weights = keras.Variable(drawn["weights"])
    optimizer = keras.optimizers.Adam(1e-3, **settings)
    for gradient in drawn["gradients"]:
        optimizer.apply_gradients([(tf.constant(gradient), weights)])
    right = adam(drawn, learning_rate=1e-3, **settings)
    np.testing.assert_allclose(weights.numpy(), right, rtol=0, atol=5e-8)
    for other in ({"beta_1": 0.7}, {"beta_2": 0.99}, {"epsilon": 1e-2}, {"learning_rate": 1.01e-3}):
        wrong = adam(drawn, **{"learning_rate": 1e-3, **settings, **other})
        assert np.abs(wrong - right).max() >= 5e-7, f"told apart from {other}"


def test_optimizers_are_tried_without_taking_a_step(tmp_path, monkeypatch):
    from gan_helpers import evidence

    monkeypatch.setenv("GAN_HELPERS_EVIDENCE", str(tmp_path))
    optimizer = keras.optimizers.Adam(1e-3)
    probe = run_optimizers("tried", "after", "cell", optimizers=("mine", "missing"))
    recorded = {}
    monkeypatch.setattr(evidence, "record", lambda name, **found: recorded.update(found))
    run(probe, "a challenge", {"mine": optimizer})
    right = adam(draw_updates(seed_for("a challenge", "tried")), learning_rate=1e-3)
    np.testing.assert_allclose(recorded["mine"].numpy(), right, rtol=0, atol=5e-8)
    assert recorded["missing"] == "KeyError: 'missing'"
    assert not optimizer.built and int(optimizer.iterations.numpy()) == 0
