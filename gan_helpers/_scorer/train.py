"""Scorers for other data than MNIST: trained on the data themselves, once, and kept in a cache.

A scorer is a small convolutional classifier, which Keras trains.
"""

from __future__ import annotations

import hashlib
import io
import math
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gan_helpers._scorer.model import FEATURES, LAYERS, SIZE, Scorer, mnist_scorer, pixels, unpack

# The shipped scorer is used for data whose labels it reads at least this well.
_GOOD_ENOUGH = 0.98


@dataclass(frozen=True)
class Recipe:
    """How a scorer is trained."""

    steps: int = 2000
    batch_size: int = 128
    learning_rate: float = 2e-3  # at the start; it falls to zero along a cosine
    seed: int = 0  # of the weights, the order of the images, their small changes and the dropout


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


def train(images: Any, labels: Any, *, recipe: Recipe, classes: int) -> dict[str, np.ndarray]:
    """Train the weights of a scorer with Keras, showing a progress bar.

    Everything random comes from ``recipe.seed``: no random stream of the session is drawn from,
    and none is set. Images, ``(N, 28, 28, 1)`` float32 in 0..1, are shifted, turned and scaled a
    little, differently each time. The weights are float16, ``layer/kernel`` and ``layer/bias`` for
    each of ``LAYERS``.
    """
    import keras

    # A notebook may compute in half precision; the scorer never does.
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    try:
        network = _network(keras, classes, recipe.seed)
        network.compile(
            optimizer=keras.optimizers.Adam(
                keras.optimizers.schedules.CosineDecay(recipe.learning_rate, recipe.steps)
            ),
            loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            metrics=["accuracy"],
            jit_compile=False,
        )
        network.fit(_random_batches(keras, images, labels, recipe), shuffle=False)
    finally:
        keras.config.set_dtype_policy(policy)
    to_features = keras.Model(network.inputs, network.get_layer("features").output)
    features = to_features.predict(images[:10_000], verbose=0)
    return _of_equal_spread(network, float(np.sqrt(features.var(axis=0).mean())))


def _random_batches(keras: Any, images: Any, labels: Any, recipe: Recipe) -> Any:
    """Return random batches; the shuffling of ``Model.fit`` draws from the session's stream."""

    class RandomBatches(keras.utils.PyDataset):  # type: ignore[misc]
        def __len__(self) -> int:
            return recipe.steps

        def __getitem__(self, index: int) -> tuple[Any, Any]:
            rng = np.random.default_rng([recipe.seed, index])
            chosen = rng.integers(len(images), size=recipe.batch_size)
            return images[chosen], labels[chosen]

    return RandomBatches()


def _of_equal_spread(network: Any, spread: float) -> dict[str, np.ndarray]:
    """Return the weights with features that vary by 1.

    After ReLU a factor can be moved from one layer into the next: no score changes by that.
    """
    weights = {}
    for layer in LAYERS:
        values = network.get_layer(layer).get_weights()
        for name, value in zip(("kernel", "bias"), values, strict=True):
            weights[f"{layer}/{name}"] = np.asarray(value, np.float32)
    weights["features/kernel"] /= spread
    weights["features/bias"] /= spread
    weights["scores/kernel"] *= spread
    return {name: value.astype(np.float16) for name, value in weights.items()}


def _network(keras: Any, classes: int, seed: int) -> Any:
    layers = keras.layers
    seeds = iter(range(1000 * seed + 1, 1000 * seed + 1000))

    def start() -> Any:
        return keras.initializers.HeNormal(seed=next(seeds))

    def convolution(filters: int, size: int, **more: Any) -> Any:
        return layers.Conv2D(filters, size, activation="relu", kernel_initializer=start(), **more)

    empty: dict[str, Any] = {"fill_mode": "constant", "fill_value": 0.0}
    return keras.Sequential(
        [
            keras.Input((SIZE, SIZE, 1)),
            layers.RandomTranslation(0.08, 0.08, seed=next(seeds), **empty),
            layers.RandomRotation(0.03, seed=next(seeds), **empty),
            layers.RandomZoom(0.1, 0.1, seed=next(seeds), **empty),
            convolution(32, 4, strides=2, padding="same", name="conv_1"),
            convolution(64, 4, strides=2, padding="same", name="conv_2"),
            convolution(64, 3, name="conv_3"),
            layers.Flatten(),
            layers.Dropout(0.3, seed=next(seeds)),
            layers.Dense(FEATURES, activation="relu", kernel_initializer=start(), name="features"),
            layers.Dropout(0.2, seed=next(seeds)),
            layers.Dense(classes, kernel_initializer=start(), name="scores"),
        ]
    )


def pack(
    name: str, weights: Mapping[str, np.ndarray], images: np.ndarray, labels: np.ndarray
) -> bytes:
    """Make a scorer's file, once it has been measured on images it was not trained on."""
    rounded = {key: weights[key].astype(np.float16) for key in sorted(weights)}
    usable = {key: value.astype(np.float32) for key, value in rounded.items()}
    read = Scorer(name, math.nan, usable, digest="").labels(images, value_range=(0, 1))
    facts = {"name": np.array(name), "accuracy": np.array((read == labels).mean())}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **facts, **rounded)  # type: ignore[arg-type]
    return buffer.getvalue()
