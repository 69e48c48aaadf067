"""How a scorer is trained: a small convolutional classifier, in Keras."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

FEATURES = 64
SIZE = 28
# The layers with weights, from image to class.
LAYERS = ("conv_1", "conv_2", "conv_3", "features", "scores")


@dataclass(frozen=True)
class Recipe:
    """How a scorer is trained.

    Attributes:
        steps: Training steps in all.
        batch_size: Images in each.
        learning_rate: At the start; it falls to zero along a cosine.
        seed: Of the first weights, the order of the images, their small changes and the dropout.
    """

    steps: int = 2000
    batch_size: int = 128
    learning_rate: float = 2e-3
    seed: int = 0


def train(
    images: Any, labels: Any, *, recipe: Recipe, classes: int | None = None
) -> dict[str, np.ndarray]:
    """Train the weights of a scorer with Keras, showing a progress bar.

    Everything random comes from ``recipe.seed``: no random stream of the session is drawn from,
    and none is set. Images are shifted, turned and scaled a little, differently each time.

    Args:
        images: ``(N, 28, 28, 1)`` float32 in 0..1.
        labels: ``(N,)`` whole numbers from 0.
        recipe: How long and how fast.
        classes: How many there are; ``None``: as many as the labels say.

    Returns:
        The weights, float16, ``layer/kernel`` and ``layer/bias`` for each of ``LAYERS``.
    """
    import keras

    classes = int(np.max(labels)) + 1 if classes is None else classes
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

    empty: Mapping[str, Any] = {"fill_mode": "constant", "fill_value": 0.0}
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
