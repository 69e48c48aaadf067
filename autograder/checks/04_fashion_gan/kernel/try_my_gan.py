"""Tries ``make_my_gan``: its networks, samples without any training, and one training step."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from autograder.challenges.kernel.state import Space, state
from gan_helpers import evidence


def main(space: Space, *, record: str, drawn: dict[str, int]) -> None:
    """Record a new GAN, samples of an untrained one, and the GAN after a step, as far as it goes.

    Args:
        space: The student's namespace.
        record: Name of the record; two others add ``_untrained`` and ``_step`` to it.
        drawn: ``seed`` of the noise, and ``count`` of untrained samples.
    """
    rng = np.random.default_rng(drawn["seed"])
    # A call before: what a second call gives should not depend on it.
    first = space["make_my_gan"]()[0]
    generator, discriminator, gen_optimizer, disc_optimizer, step = space["make_my_gan"]()
    weights = {id(weight) for weight in first.weights}
    values: dict[str, Any] = {
        "shared": any(id(weight) in weights for weight in generator.weights),
        "steps_before": int(gen_optimizer.iterations) + int(disc_optimizer.iterations),
    }
    networks = {"generator": generator, "discriminator": discriminator}
    evidence.record(record, **networks, **values)
    noise = rng.normal(size=(32, generator.input_shape[-1])).astype("float32")
    values["plain"] = generator(noise, training=False)
    values["extreme"] = generator(1000 * noise, training=False)
    evidence.record(record, **networks, **values)
    # Of the first one, as drawing these changes running averages.
    noise = rng.normal(size=(drawn["count"], first.input_shape[-1])).astype("float32")
    evidence.record(f"{record}_untrained", samples=first(noise, training=True))
    losses = losses_of_a_step(space, step)
    # The networks as they are now; those of before are kept under the other record.
    evidence.record(
        f"{record}_step",
        generator_after=generator,
        discriminator_after=discriminator,
        steps_after=[int(gen_optimizer.iterations), int(disc_optimizer.iterations)],
        losses={str(key): float(value) for key, value in losses.items()},
        **values,
    )


def losses_of_a_step(space: Space, step: Any) -> Any:
    """Return what a training step returns for the first 32 images."""
    low, high = space["my_range"]
    images = state(space)["provided"]["train_images"][:32]
    tf.config.run_functions_eagerly(True)  # making a graph takes longer than the one step
    try:
        return step(tf.constant((low + (high - low) * images).astype("float32")))
    finally:
        tf.config.run_functions_eagerly(False)
