"""Reads marks out of the gradebook, and whether they are final."""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry, Student, SubmittedAssignment

from autograder.course import Assignment, ClassFolder, question_of
from autograder.grading.graded_notebook import read_record
from autograder.grading.marks import require_assignment
from autograder.verdict import CheckStatus


class MarksState(enum.Enum):
    """Whether a student's marks are final, and what is in the way if not."""

    FINAL = enum.auto()
    NOT_GRADED = enum.auto()
    NEEDS_MARKING = enum.auto()
    WITHHELD = enum.auto()


@dataclass(frozen=True)
class Marks:
    """A student's marks.

    Attributes:
        student: The student's id.
        state: Whether they are final.
        last_name: As in the gradebook, or empty.
        first_name: As in the gradebook, or empty.
        email: As in the gradebook, or empty.
        questions: Maps questions to marks; None where a person has still to mark.
        penalty: What is taken off for lateness, in marks.
    """

    student: str
    state: MarksState
    last_name: str = ""
    first_name: str = ""
    email: str = ""
    questions: Mapping[str, float | None] = field(default_factory=dict)
    penalty: float = 0.0

    @property
    def total(self) -> float:
        """The marks so far, less what is taken off for lateness."""
        marks = (mark for mark in self.questions.values() if mark is not None)
        return max(0.0, round(sum(marks) - self.penalty, 3))

    @property
    def is_final(self) -> bool:
        """Whether nothing is in the way of a final mark."""
        return self.state is MarksState.FINAL

    @property
    def description(self) -> str:
        """What to say about the state."""
        if self.state is MarksState.NEEDS_MARKING:
            waiting = sorted(name for name, mark in self.questions.items() if mark is None)
            return f"needs manual marking: {', '.join(waiting)}"
        return {
            MarksState.FINAL: "complete",
            MarksState.NOT_GRADED: "nothing handed in, or not graded",
            MarksState.WITHHELD: "marks withheld; read the code that `grade` has named",
        }[self.state]


def maximum_of(assignment: Assignment) -> float:
    """Return the marks that an assignment is out of."""
    return sum(assignment.auto_points.values()) + sum(assignment.manual_points.values())


def read_marks(gradebook: Gradebook, assignment: str, *, folder: ClassFolder) -> list[Marks]:
    """Read everybody's marks.

    Args:
        gradebook: nbgrader's gradebook.
        assignment: Name of the assignment.
        folder: Where the class was graded; graded notebooks say which marks are withheld.

    Returns:
        One for each student of the gradebook, by id.

    Raises:
        ValueError: If the gradebook does not know the assignment.
    """
    require_assignment(gradebook, assignment)
    marks = []
    for student in sorted(gradebook.students, key=lambda student: student.id):
        try:
            submission = gradebook.find_submission(assignment, student.id)
        except MissingEntry:
            marks.append(_marks(student, MarksState.NOT_GRADED))
            continue
        notebook = folder.graded_notebook(assignment, student.id)
        marks.append(_submitted_marks(student, submission, notebook))
    return marks


def _marks(
    student: Student,
    state: MarksState,
    questions: Mapping[str, float | None] | None = None,
    penalty: float = 0.0,
) -> Marks:
    return Marks(
        student.id,
        state,
        last_name=student.last_name or "",
        first_name=student.first_name or "",
        email=student.email or "",
        questions=questions or {},
        penalty=penalty,
    )


def _submitted_marks(student: Student, submission: SubmittedAssignment, notebook: Path) -> Marks:
    grades = [grade for part in submission.notebooks for grade in part.grades]
    questions = {
        question_of(grade.name): None if grade.needs_manual_grade else float(grade.score)
        for grade in grades
    }
    state = MarksState.FINAL
    if None in questions.values():
        state = MarksState.NEEDS_MARKING
    elif any(grade.cell_type == "code" and grade.manual_score is None for grade in grades):
        # Nobody has given marks after reading the code.
        state = MarksState.WITHHELD if _are_withheld(notebook) else MarksState.FINAL
    penalty = float(submission.late_submission_penalty or 0.0)
    return _marks(student, state, questions, penalty)


def _are_withheld(notebook: Path) -> bool:
    """Return whether the marks of a graded notebook wait until a person has read its code."""
    if not notebook.is_file():
        return False
    try:
        record = read_record(json.loads(notebook.read_text(encoding="utf-8")))
    except ValueError:
        return False
    return record.verdict.has(CheckStatus.WITHHELD)
