"""Draws images for a run: the kernel and the judge draw the same ones, so that none travel."""

from __future__ import annotations

import numpy as np


def draw_images(seed: int) -> np.ndarray:
    """Draw 512 images of noise, a uint8 array of shape ``(512, 28, 28)`` with all values 0 to 255.

    So many images are loaded in the grading budget.
    """
    return np.random.default_rng(seed).integers(0, 256, (512, 28, 28), dtype=np.uint8)
