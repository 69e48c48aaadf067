"""Records what ``watch_figures`` has noted."""

from __future__ import annotations

import numpy as np

from autograder.challenges.kernel.state import Space, state
from gan_helpers import evidence

MOST = 100


def main(space: Space, *, record: str, points: int) -> None:
    """Record the lines of so many points as ``lines``, one in a row, and forget all others too.

    Args:
        space: The student's namespace.
        record: Name of the record.
        points: How many points a line has that is recorded.
    """
    lines = []
    for heights in state(space)["lines"]:
        try:
            lines.append(np.asarray(heights, np.float64).reshape(points))
        except (TypeError, ValueError):
            continue  # of another length, or not of numbers
    state(space)["lines"].clear()
    evidence.record(record, lines=np.reshape(lines[:MOST], (-1, points)))
