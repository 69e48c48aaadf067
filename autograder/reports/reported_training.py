"""What a hand-in reports about the student's own training runs: epochs, time, losses, samples.

Students train on their own machines, and what comes back is their word: files beside the notebook,
which ``gan_helpers.hand_in`` has packed with it and anybody can edit. Nothing here is a mark and
nothing is proof. It is collected for the person who reads the answers, with whatever does not fit
together. Who hands in the notebook alone reports nothing here; what it printed is in its outputs.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from autograder.evidence.arrays import MAX_ARRAYS_BYTES, read_arrays
from autograder.evidence.reader import MAX_JSON_BYTES
from autograder.evidence.unmet import one_line
from autograder.grading.graded_notebook import Graded
from autograder.judging.image_quality import features
from gan_helpers.metrics import frechet_distance

_MOST_RUNS = 40
_MOST_EPOCHS = 100_000
_MOST_LOSSES = 6  # named on a page
_REAL = 500  # images to compare samples with, and samples at most: the distance goes by the number


class HistoryFile(msgspec.Struct, frozen=True):
    """The fields that are read of a history in ``recorded/history.json``; see ``History``.

    Attributes:
        epochs: Numbers of the epochs, from 1.
        losses: For each loss its mean over every epoch.
        seconds: How long each epoch took.
        budget: Name of the budget.
    """

    epochs: list[int]
    losses: dict[str, list[float]]
    seconds: list[float]
    budget: str = ""

    def __post_init__(self) -> None:
        """Refuse what no training run writes.

        Raises:
            ValueError: If epochs are not counted through from 1, or times or losses are missing.
        """
        count = len(self.epochs)
        if count > _MOST_EPOCHS or self.epochs != list(range(1, count + 1)):
            raise ValueError("The epochs are not counted through.")
        if any(len(values) != count for values in (self.seconds, *self.losses.values())):
            raise ValueError("Times or losses of some epochs are missing.")
        if not all(0 <= seconds < 1e9 for seconds in self.seconds):
            raise ValueError("The times are not times.")


@dataclass(frozen=True)
class ReportedRun:
    """A training run, as the hand-in reports it.

    Attributes:
        name: Name of the run.
        epochs: Epochs altogether.
        seconds: How long they took.
        losses: The last value of each loss.
        budget: Name of the budget; empty if there is none.
        distance: How far its samples are from real images; None if there are none to compare.
    """

    name: str
    epochs: int
    seconds: float
    losses: Mapping[str, float]
    budget: str = ""
    distance: float | None = None

    @property
    def description(self) -> str:
        """The run in a line, without its name."""
        minutes = self.seconds / 60
        time = f"{minutes:.0f} minutes" if self.seconds >= 90 else f"{self.seconds:.0f} seconds"
        losses = [f"{name} {value:.3f}" for name, value in self.losses.items()][:_MOST_LOSSES]
        return ", ".join([f"{self.epochs} epochs", f"in {time}", *losses])


@dataclass(frozen=True)
class ReportedTraining:
    """What a hand-in reports about all its training runs.

    Attributes:
        runs: The runs, in the order in which they ended.
        doubts: What does not fit together, in sentences.
        samples: Images in [0, 1] of shape ``(N, 28, 28)``, by the name of their run.
    """

    runs: tuple[ReportedRun, ...] = ()
    doubts: tuple[str, ...] = ()
    samples: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

    @property
    def epochs(self) -> tuple[int, ...]:
        """Epochs of each run."""
        return tuple(run.epochs for run in self.runs)

    @property
    def summary(self) -> str:
        """All of it in a sentence or two."""
        if not self.runs:
            return "No training history that can be read was handed in."
        runs = "; ".join(f"{run.name}: {run.description}" for run in self.runs)
        budgets = ", ".join(dict.fromkeys(run.budget for run in self.runs if run.budget))
        return f"{runs}." + (f" Budget: {budgets}." if budgets else "")


@dataclass(frozen=True)
class RealImages:
    """Real images to compare samples with, by the features of ``judging.image_quality``.

    Attributes:
        known: Features of 500 images.
        floor: Distance of 500 other real images from these; what samples could reach at best.
    """

    known: NDArray[np.float64]
    floor: float

    @classmethod
    def read(cls, data: Path | None, assignment: str) -> RealImages | None:
        """Read the real images of an assignment.

        Args:
            data: Folder with the data sets, or None.
            assignment: Name of the assignment.

        Returns:
            The images, or None where there is no such data set.
        """
        name = "fashion_mnist.npz" if "fashion" in assignment else "mnist.npz"
        if data is None or not (data / name).is_file():
            return None
        with np.load(data / name, allow_pickle=False) as arrays:
            images = arrays["x_test"][: 2 * _REAL] / 255.0
        half = min(_REAL, len(images) // 2)
        known, others = features(images[:half]), features(images[half : 2 * half])
        return cls(known, frechet_distance(known, others))

    def distance(self, samples: NDArray[np.float64]) -> float:
        """Return the Fréchet distance of samples ``(N, 28, 28)`` in [0, 1], N at most 500."""
        return frechet_distance(self.known[: len(samples)], features(samples))


def read_reported_training(
    graded: Graded, folder: Path, *, real: RealImages | None = None
) -> ReportedTraining:
    """Read what a hand-in reports about its training runs.

    Args:
        graded: The graded notebook, which holds the outputs that were handed in.
        folder: What was handed in; files of ``gan_helpers.hand_in`` are in ``recorded/`` there.
        real: Real images to compare samples with; without, samples are not compared with any.
    """
    histories, doubts = _histories(folder / "recorded" / "history.json")
    runs, samples = [], {}
    for name, history in histories.items():
        images, epoch = _samples(folder / "recorded" / "samples" / f"{name}.npz")
        distance = None
        if images is not None:
            samples[name] = images
            distance = real.distance(images) if real is not None else None
            if epoch != len(history.epochs):
                doubts.append(
                    f"The samples of {name} are from epoch {epoch}, its history has "
                    f"{len(history.epochs)} epochs."
                )
        runs.append(_run(name, history, distance))
    if not any(cell.get("outputs") for cell in graded.cells):
        doubts.append("The notebook was handed in without outputs.")
    return ReportedTraining(tuple(runs), tuple(doubts), samples)


def _run(name: str, history: HistoryFile, distance: float | None) -> ReportedRun:
    losses = {one_line(loss, 40): values[-1] for loss, values in history.losses.items() if values}
    return ReportedRun(
        name,
        len(history.epochs),
        math.fsum(history.seconds),
        losses,
        one_line(history.budget, 20),
        distance,
    )


def _histories(path: Path) -> tuple[dict[str, HistoryFile], list[str]]:
    """Return the history of each run in a file that a student made, and what is wrong with it."""
    content = _bytes(path, MAX_JSON_BYTES)
    if content is None:
        return {}, []
    try:
        # Not msgspec's own reader: a loss that is not finite stands there as NaN, as Python has it.
        runs = json.loads(content)
        items: list[tuple[str, Any]] = list(runs.items())[:_MOST_RUNS]
    except (ValueError, AttributeError, RecursionError):
        return {}, ["The histories beside the notebook cannot be read."]
    histories, doubts = {}, []
    for name, history in items:
        if not re.fullmatch(r"[\w.-]{1,60}", name) or name.startswith("."):
            doubts.append("A run beside the notebook has an odd name and was not looked at.")
            continue
        try:
            histories[name] = msgspec.convert(history, HistoryFile)
        except (ValueError, OverflowError):
            doubts.append(f"The history of {name} is not one that the course's training writes.")
    return histories, doubts


def _samples(path: Path) -> tuple[NDArray[np.float64] | None, int | None]:
    """Return images in [0, 1] and their epoch from a student's file; None where it has none."""
    content = _bytes(path, MAX_ARRAYS_BYTES)
    if content is None:
        return None, None
    try:
        arrays = read_arrays(content)
        images, epoch = arrays["images"], int(arrays["epoch"])
        low, high = (float(value) for value in arrays["value_range"])
        if images.dtype != np.uint8 or images.ndim != 3 or images.shape[1:] != (28, 28):
            raise ValueError("no grey images of 28 x 28 pixels")
        if not 2 <= len(images) <= _REAL or not -100 < low <= high < 100:
            raise ValueError("too many or too few, or an odd range")
    except (ValueError, KeyError, TypeError):
        return None, None
    values = low + images / 255.0 * (high - low)
    # A range that goes below zero is that of tanh, [-1, 1].
    return np.clip((values + 1) / 2 if low < -0.05 else values, 0, 1), epoch


def _bytes(path: Path, most: int) -> bytes | None:
    """Return the content of a student's file; None if it is no plain file or has more bytes."""
    if path.is_symlink() or path.parent.is_symlink() or not path.is_file():
        return None
    return path.read_bytes() if path.stat().st_size <= most else None
