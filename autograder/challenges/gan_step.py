"""A challenge for the training step of a GAN: one step of two small networks, worked out by hand.

The student's ``train_step(images)`` is run on drawn images with networks, losses and optimizers of
ours in place of the notebook's. Our generator paints one drawn picture, whatever the noise is; our
discriminator adds up weighted pixels; both multiply by a drawn factor in training mode. So the
judge can say in NumPy what one step makes of them, whatever the step looks like inside. The noise
that the generator was given, and the modes both were called in, are recorded as well.
"""

from __future__ import annotations

import inspect
import itertools
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

import numpy as np

from autograder.challenges.probes import Probe
from autograder.evidence.seeds import seed_for

#: Learning rates of the optimizers that stand in. Different ones, so that they cannot be mixed up;
#: the discriminator's is small, so that even after its step it takes the picture for real.
GENERATOR_RATE = 2.0
DISCRIMINATOR_RATE = 0.005


def draw_step(seed: int) -> dict:
    """Draw images, both networks' weights and their factors in training mode.

    The discriminator takes the generator's picture for real, with a logit of 1.2 to 1.8, or of 0.3
    at least once it has been updated. There the slopes of right and wrong losses are far apart; at
    a logit of 0, those of -log s(x) and of log(1 - s(x)) would be the same.

    Returns:
        ``images`` (8, 28, 28, 1), ``picture`` and ``weights`` (28, 28, 1), float32; ``bias``,
        ``painting`` and ``judging`` (the factors), numbers.
    """
    # This text also runs in the student's kernel, so it stands alone.
    import numpy as np

    rng = np.random.default_rng(seed)
    shape = (28, 28, 1)
    picture, weights = rng.uniform(-1, 1, shape), rng.normal(0, 0.05, shape)
    weights += (rng.uniform(0.1, 0.3) - np.sum(weights * picture)) / np.sum(picture**2) * picture
    return {
        "images": rng.uniform(-1, 1, (8, *shape)).astype(np.float32),
        "picture": picture.astype(np.float32),
        "weights": weights.astype(np.float32),
        "bias": float(rng.uniform(1.2, 1.5)),
        "painting": float(rng.uniform(0.4, 0.6)),
        "judging": float(rng.uniform(0.65, 0.85)),
    }


def run_train_step(
    name: str,
    when: Literal["before", "after"],
    cell: str,
    *,
    noise_dim: int = 100,
    function: str = "train_step",
) -> Probe:
    """Return a probe that runs ``train_step(images)`` on the drawn networks.

    Under its name it records ``picture``, ``weights`` and ``bias`` after one step, ``modes`` (a
    list of texts such as ``"generator True"``), and under ``<name>_noise`` the first eight noise
    vectors of two further steps, ``first`` and ``second``. The notebook's own objects are back in
    their places afterwards.

    Args:
        name: Name of the probe and of its record.
        when: Before or after the cell.
        cell: Grade id of the cell.
        noise_dim: Length of a noise vector.
        function: Name of the function in the notebook.
    """

    def code(challenge: str) -> str:
        call = f"_grading_step(draw_step({seed_for(challenge, name)}), {name!r})"
        return "\n".join(
            [
                textwrap.dedent(inspect.getsource(draw_step)),
                _RUN % {"noise_dim": noise_dim, "function": function, "rates": _RATES},
                call,
                "del _grading_step, draw_step",
            ]
        )

    return Probe(name, when, cell, code, records=(name, f"{name}_noise"))


_RATES = (GENERATOR_RATE, DISCRIMINATOR_RATE)

_RUN = """
def _grading_step(drawn, name):
    import keras, tensorflow as tf
    from gan_helpers import evidence
    space, modes = globals(), []
    noise = tf.Variable(tf.zeros((0, 0)), shape=tf.TensorShape([None, None]), trainable=False)

    class Painter(keras.layers.Layer):
        def build(self, shape):
            self.picture = self.add_weight(name="picture", shape=(28, 28, 1))
        def call(self, vectors, training=None):
            modes.append(f"generator {bool(training)}")
            noise.assign(vectors[:8])
            factor = drawn["painting"] if training else 1.0
            return factor * self.picture + tf.zeros((tf.shape(vectors)[0], 1, 1, 1))
        def compute_output_shape(self, shape):
            return (None, 28, 28, 1)

    class Judge(keras.layers.Layer):
        def build(self, shape):
            self.pixels = self.add_weight(name="pixels", shape=(28, 28, 1))
            self.bias = self.add_weight(name="bias", shape=())
        def call(self, images, training=None):
            modes.append(f"discriminator {bool(training)}")
            factor = drawn["judging"] if training else 1.0
            sums = tf.reduce_sum(tf.cast(images, "float32") * self.pixels, axis=[1, 2, 3])
            return (factor * sums + self.bias)[:, None]
        def compute_output_shape(self, shape):
            return (None, 1)

    cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)

    def discriminator_loss(real_output, fake_output):
        real = cross_entropy(tf.ones_like(real_output), real_output)
        return real + cross_entropy(tf.zeros_like(fake_output), fake_output)

    def generator_loss(fake_output):
        return cross_entropy(tf.ones_like(fake_output), fake_output)

    generator = keras.Sequential([keras.Input((%(noise_dim)d,)), Painter()])
    discriminator = keras.Sequential([keras.Input((28, 28, 1)), Judge()])
    generator.layers[0].picture.assign(drawn["picture"])
    discriminator.layers[0].pixels.assign(drawn["weights"])
    discriminator.layers[0].bias.assign(drawn["bias"])
    rates = %(rates)r
    generator_optimizer = keras.optimizers.SGD(rates[0])
    discriminator_optimizer = keras.optimizers.SGD(rates[1])
    generator_optimizer.build(generator.trainable_variables)
    discriminator_optimizer.build(discriminator.trainable_variables)
    ours = {
        "generator": generator, "discriminator": discriminator, "cross_entropy": cross_entropy,
        "generator_loss": generator_loss, "discriminator_loss": discriminator_loss,
        "generator_optimizer": generator_optimizer,
        "discriminator_optimizer": discriminator_optimizer,
        "noise_dim": %(noise_dim)d, "BATCH_SIZE": 8,
    }
    step, images = space[%(function)r], tf.constant(drawn["images"])
    kept = {key: space[key] for key in ours if key in space}
    space.update(ours)
    modes.clear()
    try:
        # Eagerly, so that a graph made with other networks does not train those.
        tf.config.run_functions_eagerly(True)
        step(images)
        evidence.record(
            name, modes=list(modes), picture=generator.layers[0].picture,
            weights=discriminator.layers[0].pixels, bias=discriminator.layers[0].bias,
        )
        # As a graph, if it is one: what NumPy draws in it is drawn once.
        tf.config.run_functions_eagerly(False)
        plain = getattr(step, "python_function", None)
        again = step if plain is None else tf.function(plain)
        again(images)
        first = noise.numpy()
        again(images)
        evidence.record(name + "_noise", first=first, second=noise.numpy())
    finally:
        tf.config.run_functions_eagerly(False)
        for key in ours:
            del space[key]
        space.update(kept)
"""


def painted_pictures(drawn: Mapping[str, Any], modes: Iterable[str]) -> Iterator[np.ndarray]:
    """Yield what one right update of the generator makes of its picture.

    Both networks may be updated from the same logits, or the discriminator first.

    Args:
        drawn: From :func:`draw_step`.
        modes: The modes that the networks were called in, as recorded. Whether these are right is
            judged by itself; the update is that of these modes.
    """
    painting_factors, judging_factors = _factors(drawn, modes)
    for painting, judging in itertools.product(painting_factors, judging_factors):
        states = [(drawn["weights"], drawn["bias"])]
        states += [(weights, bias) for weights, bias in discriminators(drawn, modes, again=False)]
        for weights, bias in states:
            logit = judging * painting * np.sum(weights * drawn["picture"]) + bias
            slope = (_sigmoid(logit) - 1) * judging * painting * weights
            yield drawn["picture"] - GENERATOR_RATE * slope


def discriminators(
    drawn: Mapping[str, Any], modes: Iterable[str], *, again: bool = True
) -> Iterator[tuple[np.ndarray, float]]:
    """Yield what one right update of the discriminator makes of its weights and its bias.

    Args:
        drawn: From :func:`draw_step`.
        modes: As for :func:`painted_pictures`.
        again: Whether the generator may have been updated before, and its images made anew.
    """
    pictures = [drawn["picture"], *(painted_pictures(drawn, modes) if again else ())]
    painting_factors, judging_factors = _factors(drawn, modes)
    choices = itertools.product(painting_factors, judging_factors, judging_factors, pictures)
    for painting, on_real, on_fake, picture in choices:
        real = on_real * np.sum(drawn["images"] * drawn["weights"], axis=(1, 2, 3)) + drawn["bias"]
        fake = on_fake * painting * np.sum(drawn["weights"] * picture) + drawn["bias"]
        # The slopes of -log s(x) and -log(1 - s(x)), s the logistic function.
        pulls = (_sigmoid(real) - 1)[:, None, None, None]
        weights = (pulls * on_real * drawn["images"]).mean(axis=0)
        weights = weights + _sigmoid(fake) * on_fake * painting * picture
        yield (
            drawn["weights"] - DISCRIMINATOR_RATE * weights,
            float(drawn["bias"] - DISCRIMINATOR_RATE * (pulls.mean() + _sigmoid(fake))),
        )


def _factors(drawn: Mapping[str, Any], modes: Iterable[str]) -> tuple[list[float], list[float]]:
    """Return the factors that the generator, and the discriminator, can have multiplied by."""
    seen = set(modes)

    def of(network: str, in_training: float) -> list[float]:
        known = ((f"{network} True", in_training), (f"{network} False", 1.0))
        return [factor for mode, factor in known if mode in seen]

    return of("generator", drawn["painting"]), of("discriminator", drawn["judging"])


def _sigmoid(value: Any) -> Any:
    return 1 / (1 + np.exp(-value))
