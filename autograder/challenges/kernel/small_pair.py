"""The drawn numbers behind a small pair of networks; kernel and judge draw them here."""

from __future__ import annotations

import numpy as np

NOISE = 300
"""Length of the small generator's noise vectors: long, so that their spread is known well."""

PIXELS = 784


def draw_small_pair(seed: int, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw real images and the weights of a small pair.

    Args:
        seed: The same seed gives the same numbers.
        count: Number of real images.

    Returns:
        Three float32 arrays: real images, ``(count, 28, 28, 1)`` in [0, 1]; the image that the
        untrained generator makes, ``(784,)`` in [0, 1]; the discriminator's kernel, ``(784,)``.
    """
    rng = np.random.default_rng(seed)
    centre = rng.uniform(0.1, 0.9, PIXELS)
    images = np.clip(centre + 0.05 * rng.normal(size=(count, PIXELS)), 0, 1)
    fake = rng.uniform(0, 1, PIXELS).astype(np.float32)
    kernel = (0.005 * rng.normal(size=PIXELS)).astype(np.float32)
    return images.reshape(count, 28, 28, 1).astype(np.float32), fake, kernel
