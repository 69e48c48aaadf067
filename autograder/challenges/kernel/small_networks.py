"""Networks with a single layer of weights, so that training them takes no time."""

from __future__ import annotations

from typing import Any

import numpy as np
from tensorflow import keras

IMAGE = (28, 28, 1)


def painter(noise_dim: int = 100) -> tuple[Any, Any]:
    """Return a generator of images in [0, 1] of shape ``(28, 28, 1)``, and its only layer."""
    paint = keras.layers.Dense(784, activation="sigmoid")
    shape = keras.layers.Reshape(IMAGE)
    return keras.Sequential([keras.Input((noise_dim,)), paint, shape]), paint


def constant_painter(logits: np.ndarray) -> tuple[Any, Any]:
    """Return a generator that makes the same image from any noise, and its only layer.

    Args:
        logits: The image before the sigmoid, 784 numbers.
    """
    generator, paint = painter()
    paint.set_weights([np.zeros((100, 784)), logits])
    return generator, paint


def scorer(activation: str | None = None, *before: Any) -> tuple[Any, Any]:
    """Return a network that adds up weighted pixels of an image, and the layer that does.

    Args:
        activation: What its sum goes through.
        before: Layers that the image goes through first.
    """
    score = keras.layers.Dense(1, activation=activation)
    layers = [keras.Input(IMAGE), *before, keras.layers.Flatten(), score]
    return keras.Sequential(layers), score


def make_generator() -> Any:
    """Return a generator: noise (100,) -> image (28, 28, 1) with values in [0, 1]."""
    return painter()[0]


def make_discriminator() -> Any:
    """Return a discriminator: image (28, 28, 1) -> probability."""
    return scorer("sigmoid")[0]


def make_critic() -> Any:
    """Return a critic: image (28, 28, 1) -> score."""
    return scorer()[0]
