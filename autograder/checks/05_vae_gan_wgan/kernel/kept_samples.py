"""Puts drawn samples, features and a correct distance in place."""

from __future__ import annotations

from typing import Any

import numpy as np
from tensorflow import keras

from autograder.challenges.kernel.frechet_distance import frechet_distance
from autograder.challenges.kernel.restore_provided import main as restore_provided
from autograder.challenges.kernel.state import Space, state


def keep_samples(space: Space, run: str, samples: np.ndarray, enlarged: int) -> None:
    """Write the samples of a run where the notebook keeps them.

    Args:
        space: The student's namespace.
        run: The run.
        samples: A row of images for each of the notebook's ``SAMPLE_EPOCHS``.
        enlarged: Each pixel of these becomes a square of so many pixels.
    """
    for epoch, images in zip(space["SAMPLE_EPOCHS"], samples, strict=True):
        path = space["samples_file"](run, epoch)
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, images.repeat(enlarged, axis=1).repeat(enlarged, axis=2))


def main(space: Space, *, enlarged: int, drawn: dict[str, np.ndarray]) -> None:
    """Place them, restore the provided names, and forget earlier figures.

    Args:
        space: The student's namespace.
        enlarged: Each pixel of a sample becomes a square of so many pixels.
        drawn: From ``autograder.challenges.frechet.draw_samples``.
    """
    restore_provided(space)
    state(space)["lines"].clear()
    for run, samples in zip(("vae", "gan"), drawn["samples"], strict=True):
        keep_samples(space, run, samples, enlarged)
    feature = keras.layers.Dense(drawn["kernel"].shape[1], use_bias=False)
    layers = [keras.Input((28, 28, 1)), keras.layers.Flatten(), feature]
    model = keras.Sequential(layers)
    feature.set_weights([drawn["kernel"]])

    def features(images: Any) -> Any:
        return model(images, training=False).numpy()

    space.update(
        feature_model=model,
        features=features,
        real_features=drawn["real"],
        frechet_distance=frechet_distance,
    )
