"""Calls ``wgan_step`` once, on a linear critic and a generator that always makes the same image."""

from __future__ import annotations

import numpy as np
import tensorflow as tf
from tensorflow import keras

from autograder.challenges.kernel.planting import eagerly, planted
from autograder.challenges.kernel.small_networks import constant_painter, scorer
from autograder.challenges.kernel.state import Space
from gan_helpers import evidence


def main(
    space: Space,
    *,
    record: str,
    generator_rate: float,
    critic_rate: float,
    drawn: dict[str, np.ndarray],
) -> None:
    """Record both networks after the step, and how many steps each optimizer has taken.

    Args:
        space: The student's namespace, with ``wgan_step``.
        record: Name of the record.
        generator_rate: Learning rate of the generator.
        critic_rate: Learning rate of the critic.
        drawn: From ``autograder.challenges.wasserstein.draw_step``.
    """
    critic, score = scorer()
    # A bias far beyond the bound that weights are clipped at.
    score.set_weights([drawn["kernel"][:, None], np.full(1, 0.3)])
    generator, paint = constant_painter(drawn["logits"])
    critic_optimizer = keras.optimizers.SGD(critic_rate)
    generator_optimizer = keras.optimizers.SGD(generator_rate)
    stand_ins = {
        "noise_dim": 100,
        "wgan_generator": generator,
        "critic": critic,
        "wgan_optimizer": generator_optimizer,
        "critic_optimizer": critic_optimizer,
    }
    with eagerly(), planted(space, stand_ins):
        space["wgan_step"](tf.constant(drawn["images"]))
    evidence.record(
        record,
        kernel=score.kernel,
        bias=score.bias,
        logits=paint.bias,
        critic_steps=critic_optimizer.iterations,
        generator_steps=generator_optimizer.iterations,
    )
