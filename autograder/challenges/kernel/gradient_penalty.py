"""Calls ``gradient_penalty`` on three critics: a linear one, a constant one, and a bowl."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow import keras

from autograder.challenges.kernel.planting import eagerly
from autograder.challenges.kernel.small_networks import IMAGE, scorer
from autograder.challenges.kernel.state import Space
from gan_helpers import evidence

Penalty = Callable[[Any, Any, Any], Any]


class Bowl(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """Scores an image by half its squared norm times a factor; its gradient is that times it."""

    def __init__(self, factor: float, note: Callable[[np.ndarray], None]) -> None:
        super().__init__()
        self._factor, self._note = factor, note

    def call(self, images: Any) -> Any:
        """Return the scores; note the images unless the model is only being built."""
        if hasattr(images, "numpy"):
            self._note(images.numpy())
        return 0.5 * self._factor * tf.reduce_sum(images**2, axis=[1, 2, 3])[:, None]


def of_linear_critic(
    penalty: Penalty, name: str, kernel: np.ndarray, real: np.ndarray, fake: np.ndarray
) -> dict[str, Any]:
    """Return the penalty of a linear critic, and its gradient with respect to the weights."""
    critic, score = scorer()
    score.set_weights([kernel[:, None], np.zeros(1)])
    with tf.GradientTape() as tape:
        value = penalty(critic, tf.constant(real), tf.constant(fake))
    gradient = tape.gradient(
        value, score.kernel, unconnected_gradients=tf.UnconnectedGradients.ZERO
    )
    return {name: value, f"{name}_gradient": gradient}


def of_bowl(penalty: Penalty, factor: float, pairs: int, levels: np.ndarray) -> dict[str, Any]:
    """Return the penalty of a bowl, and mean, spread and norm of each point between."""
    shown: list[np.ndarray] = []
    critic = keras.Sequential([keras.Input(IMAGE), Bowl(factor, shown.append)])
    low, high = levels
    flat = tf.ones((pairs, *IMAGE))
    value = penalty(critic, float(low) * flat, float(high) * flat)
    points = shown[-1].reshape(len(shown[-1]), -1)
    return {
        "bowl": value,
        "between": points.mean(axis=1),
        "spread": np.ptp(points, axis=1),
        "norms": np.linalg.norm(points, axis=1),
    }


def main(
    space: Space, *, record: str, factor: float, pairs: int, drawn: dict[str, np.ndarray]
) -> None:
    """Record what each critic gave; what raised for one is recorded as ``<critic>_error``.

    Args:
        space: The student's namespace, with ``gradient_penalty``.
        record: Name of the record.
        factor: Of the bowl.
        pairs: How many pairs of images the bowl is tried on.
        drawn: From ``autograder.challenges.wasserstein.draw_penalty``.
    """
    penalty, kernel = space["gradient_penalty"], drawn["kernel"]
    images = drawn["real"], drawn["fake"]
    trials: dict[str, Callable[[], dict[str, Any]]] = {
        "linear": lambda: of_linear_critic(penalty, "linear", kernel, *images),
        "zero": lambda: of_linear_critic(penalty, "zero", 0 * kernel, *images),
        "bowl": lambda: of_bowl(penalty, factor, pairs, drawn["levels"]),
    }
    values: dict[str, Any] = {}
    with eagerly():
        for name, trial in trials.items():
            try:
                values.update(trial())
            except Exception as error:
                values[f"{name}_error"] = f"{type(error).__name__}: {error}"
    evidence.record(record, **values)
