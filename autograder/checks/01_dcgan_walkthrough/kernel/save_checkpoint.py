"""Saves drawn numbers with the student's checkpoint and reads the file that it left.

Whatever the names in the checkpoint are: an object was saved if its numbers are in the file.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np
import tensorflow as tf

from autograder.challenges.kernel.drawn_weights import draw_weights
from autograder.challenges.kernel.state import Space, state
from gan_helpers import evidence


def arrays_of(name: str, thing: Any) -> list[Any]:
    """Return the weights of a network, or of an optimizer, that are no single numbers."""
    weights = thing.variables if name.endswith("optimizer") else thing.weights
    return [weight for weight in weights if len(weight.shape)]


def digests_in(path: str) -> list[list[int]]:
    """Return the SHA-256 of every float32 array in a checkpoint's file, as 32 numbers each."""
    reader = tf.train.load_checkpoint(path)
    return [
        list(hashlib.sha256(np.ascontiguousarray(value).tobytes()).digest())
        for value in map(reader.get_tensor, reader.get_variable_to_shape_map())
        if getattr(value, "dtype", None) == np.float32
    ]


def main(space: Space, *, record: str, seeds: dict[str, int]) -> None:
    """Record the ``shapes`` of what was planted, as JSON, and the ``digests`` in the file.

    Args:
        space: The student's namespace.
        record: Name of the record.
        seeds: Maps the names of the objects to the seeds of their numbers.

    Raises:
        FileNotFoundError: If nothing is in ``checkpoint_dir`` after saving.
    """
    shapes = {}
    for name, seed in seeds.items():
        weights = arrays_of(name, state(space)["stand_ins"][name])
        shapes[name] = [tuple(weight.shape) for weight in weights]
        for weight, value in zip(weights, draw_weights(seed, shapes[name]), strict=True):
            weight.assign(value)
    space["checkpoint"].save(file_prefix=str(space["checkpoint_prefix"]))
    latest = tf.train.latest_checkpoint(str(space["checkpoint_dir"]))
    if latest is None:
        raise FileNotFoundError("nothing was found in checkpoint_dir after saving")
    digests = np.array(digests_in(latest), "uint8")
    evidence.record(record, shapes=json.dumps(shapes), digests=digests)
