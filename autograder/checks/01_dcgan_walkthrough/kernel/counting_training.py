"""Puts in a training run that takes no time and can be read off its pictures.

The step counts, and each image shows its noise and the count. What the generator is asked for is
noted.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, NoReturn

import keras
import numpy as np
import tensorflow as tf
from stand_ins import put_in

from autograder.challenges.kernel.state import Space, state
from gan_helpers import plots, sampling

AWAY = ((sampling, "image_grid"), (sampling, "save_image_grid"), (plots, "make_gif"))
"""Functions of gan_helpers that are the answer to the task."""


class Counter:
    """Counts the steps and draws images that show the count.

    Attributes:
        steps: How many steps were taken.
        asked: What images were asked for: after how many steps, and from what noise.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.steps = 0
        self.asked: list[tuple[int, np.ndarray]] = []

    def train_step(self, images: Any, *others: Any) -> dict[str, Any]:
        """Count one step, and return losses."""
        self.steps += 1
        return {"generator_loss": tf.constant(0.7), "discriminator_loss": tf.constant(1.4)}

    def draw(self, noise: np.ndarray) -> np.ndarray:
        """Return images, float32 of shape ``(n, 28, 28, 1)``, -1, 0 or 1."""
        self.asked.append((self.steps, noise.copy()))
        rng = np.random.default_rng(self.seed + self.steps)
        blocks = np.sign(noise @ rng.normal(size=(noise.shape[1], 49))).reshape(-1, 7, 7)
        return blocks.repeat(4, axis=1).repeat(4, axis=2)[..., None].astype("float32")


class Generator(keras.Model):  # type: ignore[misc]
    """Makes the images that a function draws."""

    def __init__(self, draw: Callable[[np.ndarray], np.ndarray]) -> None:
        super().__init__(name="generator")
        self.draw = draw
        self.number = self.add_weight(name="number", shape=(1,))

    @tf.autograph.experimental.do_not_convert  # type: ignore[untyped-decorator]
    def call(self, noise: Any, training: Any = False) -> Any:
        """Return one image for each vector."""
        images = tf.numpy_function(self.draw, [tf.cast(noise, "float32")], tf.float32)
        return tf.ensure_shape(images, (None, 28, 28, 1))


def refuse(*arguments: Any, **options: Any) -> NoReturn:
    """Stand in for a function that is not to be used.

    Raises:
        RuntimeError: If it is called.
    """
    raise RuntimeError("this function of gan_helpers is not available in this task")


def make_stand_ins(space: Space, counter: Counter) -> dict[str, Any]:
    """Return what the notebook has under its names during the training run."""
    generator = Generator(counter.draw)
    generator(tf.zeros((1, 100)))
    checkpoint_dir = str(space["folder"] / "grading")
    images = np.zeros((4, 28, 28, 1), "float32")
    return {
        "generator": generator,
        "discriminator": keras.Sequential(
            [keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(1)]
        ),
        "train_step": counter.train_step,
        "generator_optimizer": keras.optimizers.Adam(1e-4),
        "discriminator_optimizer": keras.optimizers.Adam(1e-4),
        "checkpoint_dir": checkpoint_dir,
        "checkpoint_prefix": f"{checkpoint_dir}/ckpt",
        "checkpoint": tf.train.Checkpoint(generator=generator),
        "noise_dim": 100,
        "train_images": images,
        "train_dataset": tf.data.Dataset.from_tensor_slices(images).batch(4),
        "BATCH_SIZE": 4,
        "EPOCHS": 6,  # enough to see their order
        "BUDGET": dataclasses.replace(space["BUDGET"], step_every=1),
    }


def main(space: Space, *, seed: int) -> None:
    """Put the training run in, and take away the functions that are the answer.

    Args:
        space: The student's namespace.
        seed: Decides what the images look like.
    """
    counter = Counter(seed)
    put_in(space, make_stand_ins(space, counter))
    counter.asked.clear()  # one image was asked for to build the generator
    away = [(module, name, getattr(module, name)) for module, name in AWAY]
    state(space).update(asked=counter.asked, away=away, refuse=refuse)
    for module, name, _ in away:
        setattr(module, name, refuse)
