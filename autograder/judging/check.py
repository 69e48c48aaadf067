"""What check files are written with. A check is an ordinary pytest test:

    @check("q2_1", points=0.5, title="Batches have the new size")
    def test_batch_size(evidence):
        seen = evidence.recorded("q2_1").get("batch_size", Number).value
        require(seen == 64, f"BATCH_SIZE is {seen}; the question asks for another value.")

The sentence goes to the student: it says what was seen and where to look, never the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from autograder.evidence.reader import Evidence, Recording
from autograder.evidence.unmet import Unmet, require
from autograder.judging.networks import Architecture

__all__ = ["Drawn", "Evidence", "Rebuild", "Recording", "Unmet", "check", "require"]

Drawn = Callable[[str], dict[str, Any]]
"""The fixture ``drawn``: gives what the hook of a name drew for the run."""

Rebuild = Callable[..., Architecture]
"""The fixture ``rebuild``: gives the architecture of a recorded model, by record and name."""

_Test = TypeVar("_Test", bound=Callable[..., Any])


def check(question: str, *, points: float, title: str) -> Callable[[_Test], _Test]:
    """Mark a test function as a check.

    Args:
        question: The question that it belongs to, such as ``q2_1``.
        points: What it is worth. The checks of a question add up to its points.
        title: What is checked, in a few words, for the student.

    Raises:
        ValueError: If ``points`` is not positive.
    """
    if points <= 0:
        raise ValueError(f"A check is worth more than {points} points, or it is none.")
    return pytest.mark.check(question=question, points=points, title=title)
