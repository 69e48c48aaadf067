"""A challenge for functions that save samples: a model whose images are sentinels.

``generate_and_save_images(model, epoch, test_input)`` is called with sixteen drawn noise vectors
and a model that knows them: for each it makes a sentinel image, and another one in training mode.
The picture that was saved then shows which images it holds, in what order and from which mode.
"""

from __future__ import annotations

import json
import textwrap
from typing import Literal

import numpy as np

from autograder.challenges.markers import SentinelSet
from autograder.challenges.probes import Probe
from autograder.evidence.seeds import seed_for

SAMPLES = 16


def save_samples(
    name: str, when: Literal["before", "after"], cell: str, *, noise_dim: int = 100
) -> Probe:
    """Return a probe that calls ``generate_and_save_images`` and records the ``picture`` it saved.

    The file may be anywhere below the working folder, so that the choice of a folder is free.

    Args:
        name: Name of the probe and of its record.
        when: Before or after the cell.
        cell: Grade id of the cell.
        noise_dim: Length of a noise vector.
    """

    def code(challenge: str) -> str:
        drawn = samples_for(challenge, name)
        bits = {key: pattern.astype(int).tolist() for key, pattern in drawn.patterns.items()}
        seed = seed_for(challenge, name)
        arguments = f"{seed}, {noise_dim}, {epoch_for(challenge, name)}, {json.dumps(bits)}"
        return f"{_CALL}\n_grading_samples({name!r}, {arguments})\ndel _grading_samples"

    return Probe(name, when, cell, code, records=(name,))


def epoch_for(challenge: str, name: str) -> int:
    """Return the epoch that the function is called with: two digits, so that zeros are needed."""
    return 60 + seed_for(challenge, f"{name} epoch") % 39


def samples_for(challenge: str, name: str) -> SentinelSet:
    """Return the sentinels: 0 to 15 show the noise, 16 to 31 the same in training mode."""
    return SentinelSet.draw(epochs=range(2 * SAMPLES), seed=seed_for(challenge, name))


def wanted_rows(columns: int = 4) -> list[list[int]]:
    """Return the grid that should be seen."""
    return np.arange(SAMPLES).reshape(-1, columns).tolist()


_CALL = textwrap.dedent(
    """
    def _grading_samples(name, seed, noise_dim, epoch, patterns):
        import pathlib
        import keras, numpy, tensorflow as tf
        from PIL import Image
        from gan_helpers import evidence

        def image(bits):
            blocks = numpy.kron(numpy.array(bits), numpy.ones((3, 3)))
            return 2 * numpy.pad(numpy.pad(blocks, 3, constant_values=1), 2)[..., None] - 1

        images = tf.constant(numpy.array([image(bits) for bits in patterns.values()], "float32"))
        rng = numpy.random.default_rng(seed)
        known = tf.constant(rng.normal(size=(len(images) // 2, noise_dim)).astype("float32"))

        class Model(keras.Model):
            def call(self, noise, training=False):
                apart = tf.reduce_sum(tf.abs(tf.cast(noise, "float32")[:, None] - known), axis=-1)
                return tf.gather(images, tf.argmin(apart, axis=1) + (len(known) if training else 0))

        model = Model(name="generator")
        model(known)
        file_name = f"image_at_epoch_{epoch:04d}.png"
        for path in pathlib.Path().rglob(file_name):
            path.unlink()
        generate_and_save_images(model, epoch, known)
        saved = next(iter(pathlib.Path().rglob(file_name)), None)
        if saved is None:
            raise FileNotFoundError(f"no file {file_name} was written")
        with Image.open(saved) as picture:
            picture = picture.convert("L")
            picture.thumbnail((1000, 1000))
        saved.unlink()
        evidence.record(name, picture=picture)
    """
)
