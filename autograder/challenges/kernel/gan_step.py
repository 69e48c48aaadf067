"""Runs the student's training step on two small networks whose every change can be worked out."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from autograder.challenges.kernel.state import Space
from gan_helpers import evidence

SHAPE = (28, 28, 1)
CROSS_ENTROPY = keras.losses.BinaryCrossentropy(from_logits=True)


class Calls:
    """What the networks were called with.

    A class of its own, since Keras replaces lists that layers hold by copies.

    Attributes:
        modes: Texts such as ``"generator True"``, the network and whether it was in training mode.
        noise: The first eight vectors that the generator was given last.
    """

    def __init__(self) -> None:
        self.modes: list[str] = []
        self.noise = tf.Variable(
            tf.zeros((0, 0)), shape=tf.TensorShape([None, None]), trainable=False
        )


class Painter(keras.layers.Layer):  # type: ignore[misc]
    """Makes the same picture of every vector, times ``factor`` in training mode."""

    def __init__(self, factor: float, calls: Calls) -> None:
        super().__init__()
        self.factor = factor
        self.calls = calls

    def build(self, shape: Any) -> None:
        """Make the picture, a weight of shape ``(28, 28, 1)``."""
        self.picture = self.add_weight(name="picture", shape=SHAPE)

    @tf.autograph.experimental.do_not_convert  # type: ignore[untyped-decorator]
    def call(self, vectors: Any, training: Any = None) -> Any:
        """Return one picture for each vector."""
        self.calls.modes.append(f"generator {bool(training)}")
        self.calls.noise.assign(vectors[:8])
        factor = self.factor if training else 1.0
        return factor * self.picture + tf.zeros((tf.shape(vectors)[0], 1, 1, 1))

    def compute_output_shape(self, shape: Any) -> tuple[int | None, ...]:
        """Return the shape of a batch of pictures."""
        return (None, *SHAPE)


class Judge(keras.layers.Layer):  # type: ignore[misc]
    """Adds up weighted pixels, times ``factor`` in training mode, and a bias."""

    def __init__(self, factor: float, calls: Calls) -> None:
        super().__init__()
        self.factor = factor
        self.calls = calls

    def build(self, shape: Any) -> None:
        """Make the weights of the pixels, of shape ``(28, 28, 1)``, and the bias."""
        self.pixels = self.add_weight(name="pixels", shape=SHAPE)
        self.bias = self.add_weight(name="bias", shape=())

    @tf.autograph.experimental.do_not_convert  # type: ignore[untyped-decorator]
    def call(self, images: Any, training: Any = None) -> Any:
        """Return one logit for each image."""
        self.calls.modes.append(f"discriminator {bool(training)}")
        factor = self.factor if training else 1.0
        sums = tf.reduce_sum(tf.cast(images, "float32") * self.pixels, axis=[1, 2, 3])
        return (factor * sums + self.bias)[:, None]

    def compute_output_shape(self, shape: Any) -> tuple[int | None, ...]:
        """Return the shape of a batch of logits."""
        return (None, 1)


def discriminator_loss(real_output: Any, fake_output: Any) -> Any:
    """Return the mean cross-entropy of logits of real and of generated images."""
    real = CROSS_ENTROPY(tf.ones_like(real_output), real_output)
    return real + CROSS_ENTROPY(tf.zeros_like(fake_output), fake_output)


def generator_loss(fake_output: Any) -> Any:
    """Return the mean cross-entropy of logits that should say real."""
    return CROSS_ENTROPY(tf.ones_like(fake_output), fake_output)


def make_stand_ins(
    drawn: dict[str, Any], noise_dim: int, rates: list[float], calls: Calls
) -> dict[str, Any]:
    """Return what the notebook has under its names while its step is tried.

    Args:
        drawn: From ``autograder.challenges.gan_step.draw_step``.
        noise_dim: Length of a noise vector.
        rates: Learning rates of the generator's and the discriminator's optimizer.
        calls: Where the networks note what they are called with.
    """
    painter, judge = Painter(drawn["painting"], calls), Judge(drawn["judging"], calls)
    generator = keras.Sequential([keras.Input((noise_dim,)), painter])
    discriminator = keras.Sequential([keras.Input(SHAPE), judge])
    painter.picture.assign(drawn["picture"])
    judge.pixels.assign(drawn["weights"])
    judge.bias.assign(drawn["bias"])
    optimizers = [keras.optimizers.SGD(rate) for rate in rates]
    for optimizer, network in zip(optimizers, (generator, discriminator), strict=True):
        optimizer.build(network.trainable_variables)
    as_it_is = tf.autograph.experimental.do_not_convert  # AutoGraph finds no source of this file
    return {
        "generator": generator,
        "discriminator": discriminator,
        "cross_entropy": CROSS_ENTROPY,
        "generator_loss": as_it_is(generator_loss),
        "discriminator_loss": as_it_is(discriminator_loss),
        "generator_optimizer": optimizers[0],
        "discriminator_optimizer": optimizers[1],
        "noise_dim": noise_dim,
        "BATCH_SIZE": 8,
    }


def run_eagerly(
    step: Any, images: Any, record: str, stand_ins: dict[str, Any], calls: Calls
) -> None:
    """Run one step and record what it did.

    Eagerly, so that a graph made with other networks does not train those.
    """
    tf.config.run_functions_eagerly(True)
    step(images)
    painter, judge = (stand_ins[name].layers[0] for name in ("generator", "discriminator"))
    evidence.record(
        record,
        modes=list(calls.modes),
        picture=painter.picture,
        weights=judge.pixels,
        bias=judge.bias,
    )


def run_as_a_graph(step: Any, images: Any, record: str, calls: Calls) -> None:
    """Run two steps, as a graph if the step is one, and record the noise of both.

    What NumPy draws in a graph is drawn once.
    """
    tf.config.run_functions_eagerly(False)
    plain = getattr(step, "python_function", None)
    again = step if plain is None else tf.function(plain)
    again(images)
    first = calls.noise.numpy()
    again(images)
    evidence.record(record, first=first, second=calls.noise.numpy())


def main(
    space: Space,
    *,
    record: str,
    function: str,
    noise_dim: int,
    rates: list[float],
    drawn: dict[str, Any],
) -> None:
    """Run the step three times; the notebook's objects are back in their places afterwards.

    Args:
        space: The student's namespace.
        record: Name of the record of the first step; that of the noise ends with ``_noise``.
        function: Name of the step in the notebook.
        noise_dim: Length of a noise vector.
        rates: See :func:`make_stand_ins`.
        drawn: Likewise.
    """
    calls = Calls()
    stand_ins = make_stand_ins(drawn, noise_dim, rates, calls)
    step, images = space[function], tf.constant(drawn["images"])
    before = {name: space[name] for name in stand_ins if name in space}
    space.update(stand_ins)
    calls.modes.clear()
    try:
        run_eagerly(step, images, record, stand_ins, calls)
        run_as_a_graph(step, images, f"{record}_noise", calls)
    finally:
        tf.config.run_functions_eagerly(False)
        for name in stand_ins:
            space.pop(name, None)
        space.update(before)
