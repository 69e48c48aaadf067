"""What the repair of a submission reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from nbformat import NotebookNode

WHOLE_NOTEBOOK = "notebook"
"""Stands for a cell's grade id in reports that are not about a single cell."""


class RepairKind(StrEnum):
    """What was put right."""

    # Which file is graded
    RENAMED = "renamed"
    SEVERAL = "several"
    LINK = "link"
    NOT_FOUND = "not-found"
    # What the file says about itself
    KERNEL = "kernel"
    TAGS = "tags"
    EDITOR = "editor"
    FLAGS = "flags"
    # The course's cells in it
    REORDERED = "reordered"
    MARKS_LOST = "marks-lost"
    BY_PLACE = "by-place"
    MERGED = "merged"
    DUPLICATE = "duplicate"
    CELL_TYPE = "cell-type"
    RESTORED = "restored"
    MISSING = "missing"
    # Cells of the student's and what they show
    EXTRA_GRADED = "extra-graded"
    ANSWER_BESIDE = "answer-beside"
    MARKUP = "markup"
    OUTPUTS = "outputs"


class ProblemKind(StrEnum):
    """What could not be put right."""

    UNREADABLE = "unreadable"
    ENCODING = "encoding"
    OLD_FORMAT = "old-format"
    CUT = "cut"
    DAMAGED_CELLS = "damaged-cells"
    WRONG_NOTEBOOK = "wrong-notebook"


@dataclass(frozen=True)
class Repair:
    """One thing that was put right in a submission.

    Attributes:
        kind: What it was.
        cell: The grade id of the cell, or :data:`WHOLE_NOTEBOOK`.
        message: One plain sentence for the student.
    """

    kind: RepairKind
    cell: str
    message: str


@dataclass(frozen=True)
class Problem:
    """One thing that could not be put right, and puts the marks in doubt.

    Attributes:
        kind: What it is. Nothing can be graded if it is ``UNREADABLE``.
        message: One plain sentence for the student.
    """

    kind: ProblemKind
    message: str


@dataclass(frozen=True)
class RepairResult:
    """A repaired notebook and the story of its repair.

    Attributes:
        notebook: A valid notebook of format 4.5 that holds every nbgrader cell of the source
            exactly once, in the source's order, with the source's metadata.
        repairs: What was put right; empty for an intact submission.
        problems: What could not be put right.
    """

    notebook: NotebookNode
    repairs: list[Repair] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


class RepairLog:
    """Collects the repairs of one submission, each once.

    Attributes:
        repairs: What was put right so far.
    """

    def __init__(self) -> None:
        self.repairs: list[Repair] = []

    def add(self, kind: RepairKind, message: str, cell: str = WHOLE_NOTEBOOK) -> None:
        """Add a repair, unless it is there already."""
        repair = Repair(kind, cell, message)
        if repair not in self.repairs:
            self.repairs.append(repair)


def shown(text: str, *, limit: int = 60) -> str:
    """Return a student's name for something, fit to stand in a message: short, on one line."""
    return "".join(c if c.isprintable() else "?" for c in text[:limit])
