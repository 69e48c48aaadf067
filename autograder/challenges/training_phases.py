"""Hooks for training in phases: a function trains a small pair whose right answer is known.

The pair is made for each run from drawn numbers. Its discriminator is one dense layer with a
sigmoid. Its generator gives the same image for any noise, as long as it has not been trained. So
the judge knows every loss, and reads from the weights afterwards which network was trained, on
which labels, in how many steps, and with what noise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.challenges.hooks import Hook, When, run_file
from autograder.challenges.kernel.small_pair import NOISE, PIXELS, draw_small_pair
from autograder.evidence.reader import Recording
from autograder.evidence.schema import Array, Number
from autograder.evidence.unmet import require

LOSSES = ("discriminator_loss", "generator_loss")
"""Names of the two losses, in this order wherever the order matters."""


@dataclass(frozen=True)
class Pair:
    """The drawn numbers behind a small pair, and its images.

    Attributes:
        images: Real images, float32 of shape ``(count, 28, 28, 1)`` in [0, 1].
        fake: The image that the untrained generator makes, ``(784,)`` in [0, 1].
        kernel: The discriminator's weights, ``(784,)``.
        bias: The discriminator's bias.
    """

    images: np.ndarray
    fake: np.ndarray
    kernel: np.ndarray
    bias: float

    @classmethod
    def draw(cls, seed: int, count: int, *, bias: float = 0.0) -> Pair:
        """Draw a pair.

        Args:
            seed: The same seed gives the same pair.
            count: Number of real images.
            bias: The discriminator's bias; above 0 it takes most images for real.
        """
        images, fake, kernel = draw_small_pair(seed, count)
        return cls(images=images, fake=fake, kernel=kernel, bias=bias)

    def real_logits(self, kernel: np.ndarray, bias: float) -> np.ndarray:
        """Return a discriminator's logits of the real images, ``(count,)``."""
        return np.asarray(self.images.reshape(len(self.images), -1) @ kernel + bias)

    def fake_logit(self, kernel: np.ndarray, bias: float) -> float:
        """Return a discriminator's logit of the untrained generator's image."""
        return float(self.fake @ kernel + bias)

    def discriminator_loss(self) -> float:
        """Return the untrained pair's discriminator loss: the mean over real and fake images."""
        real = loss_of_label_1(self.real_logits(self.kernel, self.bias)).mean()
        fake = loss_of_label_1(-np.float64(self.fake_logit(self.kernel, self.bias)))
        return float(real + fake) / 2


def loss_of_label_1(logits: np.ndarray | float) -> np.ndarray:
    """Return the binary cross-entropy of logits with the label 1, each; of 0 with ``-logits``."""
    return np.logaddexp(0, -np.asarray(logits, np.float64))


def train_small_pair(
    name: str,
    when: When,
    cell: str,
    *,
    call: str,
    count: int,
    bias: float = 0.0,
    rates: tuple[float, float] = (1e-3, 0.05),
    frozen: bool,
) -> Hook:
    """Return a hook that lets a function of the notebook train a small pair.

    It records the weights afterwards, the steps of both optimizers and the returned value, and
    leaves in the state of the hooks whether the function seems to work, for stand-ins. What it
    draws are the arguments of :meth:`Pair.draw`.

    Args:
        name: Name of the hook and of the record.
        when: Before or after the cell.
        cell: Grade id of the cell.
        call: The call, with ``images``, ``count``, ``generator``, ``discriminator`` and
            ``combined`` in it.
        count: Number of real images.
        bias: See :meth:`Pair.draw`.
        rates: Learning rates of the discriminator and of the combined model (plain SGD).
        frozen: Whether the discriminator is frozen when the function is called.
    """

    def draw(seed: int) -> Mapping[str, Any]:
        # Of the seed only: the kernel draws the images, which are too many to be sent.
        return {"seed": seed, "count": count, "bias": bias}

    return run_file(
        name,
        when,
        cell,
        "train_small_pair",
        records=True,
        draw=draw,
        call=call,
        rates=list(rates),
        frozen=frozen,
    )


@dataclass(frozen=True)
class Outcome:
    """What became of a small pair; see :func:`train_small_pair`.

    Attributes:
        pair: The pair as it was drawn.
        gen_kernel: The generator's weights afterwards, ``(300, 784)``; 0 before.
        gen_bias: The generator's bias afterwards, ``(784,)``; ``pair.fake`` before.
        disc_kernel: The discriminator's weights afterwards, ``(784,)``.
        disc_bias: The discriminator's bias afterwards.
        disc_steps: Steps of the discriminator's optimizer.
        gen_steps: Steps of the combined model's optimizer.
    """

    pair: Pair
    gen_kernel: np.ndarray
    gen_bias: np.ndarray
    disc_kernel: np.ndarray
    disc_bias: float
    disc_steps: int
    gen_steps: int

    @classmethod
    def read(cls, recording: Recording, pair: Pair) -> Outcome:
        """Read what the hook recorded.

        Raises:
            Unmet: If it is not complete or of another form.
        """

        def array(name: str, shape: tuple[int, ...]) -> np.ndarray:
            values = recording.array(recording.get(name, Array))
            require(values.shape == shape, f"The record of {recording.name} is damaged.")
            require(np.isfinite(values).all(), "The training gave weights that are no numbers.")
            return values

        def steps(name: str) -> int:
            value = recording.get(name, Number).value
            require(isinstance(value, int), f"The record of {recording.name} is damaged.")
            return int(value)

        return cls(
            pair=pair,
            gen_kernel=array("gen_kernel", (NOISE, PIXELS)),
            gen_bias=array("gen_bias", (PIXELS,)),
            disc_kernel=array("disc_kernel", (PIXELS,)),
            disc_bias=float(array("disc_bias", (1,))[0]),
            disc_steps=steps("disc_steps"),
            gen_steps=steps("gen_steps"),
        )

    @property
    def generator_changed(self) -> bool:
        """Whether any weight of the generator is another than before."""
        return bool(self.gen_kernel.any() or (self.gen_bias != self.pair.fake).any())

    @property
    def discriminator_changed(self) -> bool:
        """Whether any weight of the discriminator is another than before."""
        return bool(
            (self.disc_kernel != self.pair.kernel).any() or self.disc_bias != self.pair.bias
        )

    def mean_noise(self) -> np.ndarray:
        """Return the mean of the noise over all steps, ``(300,)``, from what it did to the weights.

        As long as the generator gives nearly the same image for any noise, the gradient of its
        weights is the mean of the noise times the gradient of its bias.
        """
        moved = self.gen_bias - self.pair.fake
        return np.asarray(self.gen_kernel @ moved / (moved @ moved))
