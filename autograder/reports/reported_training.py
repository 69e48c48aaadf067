"""What a hand-in says about the student's own trainings: how many epochs, how long, how good.

Students train on their own machines, and what comes back is their word: printed lines in a notebook
that anybody can edit, and files beside it. Nothing here is a mark, nothing here is proof. It is
collected for the person who reads the answers, with whatever does not fit together.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from autograder.evidence.arrays import MAX_ARRAYS_BYTES, read_arrays
from autograder.evidence.reader import MAX_JSON_BYTES
from autograder.evidence.unmet import one_line
from autograder.grading.graded_notebook import Graded
from autograder.judging.image_quality import features
from autograder.reports.pictures import joined
from gan_helpers.metrics import frechet_distance

_BUDGET = re.compile(r"^Budget: (\w{1,20}) ", re.MULTILINE)
_TRAINED = re.compile(
    r"^Trained (\d{1,6}) epochs in ([^.\n]{1,40})\.(?: Last losses: ([^\n]{1,300})\.$)?",
    re.MULTILINE,
)
_FINISHED = re.compile(r"^This training is already finished: all (\d{1,6}) epochs", re.MULTILINE)
_GOING_ON = re.compile(
    r"^Going on with a training that was interrupted: epoch (\d{1,6}) of", re.MULTILINE
)
_MOST_RUNS = 40
_MOST_EPOCHS = 100_000
_REAL = 500  # images to compare samples with, and samples at most: the distance goes by the number


@dataclass(frozen=True)
class SaidTraining:
    """One training, as the hand-in tells it.

    Attributes:
        name: The cell that printed it, or the run's name in the files beside the notebook.
        epochs: Epochs altogether.
        took: How long it took, in words; empty if that is not said.
        losses: The last losses, as text; empty if they are not said.
        distance: How far the samples beside the notebook are from real images, if there are any.
    """

    name: str
    epochs: int
    took: str = ""
    losses: str = ""
    distance: float | None = None

    @property
    def words(self) -> str:
        """The training in a line."""
        said = [f"{self.epochs} epochs", self.took and f"in {self.took}", self.losses]
        return ", ".join(part for part in said if part)


@dataclass(frozen=True)
class SaidRuns:
    """What a hand-in says about all its trainings.

    Attributes:
        budget: The budget that the notebook printed; empty if it printed none.
        printed: Trainings that the notebook's outputs tell of, in order.
        recorded: Trainings in the files beside the notebook, in their order.
        doubts: What does not fit together, in sentences.
        samples: Images in [0, 1] of shape ``(N, 28, 28)`` by the name of the recorded run.
    """

    budget: str = ""
    printed: tuple[SaidTraining, ...] = ()
    recorded: tuple[SaidTraining, ...] = ()
    doubts: tuple[str, ...] = ()
    samples: Mapping[str, np.ndarray] = field(default_factory=dict)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Epochs of each training, from the files if there are any, else from the outputs."""
        return tuple(one.epochs for one in self.recorded or self.printed)

    @property
    def summary(self) -> str:
        """All of it in a sentence or two."""
        trainings = self.recorded or self.printed
        if not trainings:
            return "Nothing in the hand-in tells of a training."
        told = "; ".join(f"{one.name}: {one.words}" for one in trainings)
        return f"{told}." + (f" Budget: {self.budget}." if self.budget else "")


@dataclass(frozen=True)
class RealImages:
    """Real images to compare samples with, by the features of ``judging.image_quality``.

    Attributes:
        known: Features of 500 images.
        floor: Distance of 500 other real images from these; what samples could reach at best.
    """

    known: np.ndarray
    floor: float

    @classmethod
    def read(cls, data: Path | None, assignment: str) -> RealImages | None:
        """Read those of an assignment.

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

    def distance(self, samples: np.ndarray) -> float:
        """Return the Fréchet distance of samples ``(N, 28, 28)`` in [0, 1], N at most 500."""
        return frechet_distance(self.known[: len(samples)], features(samples))


def read_said_runs(graded: Graded, folder: Path, *, real: RealImages | None = None) -> SaidRuns:
    """Gather what a hand-in says about its trainings.

    Args:
        graded: The graded notebook, which holds the outputs that were handed in.
        folder: What was handed in; files of ``gan_helpers.hand_in`` are in ``recorded/`` there.
        real: Real images to compare samples with; without, samples are not compared with any.
    """
    budget, printed = _printed(graded)
    histories, doubts = _histories(folder / "recorded" / "history.json")
    recorded, samples = [], {}
    for name, history in histories.items():
        images, epoch = _samples(folder / "recorded" / "samples" / f"{name}.npz")
        distance = None
        if images is not None:
            samples[name] = images
            distance = real.distance(images) if real is not None else None
            if epoch != history["epochs"]:
                doubts.append(
                    f"The samples of {name} are from epoch {epoch}, its history has "
                    f"{history['epochs']} epochs."
                )
        recorded.append(SaidTraining(name, distance=distance, **history))
    doubts += _disagreements(printed, recorded)
    if not any(cell.get("outputs") for cell in graded.cells):
        doubts.append("The notebook was handed in without outputs.")
    return SaidRuns(budget, tuple(printed), tuple(recorded), tuple(doubts), samples)


def _printed(graded: Graded) -> tuple[str, list[SaidTraining]]:
    budget, found = "", []
    for cell in graded.cells:
        text = "\n".join(
            joined(output["text"])
            for output in cell.get("outputs", ())
            if output["output_type"] == "stream"
        )
        budgets = _BUDGET.findall(text)
        budget = budgets[-1] if budgets else budget
        name = cell["metadata"].get("nbgrader", {}).get("grade_id", "a cell of their own")
        before = [int(epoch) - 1 for epoch in _GOING_ON.findall(text)]
        for match in _TRAINED.finditer(text):
            epochs = int(match[1]) + (before.pop(0) if before else 0)
            found.append(SaidTraining(name, epochs, one_line(match[2]), one_line(match[3] or "")))
        found += [SaidTraining(name, int(epochs)) for epochs in _FINISHED.findall(text)]
    return budget, found[:_MOST_RUNS]


def _histories(path: Path) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """Return epochs, time and last losses of each run in a file that a student made."""
    content = _bytes(path, MAX_JSON_BYTES)
    if content is None:
        return {}, []
    try:
        runs = json.loads(content)
        items = list(runs.items())[:_MOST_RUNS]
    except (ValueError, AttributeError, RecursionError):
        return {}, ["The histories beside the notebook cannot be read."]
    found, doubts = {}, []
    for name, history in items:
        if not re.fullmatch(r"[\w.-]{1,60}", name) or name.startswith("."):
            doubts.append("A run beside the notebook has an odd name and was not looked at.")
            continue
        try:
            found[name] = _told(history)
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
            doubts.append(f"The history of {name} is not one that the course's training writes.")
    return found, doubts


def _told(history: Mapping[str, Any]) -> dict[str, Any]:
    epochs, seconds, losses = history["epochs"], history["seconds"], history["losses"]
    count = len(epochs)
    if count > _MOST_EPOCHS or list(epochs) != list(range(1, count + 1)) or len(seconds) != count:
        raise ValueError("epochs are not counted through")
    if any(len(values) != count for values in losses.values()):
        raise ValueError("losses are missing")
    numbers = [*seconds, *(value for values in losses.values() for value in values)]
    if not all(isinstance(value, int | float) for value in numbers):
        raise ValueError("not numbers")
    took = math.fsum(seconds)
    last = {one_line(str(name), 40): values[-1] for name, values in losses.items() if count}
    return {
        "epochs": count,
        "took": f"{took / 60:.0f} minutes" if took >= 90 else f"{took:.0f} seconds",
        "losses": ", ".join(f"{name} {value:.3f}" for name, value in list(last.items())[:6]),
    }


def _samples(path: Path) -> tuple[np.ndarray | None, int | None]:
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
    """Return what is in a file of a student's; None if there is no plain file of that size."""
    if path.is_symlink() or path.parent.is_symlink() or not path.is_file():
        return None
    return path.read_bytes() if path.stat().st_size <= most else None


def _disagreements(printed: Iterable[SaidTraining], recorded: Iterable[SaidTraining]) -> list[str]:
    """Say where outputs and files tell of different trainings."""
    losses = {one.losses for one in recorded if one.losses}
    if not losses:
        return []
    return [
        f"The cell {one.name} printed last losses ({one.losses}) that no history beside the "
        "notebook ends with."
        for one in printed
        if one.losses and one.losses not in losses
    ]
