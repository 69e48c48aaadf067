"""What an assignment asks, question by question, as its notebook has it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from autograder.course import Assignment, question_of

_HEADING = re.compile(r"^(#{2,4}) +(.+?)\s*$", re.MULTILINE)
_WORTH = re.compile(r"\s*\(\d[^)]*marks?[^)]*\)")


@dataclass(frozen=True)
class Question:
    """A question of an assignment, as the course's notebook has it.

    Attributes:
        id: Its id, such as ``q2_1``.
        grade_id: The cell that carries its marks, such as ``q2_1_check``.
        title: Its heading, without marks: ``Question v1: the encoder``.
        section: Heading of the section that it is in.
        points: What it is worth.
        manual: Whether a person marks it.
    """

    id: str
    grade_id: str
    title: str
    section: str
    points: float
    manual: bool

    @property
    def name(self) -> str:
        """The title as far as its colon, for places that are narrow: ``Question v1``."""
        return self.title.partition(":")[0]


@dataclass(frozen=True)
class Outline:
    """What there is to know about an assignment to read graded notebooks of it.

    Attributes:
        assignment: Its name.
        questions: Its questions, in order.
        course_cells: Ids of the course's own cells.
    """

    assignment: str
    questions: tuple[Question, ...]
    course_cells: frozenset[str]

    @classmethod
    def of(cls, assignment: Assignment) -> Outline:
        """Return the outline of an assignment as its source is now."""
        cells = frozenset(cell.id for cell in assignment.source.cells)
        return cls(assignment.name, tuple(_questions(assignment)), cells)


def _questions(assignment: Assignment) -> Iterator[Question]:
    title, section = "", ""
    for cell in assignment.source.cells:
        nbgrader = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "markdown" and not nbgrader.get("grade"):
            for level, heading in _HEADING.findall(cell.source):
                section = _plain(heading) if level == "##" else section
                title = "" if level == "##" else _plain(heading)
        if nbgrader.get("grade"):
            identity = question_of(nbgrader["grade_id"])
            yield Question(
                identity,
                nbgrader["grade_id"],
                title or identity,
                section,
                float(nbgrader["points"]),
                cell.cell_type == "markdown",
            )


def _plain(heading: str) -> str:
    return _WORTH.sub("", re.sub(r"[`*$]", "", heading)).strip()
