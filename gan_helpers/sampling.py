"""Noise in, pictures out: latent vectors and grids of generated images."""

from __future__ import annotations

from os import PathLike
from typing import Any

import numpy as np


def latent(shape: tuple[Any, ...] = (16, 40), *, seed: int | None = None) -> Any:
    """Draw standard normal noise for a generator, as a float32 tensor.

    Without a seed the noise comes from TensorFlow's global generator, whose position is part of
    what an exactly resumed run restores (``tf.random.normal`` inside a ``tf.function`` keeps
    its position where nothing can save it). It may be called inside a ``tf.function``, and the
    first number of ``shape`` may then be a tensor.

    Args:
        shape: Usually ``(number of images, noise_dim)``.
        seed: The same seed gives the same noise everywhere and disturbs no other random stream.
    """
    import tensorflow as tf

    if seed is not None:
        return tf.random.stateless_normal(shape, seed=(seed, 0))
    return tf.random.get_global_generator().normal(shape)


def generate(generator: Any, noise: Any, *, batch_size: int = 250) -> np.ndarray:
    """Make images ``(N, height, width, 1)`` from noise ``(N, noise_dim)``, in inference mode.

    They are float32, whatever precision the generator computes in, and do not depend on
    ``batch_size``, which says how many are made at a time. N is at least 1.
    """
    noise = np.asarray(noise)
    batches = [
        np.asarray(generator(noise[start : start + batch_size], training=False), np.float32)
        for start in range(0, len(noise), batch_size)
    ]
    return np.concatenate(batches)


def interpolate(start: Any, end: Any, *, steps: int = 8) -> np.ndarray:
    """Go from one noise vector ``(D,)`` to another along the sphere (slerp) they lie on.

    The straight line would pass close to zero, where a generator has never been trained: normal
    noise of ``D`` numbers has a length of about ``sqrt(D)``. See T. White, "Sampling Generative
    Networks" (2016). The float32 result is ``(steps, D)``, both ends included.

    Raises:
        ValueError: If the vectors do not fit together, or there are fewer than two steps.
    """
    start, end = np.asarray(start, np.float64), np.asarray(end, np.float64)
    if start.ndim != 1 or start.shape != end.shape or not start.any() or not end.any():
        raise ValueError(
            "start and end must be noise vectors of equal length that are not all zero, not arrays "
            f"of shape {start.shape} and {end.shape}."
        )
    if steps < 2:
        raise ValueError("steps must be at least 2: the two ends.")
    lengths = np.linalg.norm(start), np.linalg.norm(end)
    a, b = start / lengths[0], end / lengths[1]
    angle = np.arccos(np.clip(a @ b, -1, 1))
    share = np.linspace(0, 1, steps)[:, None]
    if np.sin(angle) < 1e-6:
        # (Nearly) the same direction, or opposite ones, between which no shortest arc exists.
        vectors = start + share * (end - start)
    else:
        direction = (np.sin((1 - share) * angle) * a + np.sin(share * angle) * b) / np.sin(angle)
        vectors = direction * (lengths[0] + share * (lengths[1] - lengths[0]))
    return np.asarray(vectors, np.float32)


def image_grid(
    images: Any,
    *,
    columns: int = 4,
    pad: int = 2,
    scale: int = 2,
    value_range: tuple[float, float] = (-1.0, 1.0),
) -> np.ndarray:
    """Arrange images in a grid, row by row.

    Args:
        images: ``(N, height, width, 1)`` or ``(N, height, width)``, array or tensor.
        columns: Images per row.
        pad: White pixels around each image, before scaling.
        scale: Each pixel becomes ``scale`` x ``scale`` pixels.
        value_range: The values that become black and white: ``(-1, 1)`` after tanh, ``(0, 1)``
            after a sigmoid. It is never guessed, and values outside are clipped.

    Returns:
        A uint8 array ``(H, W)``; unused places in the last row are white.

    Raises:
        ValueError: If the images have another shape or are not finite, or an argument is not
            positive.
    """
    pixels = np.asarray(images)
    if pixels.ndim == 4 and pixels.shape[-1] == 1:
        pixels = pixels[..., 0]
    if pixels.ndim != 3 or 0 in pixels.shape:
        raise ValueError(
            f"image_grid got an array of shape {np.shape(images)}; it needs grey images of shape "
            "(N, height, width, 1) or (N, height, width), with N at least 1."
        )
    low, high = value_range
    if not high > low:
        raise ValueError(f"value_range is {value_range}; the second number must be the larger.")
    if columns < 1 or scale < 1 or pad < 0:
        raise ValueError("columns and scale must be at least 1, and pad at least 0.")
    pixels = pixels.astype(np.float32)
    if not np.isfinite(pixels).all():
        raise ValueError(
            "The images contain NaN or infinity: training has diverged. Try a smaller learning "
            "rate and start again from fresh networks and optimizers."
        )
    grey = np.clip((pixels - low) * (255.0 / (high - low)) + 0.5, 0, 255).astype(np.uint8)
    count, height, width = grey.shape
    columns = min(columns, count)
    rows = -(-count // columns)
    cell_height, cell_width = height + pad, width + pad
    grid = np.full((rows * cell_height + pad, columns * cell_width + pad), 255, np.uint8)
    for index, image in enumerate(grey):
        top = pad + (index // columns) * cell_height
        left = pad + (index % columns) * cell_width
        grid[top : top + height, left : left + width] = image
    return grid.repeat(scale, axis=0).repeat(scale, axis=1)


def save_image_grid(
    images: Any,
    path: str | PathLike[str],
    *,
    columns: int = 4,
    pad: int = 2,
    scale: int = 2,
    value_range: tuple[float, float] = (-1.0, 1.0),
) -> None:
    """Write :func:`image_grid`, with the same arguments, to a PNG file in an existing folder."""
    # Pillow rather than Matplotlib: a few milliseconds per picture instead of a few hundred.
    from PIL import Image

    grid = image_grid(images, columns=columns, pad=pad, scale=scale, value_range=value_range)
    Image.fromarray(grid).save(path, compress_level=1)
