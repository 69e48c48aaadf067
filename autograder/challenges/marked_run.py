"""Hooks that show a marked run: marker samples at its key epochs, square waves as its losses.

For questions such as "show the first three samples of eleven epochs, and both loss curves". A run
has 100 epochs, counted from 0, and one picture of sixteen samples for each.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from PIL import Image

from autograder.challenges.hooks import Hook, When, run_file
from autograder.challenges.markers import SentinelSet
from autograder.challenges.plotted_lines import SquareWaves
from autograder.challenges.rendering import KERNEL, Step
from autograder.challenges.training_phases import LOSSES
from autograder.evidence.seeds import seed_for

EPOCHS = 100
KEY_EPOCHS = (*range(0, EPOCHS, 10), EPOCHS - 1)
"""Epochs whose samples should be shown."""

SHOWN = 3
"""Samples of each key epoch that should be shown."""

_OTHERS = 6  # patterns for everything that should not be shown
_SAMPLES = 16


def sample_markers(challenge: str, purpose: str) -> SentinelSet:
    """Return the markers in place of samples: number 3 e + s is sample s of key epoch number e.

    Those from 33 on stand for everything that should not be shown.
    """
    count = SHOWN * len(KEY_EPOCHS) + _OTHERS
    return SentinelSet.draw(epochs=range(count), seed=seed_for(challenge, purpose))


def loss_waves(challenge: str, purpose: str) -> SquareWaves:
    """Return the curves in place of the losses."""
    return SquareWaves.draw(seed_for(challenge, f"{purpose} losses"), LOSSES)


def shown_in_order(numbers: Sequence[int]) -> bool:
    """Return whether the numbers of shown markers are the wanted ones, in a sensible order."""
    count = len(KEY_EPOCHS)
    by_epoch = list(range(SHOWN * count))
    # In a grid with a column for each epoch, the first samples of all epochs are read first.
    by_sample = [SHOWN * epoch + sample for sample in range(SHOWN) for epoch in range(count)]
    times = max(1, len(numbers) // (SHOWN * count))
    return list(numbers) in (by_epoch * times, by_sample * times)


def sample_picture(markers: SentinelSet, numbers: Iterable[int]) -> bytes:
    """Return a PNG of sixteen markers, as the notebook saves sixteen samples.

    Args:
        markers: The set.
        numbers: Which sixteen, row by row.
    """
    grid = np.zeros((4, 28, 4, 28), np.uint8)
    for place, number in enumerate(numbers):
        # Whole pixels: a ring of 3 and blocks of 3 pixels in a margin of 2.
        sample = np.zeros((28, 28), np.uint8)
        sample[2:26, 2:26] = 255
        blocks = np.where(markers.patterns[number], 255, 0).astype(np.uint8)
        sample[5:23, 5:23] = np.kron(blocks, np.ones((3, 3), np.uint8))
        grid[place // 4, :, place % 4] = sample
    buffer = io.BytesIO()
    picture = Image.fromarray(grid.reshape(112, 112)).resize((224, 224), Image.Resampling.NEAREST)
    picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def sample_pictures(markers: SentinelSet) -> dict[str, bytes]:
    """Return the picture of every epoch, by the name of its file."""
    first_other = SHOWN * len(KEY_EPOCHS)
    others = [first_other + number % _OTHERS for number in range(_SAMPLES)]
    pictures = dict.fromkeys(range(EPOCHS), sample_picture(markers, others))
    for place, epoch in enumerate(KEY_EPOCHS):
        shown = [SHOWN * place + sample for sample in range(SHOWN)]
        pictures[epoch] = sample_picture(markers, shown + others[SHOWN:])
    return {f"image_at_epoch_{epoch:04d}.png": png for epoch, png in pictures.items()}


def place_marked_run(name: str, when: When, cell: str, *, history: str) -> Hook:
    """Return a hook that puts markers and waves in place of the samples and losses of a run.

    The run comes back with :func:`restore_marked_run`.

    Args:
        name: Name of the hook, for which markers and waves are drawn.
        when: Before or after the cell.
        cell: Grade id of the cell.
        history: Name of the run's history in the notebook; its pictures are in ``image_dir``.
    """
    return _with_marked_run(name, when, cell, "place_marked_run", history=history)


def restore_marked_run(name: str, when: When, cell: str) -> Hook:
    """Return the hook that gives a run its samples and its history again."""
    return run_file(name, when, cell, "restore_marked_run")


def show_marked_run(name: str, when: When, cell: str, *, call: str) -> Hook:
    """Return a hook that calls a function for a marked run in another folder.

    Args:
        name: Name of the hook, for which markers and waves are drawn.
        when: Before or after the cell.
        cell: Grade id of the cell.
        call: The call, with ``history`` in it; what it displays is filed under the hook's name.
    """
    return _with_marked_run(name, when, cell, "show_marked_run", call=call)


def _with_marked_run(name: str, when: When, cell: str, file: str, **arguments: Any) -> Hook:
    def steps(challenge: str) -> Iterator[Step]:
        pictures = sample_pictures(sample_markers(challenge, name))
        losses = loss_waves(challenge, name).losses(EPOCHS)
        yield Step(KERNEL / f"{file}.py", {"pictures": pictures, "losses": losses, **arguments})

    return Hook(name, when, cell, steps, pictures="call" in arguments)
