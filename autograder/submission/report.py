"""What the repair of a submission reports."""

from __future__ import annotations

from dataclasses import dataclass, field

from nbformat import NotebookNode


@dataclass(frozen=True)
class Repair:
    """One thing that was put right in a submission.

    Attributes:
        kind: A short fixed word for programs, such as ``"restored"`` or ``"duplicate"``.
        cell: The grade id of the cell, or ``"notebook"`` where it is not about one cell.
        message: One plain sentence for the student.
    """

    kind: str
    cell: str
    message: str


@dataclass(frozen=True)
class RepairResult:
    """A repaired notebook and the story of its repair.

    Attributes:
        notebook: A valid notebook of format 4.5 that holds every nbgrader cell of the source
            exactly once, in the source's order, with the source's metadata.
        repairs: What was put right; empty for an intact submission.
        problems: What could not be put right and puts the marks in doubt, one sentence each.
    """

    notebook: NotebookNode
    repairs: list[Repair] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def shown(text: str, *, limit: int = 60) -> str:
    """Return a student's own name for something, fit to stand in a message: short, on one line."""
    return "".join(c if c.isprintable() else "?" for c in text[:limit])
