"""Probes for training in phases: a function trains a small pair whose right answer is known.

The pair is made for each run from drawn numbers. Its discriminator is one dense layer with a
sigmoid. Its generator gives the same image for any noise, as long as it has not been trained. So
the judge knows every loss, and sees from the weights afterwards which network was trained, on
which labels, in how many steps, and with what noise.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import Literal

import numpy as np

from autograder.challenges.probes import Probe
from autograder.evidence.reader import Recording
from autograder.evidence.schema import Array, Number
from autograder.evidence.seeds import seed_for
from autograder.evidence.unmet import require

NOISE = 300
"""Length of the small generator's noise vectors: long, so that their spread is known well."""

_PIXELS = 784


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
        rng = np.random.default_rng(seed)
        centre = rng.uniform(0.1, 0.9, _PIXELS)
        images = np.clip(centre + 0.05 * rng.normal(size=(count, _PIXELS)), 0, 1)
        return cls(
            images=images.reshape(count, 28, 28, 1).astype(np.float32),
            fake=rng.uniform(0, 1, _PIXELS).astype(np.float32),
            kernel=(0.005 * rng.normal(size=_PIXELS)).astype(np.float32),
            bias=bias,
        )

    def real_logits(self, kernel: np.ndarray, bias: float) -> np.ndarray:
        """Return a discriminator's logits of the real images, ``(count,)``."""
        return self.images.reshape(len(self.images), -1) @ kernel + bias

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
    when: Literal["before", "after"],
    cell: str,
    *,
    call: str,
    count: int,
    bias: float = 0.0,
    rates: tuple[float, float] = (1e-3, 0.05),
    frozen: bool,
) -> Probe:
    """Return a probe that lets a function of the student's train a small pair.

    It records the weights before and after, the steps of both optimizers and the returned value,
    and leaves in ``_grading_passed[name]`` whether the function seems to work, for stand-ins.

    Args:
        name: Name of the probe and of the record.
        when: Before or after the cell.
        cell: Grade id of the cell.
        call: The call, with ``images``, ``count``, ``generator``, ``discriminator`` and
            ``combined`` in it.
        count: Number of real images.
        bias: See :meth:`Pair.draw`.
        rates: Learning rates of the discriminator and of the combined model (plain SGD).
        frozen: Whether the discriminator is frozen when the function is called.
    """

    def code(challenge: str) -> str:
        return textwrap.dedent(
            f"""
            def _grading_small_pair(seed):
                import numpy, tensorflow
                from tensorflow import keras
                from gan_helpers import evidence
                layers = keras.layers
                rng = numpy.random.default_rng(seed)
                centre = rng.uniform(0.1, 0.9, {_PIXELS})
                images = numpy.clip(centre + 0.05 * rng.normal(size=({count}, {_PIXELS})), 0, 1)
                images = images.reshape({count}, 28, 28, 1).astype("float32")
                fake = rng.uniform(0, 1, {_PIXELS}).astype("float32")
                kernel = (0.005 * rng.normal(size={_PIXELS})).astype("float32")
                generator = keras.Sequential([
                    keras.Input(({NOISE},)),
                    layers.Dense({_PIXELS}, kernel_initializer="zeros"),
                    layers.Reshape((28, 28, 1)),
                ])
                discriminator = keras.Sequential([
                    keras.Input((28, 28, 1)),
                    layers.Flatten(),
                    layers.Dense(1, activation="sigmoid"),
                ])
                generator.weights[1].assign(fake)
                discriminator.weights[0].assign(kernel[:, None])
                discriminator.weights[1].assign([{bias!r}])
                combined = keras.Sequential([keras.Input(({NOISE},)), generator, discriminator])
                for model, rate in ((discriminator, {rates[0]!r}), (combined, {rates[1]!r})):
                    # Without graphs: making one takes longer than the few steps.
                    model.compile(
                        optimizer=keras.optimizers.SGD(rate),
                        loss="binary_crossentropy",
                        run_eagerly=True,
                    )
                discriminator.trainable = {not frozen!r}
                space = dict(globals())
                space.update(
                    images=tensorflow.constant(images), count={count}, generator=generator,
                    discriminator=discriminator, combined=combined,
                )
                passed = globals().setdefault("_grading_passed", {{}})
                passed[{name!r}] = False
                value = eval({call!r}, space)
                state = dict(
                    gen_kernel=generator.weights[0].numpy(),
                    gen_bias=generator.weights[1].numpy(),
                    disc_kernel=discriminator.weights[0].numpy()[:, 0],
                    disc_bias=discriminator.weights[1].numpy(),
                )
                evidence.record(
                    {name!r}, value=value, disc_steps=int(discriminator.optimizer.iterations),
                    gen_steps=int(combined.optimizer.iterations), **state,
                )
                values = list(value.values()) if isinstance(value, dict) else [value]
                passed[{name!r}] = dict(
                    generator=bool((state["gen_bias"] != fake).any()),
                    discriminator=bool((state["disc_kernel"] != kernel).any()),
                    finite=bool(numpy.isfinite(numpy.array(values, "float64")).all()),
                    keys=sorted(map(str, value)) if isinstance(value, dict) else None,
                )
            _grading_small_pair({seed_for(challenge, name)})
            del _grading_small_pair
            """
        )

    return Probe(name, when, cell, code, records=(name,))


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
        """Read what a probe recorded.

        Raises:
            Unmet: If it is not complete or of another form.
        """

        def array(name: str, shape: tuple[int, ...]) -> np.ndarray:
            found = recording.array(recording.get(name, Array))
            require(found.shape == shape, f"The record of {recording.name} is damaged.")
            require(np.isfinite(found).all(), "The training gave weights that are no numbers.")
            return found

        def steps(name: str) -> int:
            value = recording.get(name, Number).value
            require(isinstance(value, int), f"The record of {recording.name} is damaged.")
            return value

        return cls(
            pair=pair,
            gen_kernel=array("gen_kernel", (NOISE, _PIXELS)),
            gen_bias=array("gen_bias", (_PIXELS,)),
            disc_kernel=array("disc_kernel", (_PIXELS,)),
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
        return self.gen_kernel @ moved / (moved @ moved)
