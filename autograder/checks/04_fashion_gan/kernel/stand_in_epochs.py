"""Right epochs in place of functions that have failed on a small pair."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from autograder.challenges.kernel.state import Space, state

LOSSES = ["discriminator_loss", "generator_loss"]


@dataclass(frozen=True)
class Epochs:
    """The functions that question d3 asks for.

    Attributes:
        draw_noise: Makes noise for a number of images and a model.
        batch: Size of a batch.
    """

    draw_noise: Callable[[int, Any], Any]
    batch: int

    def discriminator_epoch(self, images: Any, generator: Any, discriminator: Any) -> float:
        """Train the discriminator for an epoch on real and generated images; return the loss."""
        discriminator.trainable = True
        losses = []
        for start in range(0, len(images), self.batch):
            real = images[start : start + self.batch]
            fake = generator(self.draw_noise(len(real), generator), training=False)
            labels = tf.concat([tf.ones((len(real), 1)), tf.zeros((len(real), 1))], axis=0)
            losses.append(discriminator.train_on_batch(tf.concat([real, fake], axis=0), labels))
        return float(np.mean(losses))

    def generator_epoch(self, count: int, discriminator: Any, combined: Any) -> float:
        """Train the generator for an epoch of so many noise vectors; return the loss."""
        discriminator.trainable = False
        losses = []
        for start in range(0, count, self.batch):
            noise = self.draw_noise(min(self.batch, count - start), combined)
            losses.append(combined.train_on_batch(noise, tf.ones((len(noise), 1))))
        return float(np.mean(losses))

    def train_epoch(
        self, images: Any, generator: Any, discriminator: Any, combined: Any
    ) -> dict[str, float]:
        """Train the discriminator for an epoch, then the generator; return both losses."""
        return {
            "discriminator_loss": self.discriminator_epoch(images, generator, discriminator),
            "generator_loss": self.generator_epoch(len(images), discriminator, combined),
        }


def main(space: Space, *, discriminator_trial: str, generator_trial: str, both_trial: str) -> None:
    """Replace the functions that have not passed their trials.

    Args:
        space: The student's namespace.
        discriminator_trial: Name of the hook that has tried ``discriminator_epoch``.
        generator_trial: Name of the hook that has tried ``generator_epoch``.
        both_trial: Name of the hook that tries ``train_epoch``, which comes later.
    """
    passed = state(space).get("passed", {})
    epochs = Epochs(space["draw_noise"], space["BATCH"])

    def works(trial: str, **wanted: Any) -> bool:
        result = passed.get(trial) or {}
        return bool(result.get("finite")) and all(
            result.get(key) == value for key, value in wanted.items()
        )

    if not works(discriminator_trial, generator=False, discriminator=True, keys=None):
        space["discriminator_epoch"] = epochs.discriminator_epoch
    if not works(generator_trial, generator=True, discriminator=False, keys=None):
        space["generator_epoch"] = epochs.generator_epoch
    both = works(both_trial, generator=True, discriminator=True, keys=LOSSES)
    if both_trial in passed and not both:
        space["train_epoch"] = epochs.train_epoch
