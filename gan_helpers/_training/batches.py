"""How much of a dataset one epoch is, by the budget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from gan_helpers.budget import Budget


@dataclass(frozen=True)
class Epoch:
    """What one epoch iterates over.

    Attributes:
        batches: The dataset of one epoch.
        steps: Training steps in it; ``None`` if unknown.
        batch_size: Images in one batch of the whole dataset.
        keras_steps: What Keras has to be told of the steps; ``None``: nothing, the data end.
    """

    batches: tf.data.Dataset
    steps: int | None
    batch_size: int
    keras_steps: int | None = None


def one_epoch_of(dataset: tf.data.Dataset, budget: Budget) -> Epoch:
    """Cut a dataset to the budget.

    Raises:
        ValueError: If there is nothing to train on, or no end to it.
    """
    if budget.images_per_step is not None:
        return _one_small_step(dataset, budget.images_per_step)
    cardinality = int(dataset.cardinality())
    if cardinality == 0:
        raise ValueError("The dataset is empty: there is nothing to train on.")
    batch_size = _batch_size(dataset)
    if budget.images_per_epoch is not None:
        steps = max(1, budget.images_per_epoch // batch_size)
        # Every epoch starts a new pass, so a shuffled dataset is shuffled again, and nothing but
        # the number of passes has to be known to resume.
        return Epoch(dataset.repeat().take(steps), steps, batch_size)
    if cardinality == tf.data.INFINITE_CARDINALITY:
        raise ValueError("The dataset never ends: remove repeat(), fit() counts the epochs itself.")
    return Epoch(dataset, cardinality if cardinality > 0 else None, batch_size)


def images_of(batch: Any) -> Any:
    """Return the images of a batch, which come first if there is more in it."""
    return tf.nest.flatten(batch)[0]


def _one_small_step(dataset: tf.data.Dataset, images: int) -> Epoch:
    first = next(iter(dataset), None)
    if first is None:
        raise ValueError("The dataset is empty: there is nothing to train on.")
    batch_size = int(images_of(first).shape[0])
    few = tf.data.Dataset.from_tensor_slices(first)
    few = few.batch(min(images, batch_size), drop_remainder=True)
    return Epoch(few.repeat(), 1, batch_size, keras_steps=1)


def _batch_size(dataset: tf.data.Dataset) -> int:
    """Find the size of a full batch without reading data, where the dataset tells."""
    spec = images_of(dataset.element_spec)
    if spec.shape.rank and spec.shape[0] is not None:
        return int(spec.shape[0])
    # Only ragged last batches leave it open; reading one batch settles it.
    return int(images_of(next(iter(dataset))).shape[0])
