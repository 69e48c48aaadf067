"""A challenge for functions that save samples: a model whose images are markers.

``generate_and_save_images(model, epoch, test_input)`` is called with sixteen drawn noise vectors
and a model that knows them: for each it makes a marker image, and another one in training mode.
The picture that was saved then shows which images it holds, in what order and from which mode.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograder.challenges.hooks import Hook, When
from autograder.challenges.markers import SentinelSet
from autograder.challenges.rendering import KERNEL, Step
from autograder.evidence.seeds import seed_for

SAMPLES = 16


def save_samples(name: str, when: When, cell: str, *, noise_dim: int = 100) -> Hook:
    """Return a hook that calls ``generate_and_save_images`` and records the ``picture`` it saved.

    The file may be anywhere below the working folder, so that the choice of a folder is free.

    Args:
        name: Name of the hook and of its record.
        when: Before or after the cell.
        cell: Grade id of the cell.
        noise_dim: Length of a noise vector.
    """

    def steps(challenge: str) -> Iterator[Step]:
        markers = samples_for(challenge, name)
        rng = np.random.default_rng(seed_for(challenge, name))
        arguments = {
            "record": name,
            "call": "generate_and_save_images(model, epoch, test_input)",
            "images": np.stack([markers.image(sample) for sample in range(2 * SAMPLES)]),
            "noise": rng.normal(size=(SAMPLES, noise_dim)).astype(np.float32),
            "epoch": epoch_for(challenge, name),
        }
        yield Step(KERNEL / "sample_grid.py", arguments)

    return Hook(name, when, cell, steps, records=(name,))


def epoch_for(challenge: str, name: str) -> int:
    """Return the epoch that the function is called with: two digits, so that zeros are needed."""
    return 60 + seed_for(challenge, f"{name} epoch") % 39


def samples_for(challenge: str, name: str) -> SentinelSet:
    """Return the markers: 0 to 15 show the noise, 16 to 31 the same in training mode."""
    return SentinelSet.draw(epochs=range(2 * SAMPLES), seed=seed_for(challenge, name))


def wanted_rows(columns: int = 4) -> list[list[int]]:
    """Return the grid that should be seen."""
    rows: list[list[int]] = np.arange(SAMPLES).reshape(-1, columns).tolist()
    return rows
