"""Reads the marks of a class from nbgrader's gradebook, all in a few queries.

nbgrader's own feedback asks for every cell of every student one by one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    MissingEntry,
    Notebook,
    SubmittedAssignment,
    SubmittedNotebook,
)
from sqlalchemy import select


@dataclass(frozen=True)
class StudentMarks:
    """What the gradebook says of one submission.

    Attributes:
        scores: Marks by grade id, those that a person has given instead of ours included.
        waiting: Grade ids that a person has still to look at.
        by_hand: Grade ids that a person has given marks for.
        comments: What a person has written about an answer, by the grade id of its cell.
        penalty: What is taken off for lateness.
    """

    scores: Mapping[str, float] = field(default_factory=dict)
    waiting: frozenset[str] = frozenset()
    by_hand: frozenset[str] = frozenset()
    comments: Mapping[str, str] = field(default_factory=dict)
    penalty: float = 0.0

    @property
    def total(self) -> float:
        """All marks so far, less what is taken off for lateness."""
        return max(0.0, round(sum(self.scores.values()) - self.penalty, 3))


def require_assignment(gradebook: Gradebook, assignment: str) -> None:
    """Say what to do if a gradebook does not know an assignment.

    Raises:
        ValueError: If it does not.
    """
    try:
        gradebook.find_assignment(assignment)
    except MissingEntry:
        raise ValueError(
            f"The gradebook does not know {assignment}; run `nbgrader generate_assignment "
            f"{assignment}` and grade first."
        ) from None


def read_class_marks(
    address: str, assignment: str, *, student: str | None = None
) -> dict[str, StudentMarks]:
    """Read the marks of everybody, or of one student.

    Args:
        address: Of the gradebook, as SQLAlchemy wants it.
        assignment: Name of the assignment.
        student: Only this one; everybody if left out.

    Returns:
        Marks by student.

    Raises:
        ValueError: If the gradebook does not know the assignment.
    """
    with Gradebook(address) as gradebook:
        require_assignment(gradebook, assignment)

        def rows(*columns):
            query = (
                select(SubmittedAssignment.student_id, *columns)
                .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
                .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
                .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
                .where(Assignment.name == assignment, Notebook.name == assignment)
            )
            return (
                query if student is None else query.where(SubmittedAssignment.student_id == student)
            )

        of_cells = {
            table: lambda *columns, table=table: gradebook.db.execute(
                rows(BaseCell.name, *columns)
                .join(table, table.notebook_id == SubmittedNotebook.id)
                .join(BaseCell, BaseCell.id == table.cell_id)
            )
            for table in (Grade, Comment)
        }
        scores: dict[str, dict[str, float]] = {}
        waiting: dict[str, set[str]] = {}
        by_hand: dict[str, set[str]] = {}
        comments: dict[str, dict[str, str]] = {}
        for name, cell, score, manual, needed in of_cells[Grade](
            Grade.score, Grade.manual_score, Grade.needs_manual_grade
        ):
            scores.setdefault(name, {})[cell] = float(score or 0.0)
            if needed:
                waiting.setdefault(name, set()).add(cell)
            elif manual is not None:
                by_hand.setdefault(name, set()).add(cell)
        # nbgrader's own comment on an empty answer, "No response.", is said in other words.
        for name, cell, comment in of_cells[Comment](Comment.manual_comment):
            if comment:
                comments.setdefault(name, {})[cell] = comment
        penalties = gradebook.db.execute(rows(SubmittedNotebook.late_submission_penalty))
        return {
            name: StudentMarks(
                scores.get(name, {}),
                frozenset(waiting.get(name, ())),
                frozenset(by_hand.get(name, ())),
                comments.get(name, {}),
                float(penalty or 0.0),
            )
            for name, penalty in penalties
        }
