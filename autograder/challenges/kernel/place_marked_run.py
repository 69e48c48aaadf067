"""Puts markers in the place of a run's samples, and other losses in the place of its history."""

from __future__ import annotations

from pathlib import Path

from autograder.challenges.kernel.histories import history_of
from autograder.challenges.kernel.place_pictures import place
from autograder.challenges.kernel.state import Space, state


def main(
    space: Space, *, history: str, pictures: dict[str, bytes], losses: dict[str, list[float]]
) -> None:
    """Place a marked run until ``restore_marked_run`` takes it away.

    Args:
        space: The student's namespace.
        history: Name of the history in the notebook.
        pictures: Maps names of files in ``image_dir`` to contents.
        losses: Maps the name of a loss to its value in every epoch.
    """
    before = place(Path(space["image_dir"]), pictures)
    state(space)["marked_run"] = (before, history, space.get(history))
    space[history] = history_of(losses)
