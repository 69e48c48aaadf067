"""Lets a function of the notebook train a small pair of networks whose right answer is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow import keras

from autograder.challenges.kernel.small_pair import NOISE, PIXELS, draw_small_pair
from autograder.challenges.kernel.state import Space, state
from gan_helpers import evidence


def make_pair(fake: np.ndarray, kernel: np.ndarray, bias: float) -> tuple[Any, Any, Any]:
    """Return a generator, a discriminator and their combined model, not compiled yet.

    Args:
        fake: The image that the generator makes of any noise, ``(784,)``.
        kernel: The discriminator's weights, ``(784,)``.
        bias: The discriminator's bias.
    """
    layers = keras.layers
    generator = keras.Sequential(
        [
            keras.Input((NOISE,)),
            layers.Dense(PIXELS, kernel_initializer="zeros"),
            layers.Reshape((28, 28, 1)),
        ]
    )
    discriminator = keras.Sequential(
        [keras.Input((28, 28, 1)), layers.Flatten(), layers.Dense(1, activation="sigmoid")]
    )
    generator.weights[1].assign(fake)
    discriminator.weights[0].assign(kernel[:, None])
    discriminator.weights[1].assign([bias])
    combined = keras.Sequential([keras.Input((NOISE,)), generator, discriminator])
    return generator, discriminator, combined


def main(
    space: Space,
    *,
    record: str,
    call: str,
    rates: list[float],
    frozen: bool,
    drawn: dict[str, Any],
) -> None:
    """Record what a call makes of a small pair, and whether it seems to work, for stand-ins.

    Args:
        space: The student's namespace.
        record: Name of the record, and of the entry in the state's ``passed``.
        call: The call, with ``images``, ``count``, ``generator``, ``discriminator`` and
            ``combined`` in it.
        rates: Learning rates of the discriminator and of the combined model.
        frozen: Whether the discriminator is frozen when the function is called.
        drawn: ``seed`` and ``count`` for :func:`draw_small_pair`, and the discriminator's ``bias``.
    """
    images, fake, kernel = draw_small_pair(drawn["seed"], drawn["count"])
    generator, discriminator, combined = make_pair(fake, kernel, drawn["bias"])
    for model, rate in zip((discriminator, combined), rates, strict=True):
        # Without graphs: making one takes longer than the few steps.
        model.compile(
            optimizer=keras.optimizers.SGD(rate), loss="binary_crossentropy", run_eagerly=True
        )
    discriminator.trainable = not frozen
    names = {
        **space,
        "images": tf.constant(images),
        "count": drawn["count"],
        "generator": generator,
        "discriminator": discriminator,
        "combined": combined,
    }
    passed = state(space).setdefault("passed", {})
    passed[record] = None
    value = eval(call, names)
    weights = {
        "gen_kernel": generator.weights[0].numpy(),
        "gen_bias": generator.weights[1].numpy(),
        "disc_kernel": discriminator.weights[0].numpy()[:, 0],
        "disc_bias": discriminator.weights[1].numpy(),
    }
    evidence.record(
        record,
        value=value,
        disc_steps=int(discriminator.optimizer.iterations),
        gen_steps=int(combined.optimizer.iterations),
        **weights,
    )
    values = list(value.values()) if isinstance(value, dict) else [value]
    passed[record] = {
        "generator": bool((weights["gen_bias"] != fake).any()),
        "discriminator": bool((weights["disc_kernel"] != kernel).any()),
        "finite": bool(np.isfinite(np.array(values, "float64")).all()),
        "keys": sorted(map(str, value)) if isinstance(value, dict) else None,
    }
