"""What the recorder of evidence and its reader agree on; imports nothing heavier than NumPy."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence

import numpy as np

#: Number of the format of the JSON files.
FORMAT = 1
#: A larger array is not recorded.
ARRAY_BYTES = 2 * 2**20
#: All arrays of one record together are not larger.
FILE_BYTES = 16 * 2**20


def random_generator(challenge: str, salt: str = "") -> np.random.Generator:
    """Return the generator behind what a record draws at random for one purpose, the salt.

    The challenge is the secret of the run, so that nothing can be known beforehand.
    """
    return np.random.default_rng(zlib.crc32((challenge + salt).encode()))


def probe_inputs(challenge: str, shapes: Iterable[Sequence[int]]) -> list[np.ndarray]:
    """Return what a model is run on, an array for each input: standard normal numbers, float32.

    The first array depends on the first shape only.
    """
    rng = random_generator(challenge)
    return [rng.normal(size=tuple(shape)).astype(np.float32) for shape in shapes]
