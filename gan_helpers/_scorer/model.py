"""The scorer: a small frozen classifier through whose eyes the quality of images is measured.

Distances between pixels say little about what people see. The metrics therefore compare what a
classifier has computed just before it decides on a class: 64 *features* per image. For MNIST the
classifier comes with this package (``tools/train_scorer.py`` in the repository trained it).

Training uses Keras. A trained scorer is applied with NumPy alone, so that looking at images gives
the same numbers whatever precision, device or batch size a notebook has chosen, and draws from no
random stream in the middle of a training run.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

FEATURES = 64
SIZE = 28
# The layers with weights, from image to class.
LAYERS = ("conv_1", "conv_2", "conv_3", "features", "scores")

MNIST_WEIGHTS = Path(__file__).with_name("weights") / "mnist_scorer.npz"
MNIST_SHA256 = "a2965f6393c6f9aa1b0ac26c173a44d0dff9fe0b2fdf6bc26ce865ad3d47cba8"
# Always so many images at once: the last digits of a matrix product depend on its size.
_CHUNK = 64


@dataclass(frozen=True)
class Scorer:
    """A frozen classifier of 28x28 grey images, which are given as :func:`pixels` wants them.

    Attributes:
        name: What it was trained on, in a few words.
        accuracy: Share of images it had not been trained on that it reads right.
        weights: ``layer/kernel`` and ``layer/bias`` of each layer, float32.
        digest: SHA-256 of the weights: numbers compare only if they come from equal weights.
    """

    name: str
    accuracy: float
    weights: Mapping[str, np.ndarray]
    digest: str

    @property
    def classes(self) -> int:
        """How many classes it tells apart."""
        return len(self.weights["scores/bias"])

    def features(
        self, images: Any, *, value_range: tuple[float, float] = (-1.0, 1.0)
    ) -> np.ndarray:
        """Compute what the metrics compare: ``(N, 64)`` float32, at least 0.

        Over the training images, a feature varies by 1 on average, so that numbers from different
        scorers are of the same order.
        """
        return self.look_at(images, value_range=value_range)[0]

    def labels(self, images: Any, *, value_range: tuple[float, float] = (-1.0, 1.0)) -> np.ndarray:
        """Tell which class each image most looks like: ``(N,)`` whole numbers."""
        scores = self.look_at(images, value_range=value_range)[1]
        return np.asarray(scores.argmax(axis=1))

    def look_at(
        self, images: Any, *, value_range: tuple[float, float] = (-1.0, 1.0)
    ) -> tuple[np.ndarray, np.ndarray]:
        """Compute ``(N, 64)`` features and ``(N, classes)`` scores (logits), float32."""
        inputs = pixels(images, value_range=value_range)
        features = np.empty((len(inputs), FEATURES), np.float32)
        # Matrices as small as these gain nothing from threads, which wait for each other in loops:
        # on a busy machine that takes four times the processor time.
        with threadpool_limits(1, user_api="blas"):
            for start in range(0, len(inputs), _CHUNK):
                part = inputs[start : start + _CHUNK]
                full = np.pad(part, ((0, _CHUNK - len(part)), (0, 0), (0, 0), (0, 0)))
                features[start : start + len(part)] = self._forward(full)[: len(part)]
        return features, features @ self.weights["scores/kernel"] + self.weights["scores/bias"]

    def _forward(self, values: np.ndarray) -> np.ndarray:
        for name, stride in (("conv_1", 2), ("conv_2", 2), ("conv_3", 1)):
            values = _convolve(values, *self._layer(name), stride=stride)
        kernel, bias = self._layer("features")
        return np.asarray(np.maximum(values.reshape(len(values), -1) @ kernel + bias, 0))

    def _layer(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        return self.weights[f"{name}/kernel"], self.weights[f"{name}/bias"]


def pixels(images: Any, *, value_range: tuple[float, float] = (-1.0, 1.0)) -> np.ndarray:
    """Bring images into the one form that a scorer reads.

    Args:
        images: ``(N, 28, 28)`` or ``(N, 28, 28, 1)``, array or tensor, N at least 1; uint8 in
            0..255, or floating-point numbers.
        value_range: The values of black and white in floating-point images: ``(-1, 1)`` after
            tanh, ``(0, 1)`` after a sigmoid. It is never guessed. Values outside are clipped, as
            they are in every picture of them. uint8 images need no range.

    Returns:
        ``(N, 28, 28, 1)`` float32 in 0..1.

    Raises:
        ValueError: If the images are something else, or not finite.
    """
    array = np.asarray(images)
    if array.ndim == 4 and array.shape[-1] == 1:
        array = array[..., 0]
    if array.ndim != 3 or array.shape[1:] != (SIZE, SIZE) or not len(array):
        raise ValueError(
            f"The scorer reads images of shape (N, {SIZE}, {SIZE}) or (N, {SIZE}, {SIZE}, 1), with "
            f"N at least 1; it got {np.shape(images)}."
        )
    if array.dtype == np.uint8:
        return (array.astype(np.float32) / 255)[..., None]
    # bfloat16 comes from outside NumPy, which does not count it among its floating types.
    if not np.issubdtype(array.dtype, np.floating) and array.dtype.name != "bfloat16":
        raise ValueError(
            f"The scorer reads uint8 images in 0..255 or floating-point ones, not {array.dtype}. "
            "Convert them with images.astype('uint8')."
        )
    low, high = value_range
    if not high > low:
        raise ValueError(f"value_range is {value_range}; the second number must be the larger.")
    array = array.astype(np.float32)
    if not np.isfinite(array).all():
        raise ValueError("The images contain NaN or infinity: the training has diverged.")
    farthest = array.flat[abs(array - (low + high) / 2).argmax()]
    if abs(farthest - (low + high) / 2) > 20 * (high - low):
        raise ValueError(
            f"The images reach {farthest:.4g}, far outside of value_range={value_range}: pass the "
            "range of black and white they were made with, such as value_range=(0, 255); or the "
            "training has diverged."
        )
    return np.asarray(np.clip((array - low) / (high - low), 0, 1)[..., None])


@cache
def mnist_scorer() -> Scorer:
    """Return the scorer of ten digits that comes with the package.

    Raises:
        ValueError: If its file is not the one that belongs to this version of the package.
        OSError: If its file cannot be read.
    """
    content = MNIST_WEIGHTS.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != MNIST_SHA256:
        raise ValueError(
            f"{MNIST_WEIGHTS} is damaged or was changed (its SHA-256 is {digest[:12]}..., not "
            f"{MNIST_SHA256[:12]}...). Install gan-helpers again."
        )
    return unpack(content)


def unpack(content: bytes) -> Scorer:
    """Read what :func:`gan_helpers._scorer.train.pack` wrote; refuse what is damaged."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            arrays = {key: file[key] for key in file.files}
        name, accuracy = str(arrays.pop("name")), float(arrays.pop("accuracy"))
        weights = {key: value.astype(np.float32) for key, value in arrays.items()}
        if set(weights) != {f"{layer}/{part}" for layer in LAYERS for part in ("kernel", "bias")}:
            raise ValueError("it lacks weights")
    except (KeyError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"This is no scorer: {error}.") from error
    return Scorer(name, accuracy, weights, hashlib.sha256(content).hexdigest())


def _convolve(
    values: np.ndarray, kernel: np.ndarray, bias: np.ndarray, *, stride: int
) -> np.ndarray:
    """Convolve ``(N, H, W, C)`` and apply ReLU, as one matrix product over all windows.

    A stride of 2 comes with a border of one ("same" for kernels of four), 1 without ("valid").
    """
    if stride > 1:
        values = np.pad(values, ((0, 0), (1, 1), (1, 1), (0, 0)))
    size = len(kernel)
    last = stride * ((values.shape[1] - size) // stride) + 1
    windows = np.concatenate(
        [
            values[:, row : row + last : stride, column : column + last : stride]
            for row in range(size)
            for column in range(size)
        ],
        axis=-1,
    )
    product = windows.reshape(-1, windows.shape[-1]) @ kernel.reshape(-1, kernel.shape[-1])
    return np.asarray(np.maximum(product + bias, 0).reshape(*windows.shape[:3], -1))
