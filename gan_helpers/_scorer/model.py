"""The scorer: a small frozen classifier through whose eyes the quality of images is measured.

Distances between pixels say little about what people see. The metrics therefore compare what a
classifier has computed just before it decides on a class: 64 *features* per image. For MNIST the
classifier comes with this package; it was trained by

    python -m gan_helpers._scorer.model

For other data, one is trained once on the data themselves and kept in the user's cache folder.

Training uses Keras. A trained scorer is applied with NumPy alone, so that looking at images gives
the same numbers whatever precision, device or batch size a notebook has chosen, and draws from no
random stream in the middle of a training.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import math
import os
import tempfile
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from gan_helpers import data
from gan_helpers._scorer.train import FEATURES, LAYERS, SIZE, Recipe, train

MNIST_WEIGHTS = Path(__file__).with_name("weights") / "mnist_scorer.npz"
MNIST_SHA256 = "a2965f6393c6f9aa1b0ac26c173a44d0dff9fe0b2fdf6bc26ce865ad3d47cba8"
# The shipped scorer is used for data whose labels it reads at least this well.
_GOOD_ENOUGH = 0.98
# Longer than what a user has to wait for.
MNIST_RECIPE = Recipe(steps=8000)
# Always so many images at once: the last digits of a matrix product depend on its size.
_CHUNK = 64


@dataclass(frozen=True)
class Scorer:
    """A frozen classifier of 28x28 grey images.

    Attributes:
        name: What it was trained on, in a few words.
        accuracy: Share of images it had not been trained on that it reads right.
        weights: ``layer/kernel`` and ``layer/bias`` of each layer, float32.
        digest: SHA-256 of the weights: figures compare only if they come from equal weights.
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
        """Computes what the metrics compare.

        Args:
            images: See :func:`pixels`.
            value_range: See :func:`pixels`.

        Returns:
            ``(N, 64)`` float32, at least 0. Over the training images, a feature varies by 1 on
            average, so that figures from different scorers are of the same order.

        Raises:
            ValueError: See :func:`pixels`.
        """
        return self.look_at(images, value_range=value_range)[0]

    def labels(self, images: Any, *, value_range: tuple[float, float] = (-1.0, 1.0)) -> np.ndarray:
        """Says which class each image most looks like.

        Args:
            images: See :func:`pixels`.
            value_range: See :func:`pixels`.

        Returns:
            ``(N,)`` whole numbers.

        Raises:
            ValueError: See :func:`pixels`.
        """
        return self.look_at(images, value_range=value_range)[1].argmax(axis=1)

    def look_at(
        self, images: Any, *, value_range: tuple[float, float] = (-1.0, 1.0)
    ) -> tuple[np.ndarray, np.ndarray]:
        """Computes features and scores together, in one pass.

        Args:
            images: See :func:`pixels`.
            value_range: See :func:`pixels`.

        Returns:
            ``(N, 64)`` features and ``(N, classes)`` scores (logits), both float32.

        Raises:
            ValueError: See :func:`pixels`.
        """
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
        values = _convolve(values, *self._layer("conv_1"), stride=2)
        values = _convolve(values, *self._layer("conv_2"), stride=2)
        values = _convolve(values, *self._layer("conv_3"), stride=1)
        kernel, bias = self._layer("features")
        return np.maximum(values.reshape(len(values), -1) @ kernel + bias, 0)

    def _layer(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        return self.weights[f"{name}/kernel"], self.weights[f"{name}/bias"]


def pixels(images: Any, *, value_range: tuple[float, float] = (-1.0, 1.0)) -> np.ndarray:
    """Brings images into the one form that a scorer reads.

    Args:
        images: ``(N, 28, 28)`` or ``(N, 28, 28, 1)``, array or tensor, N at least 1; uint8 in
            0..255, or floating-point numbers.
        value_range: The values of black and white in floating-point images: ``(-1, 1)`` after
            tanh, ``(0, 1)`` after a sigmoid. It is never guessed. Values outside are clipped, as
            they are in every picture of them. uint8 images need no range.

    Returns:
        ``(N, 28, 28, 1)`` float32 in 0..1.

    Raises:
        ValueError: The images are something else, or not finite.
    """
    array = np.asarray(images)
    if array.ndim == 4 and array.shape[-1] == 1:
        array = array[..., 0]
    if array.ndim != 3 or array.shape[1:] != (SIZE, SIZE) or not len(array):
        raise ValueError(
            f"The scorer reads images of shape (N, {SIZE}, {SIZE}) or (N, {SIZE}, {SIZE}, 1), with"
            f" N at least 1; it got {np.shape(images)}."
        )
    if array.dtype == np.uint8:
        return (array.astype(np.float32) / 255)[..., None]
    # bfloat16 comes from outside NumPy, which does not count it among its floating types.
    if not np.issubdtype(array.dtype, np.floating) and array.dtype.name != "bfloat16":
        raise ValueError(
            f"The scorer reads uint8 images in 0..255 or floating-point ones, not {array.dtype}."
            " Convert them with images.astype('uint8')."
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
            f"The images reach {farthest:.4g}, far outside of value_range={value_range}: pass the"
            " range of black and white they were made with, such as value_range=(0, 255); or the"
            " training has diverged."
        )
    return np.clip((array - low) / (high - low), 0, 1)[..., None]


@cache
def mnist_scorer() -> Scorer:
    """Returns the scorer that comes with the package, for MNIST.

    Returns:
        A scorer of ten digits.

    Raises:
        ValueError: Its file is not the one that belongs to this version of the package.
        OSError: Its file cannot be read.
    """
    content = MNIST_WEIGHTS.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != MNIST_SHA256:
        raise ValueError(
            f"{MNIST_WEIGHTS} is damaged or was changed (its SHA-256 is {found[:12]}..., not"
            f" {MNIST_SHA256[:12]}...). Install gan-helpers again."
        )
    return _unpack(content)


def scorer_for(
    images: Any,
    labels: Any,
    *,
    value_range: tuple[float, float] = (-1.0, 1.0),
    cache_folder: str | os.PathLike[str] | None = None,
    recipe: Recipe | None = None,
) -> Scorer:
    """Returns a scorer that knows such images, and says which.

    If the shipped MNIST scorer reads the labels right (98 % of them), it is that one. Otherwise it
    is one trained on these images: now, with a progress bar, or earlier, and kept in a file named
    after a hash of the data. One image in ten is held back to measure how well it reads.

    Args:
        images: Real ones, see :func:`pixels`. Several thousand are good, some hundreds will do.
        labels: ``(N,)`` whole numbers from 0, the class of each image.
        value_range: See :func:`pixels`.
        cache_folder: Where trained scorers are kept; ``None`` is ``gan_helpers`` in the user's
            cache folder (``XDG_CACHE_HOME``, or ``.cache`` in the home folder).
        recipe: How to train. With one, the shipped scorer is not considered.

    Returns:
        The scorer.

    Raises:
        ValueError: The images or labels are of another kind.
    """
    inputs = pixels(images, value_range=value_range)
    classes = np.asarray(labels)
    if classes.shape != (len(inputs),) or not np.issubdtype(classes.dtype, np.integer):
        raise ValueError(
            f"labels must be {len(inputs)} whole numbers, one for each image, not {classes.dtype}"
            f" {classes.shape}."
        )
    if len(inputs) < 20 or classes.min() < 0 or len(np.unique(classes)) < 2:
        raise ValueError(
            "A scorer needs at least 20 images of at least two classes, numbered from 0."
        )
    if recipe is None:
        recipe = Recipe()
        shipped = mnist_scorer()
        if classes.max() < shipped.classes:
            some = np.random.default_rng(0).permutation(len(inputs))[:2000]
            right = float(
                (shipped.labels(inputs[some], value_range=(0, 1)) == classes[some]).mean()
            )
            if right >= _GOOD_ENOUGH:
                print(f"Scorer: the shipped one ({shipped.name}) reads {right:.1%} of these right.")
                return shipped
    known = hashlib.sha256(repr((LAYERS, asdict(recipe))).encode())
    for array in (inputs, classes.astype(np.int64)):
        known.update(array.tobytes())
    folder = _default_cache() if cache_folder is None else Path(cache_folder)
    path = folder / f"scorer-{known.hexdigest()[:32]}.npz"
    kept = _read_kept(path)
    if kept is None:
        print(
            f"Scorer: training one on {len(inputs):,} images, once"
            f" ({recipe.steps:,} steps of {recipe.batch_size}):"
        )
        content = _train_holding_back(inputs, classes, recipe)
        _keep(path, content)
        kept = _unpack(content)
    print(f"Scorer: {kept.name}; reads {kept.accuracy:.1%} of those it was not trained on right.")
    return kept


def _convolve(
    values: np.ndarray, kernel: np.ndarray, bias: np.ndarray, *, stride: int
) -> np.ndarray:
    """Convolves and applies ReLU, as one matrix product over all windows.

    Args:
        values: ``(N, H, W, C)``.
        kernel: ``(size, size, C, F)``.
        bias: ``(F,)``.
        stride: 2 with a border of one ("same" for kernels of four), or 1 without ("valid").

    Returns:
        ``(N, H', W', F)``.
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
    return np.maximum(product + bias, 0).reshape(*windows.shape[:3], -1)


def _train_holding_back(images: np.ndarray, labels: np.ndarray, recipe: Recipe) -> bytes:
    order = np.random.default_rng(recipe.seed).permutation(len(images))
    held, used = np.split(order, [len(order) // 10])
    weights = train(images[used], labels[used], recipe=recipe, classes=int(labels.max()) + 1)
    name = f"trained on {len(used):,} of your images"
    return _pack(name, weights, images[held], labels[held])


def _pack(
    name: str, weights: Mapping[str, np.ndarray], images: np.ndarray, labels: np.ndarray
) -> bytes:
    """Makes a scorer's file, once it has been measured on images it was not trained on."""
    rounded = {key: weights[key].astype(np.float16) for key in sorted(weights)}
    usable = {key: value.astype(np.float32) for key, value in rounded.items()}
    found = Scorer(name, math.nan, usable, digest="").labels(images, value_range=(0, 1))
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        name=np.array(name),
        accuracy=np.array((found == labels).mean()),
        **rounded,  # type: ignore[arg-type]
    )
    return buffer.getvalue()


def _unpack(content: bytes) -> Scorer:
    """Reads what :func:`_pack` wrote.

    Raises:
        ValueError: It is something else, or damaged.
    """
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


def _default_cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gan_helpers"


def _read_kept(path: Path) -> Scorer | None:
    try:
        return _unpack(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        print(f"The scorer kept in {path} cannot be used ({error}) and is trained again.")
        return None


def _keep(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Under its name only when it is whole: another notebook may be looking for it.
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(content)
        os.replace(file.name, path)
    except OSError as error:
        print(
            f"The scorer could not be kept in {path.parent} ({error}): next time it is trained"
            " again. Name another folder with cache_folder=."
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """Trains the MNIST scorer and writes its file; see the module's docstring.

    Args:
        arguments: Of the command line; ``None``: those it was started with.
    """
    parser = argparse.ArgumentParser(
        prog="python -m gan_helpers._scorer.model",
        description="Trains the scorer of MNIST digits that is shipped with gan_helpers.",
    )
    parser.add_argument("--output", type=Path, default=MNIST_WEIGHTS, help="default: %(default)s")
    parser.add_argument(
        "--steps", type=int, default=MNIST_RECIPE.steps, help="default: %(default)s"
    )
    options = parser.parse_args(arguments)
    (x_train, y_train), (x_test, y_test) = data.load_mnist()
    if np.array_equal(x_test, data.load_digits28()[1][0]):
        parser.error("MNIST itself is needed: see the reason above.")
    recipe = replace(MNIST_RECIPE, steps=options.steps)
    weights = train(pixels(x_train), y_train, recipe=recipe)
    name = f"trained on {len(x_train):,} MNIST digits"
    content = _pack(name, weights, pixels(x_test), y_test)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_bytes(content)
    scorer = _unpack(content)
    print(
        f"{scorer.name}: reads {scorer.accuracy:.2%} of {len(x_test):,} test digits right.\n"
        f"{options.output}: {len(content):,} bytes, SHA-256 (to be pinned as MNIST_SHA256)\n"
        f"{scorer.digest}"
    )


if __name__ == "__main__":
    main()
