"""Reads the marks of a class from nbgrader's gradebook, all in a few queries.

nbgrader's own feedback asks for every cell of every student one by one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

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
    """Refuse a gradebook that does not know an assignment.

    Raises:
        ValueError: If it does not know it; the text says what to do.
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

        def rows(*columns: Any) -> Any:
            query = (
                select(SubmittedAssignment.student_id, *columns)
                .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
                .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
                .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
                .where(Assignment.name == assignment, Notebook.name == assignment)
            )
            if student is not None:
                query = query.where(SubmittedAssignment.student_id == student)
            return query

        def rows_of_cells(table: Any, *columns: Any) -> Any:
            return (
                rows(BaseCell.name, *columns)
                .join(table, table.notebook_id == SubmittedNotebook.id)
                .join(BaseCell, BaseCell.id == table.cell_id)
            )

        execute = gradebook.db.execute
        return _by_student(
            execute(rows(SubmittedNotebook.late_submission_penalty)),
            execute(
                rows_of_cells(Grade, Grade.score, Grade.manual_score, Grade.needs_manual_grade)
            ),
            execute(rows_of_cells(Comment, Comment.manual_comment)),
        )


def _by_student(
    penalties: Iterable[tuple[str, float | None]],
    grades: Iterable[tuple[str, str, float | None, float | None, bool]],
    comments: Iterable[tuple[str, str, str | None]],
) -> dict[str, StudentMarks]:
    """Return rows of the gradebook by student.

    Args:
        penalties: Every student, and what is taken off.
        grades: Student, cell, marks, marks by hand, whether a person has still to look at it.
        comments: Student, cell, comment.
    """
    scores: defaultdict[str, dict[str, float]] = defaultdict(dict)
    waiting: defaultdict[str, set[str]] = defaultdict(set)
    by_hand: defaultdict[str, set[str]] = defaultdict(set)
    texts: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for student, cell, score, manual_score, needs_manual_grade in grades:
        scores[student][cell] = float(score or 0.0)
        if needs_manual_grade:
            waiting[student].add(cell)
        elif manual_score is not None:
            by_hand[student].add(cell)
    # nbgrader's own comment on an empty answer, "No response.", is not among a person's.
    for student, cell, comment in comments:
        if comment:
            texts[student][cell] = comment
    return {
        student: StudentMarks(
            scores[student],
            frozenset(waiting[student]),
            frozenset(by_hand[student]),
            texts[student],
            float(penalty or 0.0),
        )
        for student, penalty in penalties
    }
