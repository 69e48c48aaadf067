"""What the judge expects of drawn images and optimizers, against Keras itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from autograder.challenges.data_and_optimizers import (
    adam,
    draw_updates,
    place_images,
    run_optimizers,
)
from autograder.challenges.hooks import Hook, Plan
from autograder.challenges.kernel.draw_images import draw_images

PLACE = """
from autograder.challenges.kernel.draw_images import draw_images

def main(space, *, drawn):
    space["raw_images"] = draw_images(**drawn)
"""

pytestmark = pytest.mark.slow  # imports TensorFlow


def run(hook: Hook, challenge: str, space: dict[str, Any]) -> dict[str, Any]:
    exec(hook.code(challenge), space)
    return space


def test_the_kernel_gets_the_images_that_the_judge_draws(tmp_path: Path) -> None:
    file = tmp_path / "place.py"
    file.write_text(PLACE)
    hook = place_images("placed", "before", "cell", file=file)
    plan = Plan((hook,))
    space = run(hook, "a challenge", {})
    images = draw_images(**plan.drawn("placed", "a challenge"))
    np.testing.assert_array_equal(space["raw_images"], images)
    assert images.shape == (512, 28, 28) and (images.min(), images.max()) == (0, 255)
    assert not np.array_equal(images, draw_images(**plan.drawn("placed", "another")))
    assert set(space) == {"raw_images", "__builtins__"}, "nothing of ours is left behind"
    assert len(hook.code("a challenge")) < 10_000, "no image travels"


@pytest.mark.parametrize("settings", [{}, {"beta_1": 0.5}, {"beta_2": 0.9}, {"epsilon": 1e-3}])
def test_adam_is_that_of_keras_and_no_other(settings: dict[str, float]) -> None:
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


def test_optimizers_are_tried_without_taking_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    from gan_helpers import evidence

    optimizer = keras.optimizers.Adam(1e-3)
    hook = run_optimizers("tried", "after", "cell", optimizers=("mine", "missing"))
    recorded: dict[str, Any] = {}
    monkeypatch.setattr(evidence, "record", lambda name, **values: recorded.update(values))
    run(hook, "a challenge", {"mine": optimizer})
    right = adam(Plan((hook,)).drawn("tried", "a challenge"), learning_rate=1e-3)
    np.testing.assert_allclose(recorded["mine"].numpy(), right, rtol=0, atol=5e-8)
    assert recorded["missing"] == "KeyError: 'missing'"
    assert not optimizer.built and int(optimizer.iterations.numpy()) == 0
