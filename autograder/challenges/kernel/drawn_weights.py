"""Draws the weights that are planted in a checkpoint; the judge draws the same ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np


def draw_weights(seed: int, shapes: Iterable[tuple[int, ...]]) -> Iterator[np.ndarray]:
    """Yield float32 arrays of normal numbers, one of each shape."""
    rng = np.random.default_rng(seed)
    for shape in shapes:
        yield rng.normal(size=shape).astype(np.float32)
