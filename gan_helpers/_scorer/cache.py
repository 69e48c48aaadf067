"""Scorers for other data than MNIST: trained on the data themselves, once, and kept in a cache."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from gan_helpers._scorer.model import Scorer, mnist_scorer, pack, pixels, unpack
from gan_helpers._scorer.train import LAYERS, Recipe, train

# The shipped scorer is used for data whose labels it reads at least this well.
_GOOD_ENOUGH = 0.98


def scorer_for(
    images: Any,
    labels: Any,
    *,
    value_range: tuple[float, float] = (-1.0, 1.0),
    cache_folder: str | os.PathLike[str] | None = None,
    recipe: Recipe | None = None,
) -> Scorer:
    """Return a scorer that knows such images, and say which.

    If the shipped MNIST scorer reads the labels right (98 % of them), it is that one. Otherwise it
    is one trained on these images: now, with a progress bar, or earlier, and kept in a file named
    after a hash of the data. One image in ten is held back to measure how well it reads.

    Args:
        images: Real ones, see :func:`gan_helpers.quality.pixels`. Several thousand are good, some
            hundreds will do.
        labels: ``(N,)`` whole numbers from 0, the class of each image.
        value_range: Of black and white.
        cache_folder: Where trained scorers are kept; ``None`` is ``gan_helpers`` in the user's
            cache folder (``XDG_CACHE_HOME``, or ``.cache`` in the home folder).
        recipe: How to train. With one, the shipped scorer is not considered.

    Raises:
        ValueError: If the images or labels are of another kind.
    """
    inputs = pixels(images, value_range=value_range)
    classes = _checked(labels, len(inputs))
    if recipe is None:
        recipe = Recipe()
        shipped = mnist_scorer()
        share = _share_read_right(shipped, inputs, classes)
        if share >= _GOOD_ENOUGH:
            print(f"Scorer: the shipped one ({shipped.name}) reads {share:.1%} of these right.")
            return shipped
    key = hashlib.sha256(repr((LAYERS, asdict(recipe))).encode())
    for array in (inputs, classes.astype(np.int64)):
        key.update(array.tobytes())
    folder = _default_folder() if cache_folder is None else Path(cache_folder)
    path = folder / f"scorer-{key.hexdigest()[:32]}.npz"
    scorer = _load(path)
    if scorer is None:
        print(
            f"Scorer: training one on {len(inputs):,} images, once "
            f"({recipe.steps:,} steps of {recipe.batch_size}):"
        )
        content = _train_holding_back(inputs, classes, recipe)
        _store(path, content)
        scorer = unpack(content)
    print(
        f"Scorer: {scorer.name}; reads {scorer.accuracy:.1%} of those it was not trained on right."
    )
    return scorer


def _checked(labels: Any, count: int) -> np.ndarray:
    classes = np.asarray(labels)
    if classes.shape != (count,) or not np.issubdtype(classes.dtype, np.integer):
        raise ValueError(
            f"labels must be {count} whole numbers, one for each image, not {classes.dtype} "
            f"{classes.shape}."
        )
    if count < 20 or classes.min() < 0 or len(np.unique(classes)) < 2:
        raise ValueError(
            "A scorer needs at least 20 images of at least two classes, numbered from 0."
        )
    return classes


def _share_read_right(scorer: Scorer, inputs: np.ndarray, classes: np.ndarray) -> float:
    if classes.max() >= scorer.classes:
        return 0.0
    some = np.random.default_rng(0).permutation(len(inputs))[:2000]
    return float((scorer.labels(inputs[some], value_range=(0, 1)) == classes[some]).mean())


def _train_holding_back(images: np.ndarray, labels: np.ndarray, recipe: Recipe) -> bytes:
    order = np.random.default_rng(recipe.seed).permutation(len(images))
    held, used = np.split(order, [len(order) // 10])
    weights = train(images[used], labels[used], recipe=recipe, classes=int(labels.max()) + 1)
    name = f"trained on {len(used):,} of your images"
    return pack(name, weights, images[held], labels[held])


def _default_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gan_helpers"


def _load(path: Path) -> Scorer | None:
    try:
        return unpack(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        print(f"The scorer kept in {path} cannot be used ({error}) and is trained again.")
        return None


def _store(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Under its name only when it is whole: another notebook may be looking for it.
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(content)
        os.replace(file.name, path)
    except OSError as error:
        print(
            f"The scorer could not be kept in {path.parent} ({error}): next time it is trained "
            "again. Name another folder with cache_folder=."
        )
