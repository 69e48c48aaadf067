"""After the hook that fixes the seeds, chance does not depend on what ran before."""

from __future__ import annotations

import random
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from autograder.challenges.hooks import load_plan, run_file
from autograder.course import Assignment
from gan_helpers import sampling

HOOK = run_file("seeds", "before", "cell", "fix_seeds", seed=3)


@tf.function
def compiled_noise() -> Any:
    return sampling.latent((2, 3))


def drawn_after(history: int) -> list[np.ndarray]:
    """Draw numbers in every way that a notebook may, after so many others."""
    for _ in range(history):
        keras.layers.Dense(2).build((None, 3))
        sampling.latent((1, 2)), tf.random.normal((2,)), np.random.rand(), random.random()
        compiled_noise()
    exec(HOOK.code("abc"), {})
    dense = keras.layers.Dense(4)
    dense.build((None, 3))
    dropped = keras.layers.Dropout(0.5)(tf.ones((3, 30)), training=True)
    python = np.array(random.random())
    noise = [sampling.latent((2, 3)), compiled_noise(), tf.random.normal((2, 3))]
    return [*map(np.asarray, (dense.kernel, dropped, *noise)), np.random.rand(3), python]


def test_networks_and_noise_are_the_same_whatever_ran_before():
    first, later = drawn_after(0), drawn_after(5)
    for values, again in zip(first, later, strict=True):
        np.testing.assert_array_equal(values, again)
    noise = first[2:4]
    assert not np.array_equal(*noise), "every draw is another one"


def test_the_marked_training_of_04_begins_with_fixed_seeds():
    plan = load_plan(Assignment.find("04_fashion_gan").checks_folder)
    for cell in ("f2", "train_mine"):
        *_, last = plan.at("before", cell)
        *_, step = last.steps("abc")
        assert step.file.stem == "fix_seeds"
