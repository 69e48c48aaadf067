"""What the stand-in for ``run`` was given, call by call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from autograder.challenges.kernel.state import Space, state


@dataclass(frozen=True, eq=False)
class TrainingCall:
    """One call of ``run``.

    Attributes:
        objects: Both networks and both optimizers, by the names of the arguments.
        reused: Names of those that had been used before.
        epochs: Number of epochs.
        batch_size: Images in a batch.
        result: What it returned.
    """

    objects: dict[str, Any]
    reused: list[str]
    epochs: int
    batch_size: int
    result: Any


def calls_of(space: Space) -> list[TrainingCall]:
    """Return the calls since the stand-in of the present cell was put in place, in order."""
    return cast(list[TrainingCall], state(space).setdefault("calls", []))
