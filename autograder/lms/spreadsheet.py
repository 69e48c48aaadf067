"""Everybody and every question as a spreadsheet, for those who use no LMS."""

from __future__ import annotations

from collections.abc import Sequence

from autograder.course import Assignment, question_of
from autograder.lms.csv_table import Row, Table
from autograder.lms.final_marks import Marks, MarksState, maximum_of
from autograder.lms.roster import Roster, Student


def spreadsheet(assignment: Assignment, marks: Sequence[Marks], roster: Roster | None) -> Table:
    """Put marks into a spreadsheet: a row for each student, a column for each question.

    Args:
        assignment: The assignment.
        marks: Everybody's marks.
        roster: The students; those who are not in the gradebook get a row too.
    """
    questions = _questions(assignment)
    rows: list[Row] = [
        (
            *("student_id", "last_name", "first_name", "email"),
            *(f"{question} (of {points:g})" for question, points in questions.items()),
            *("automatic", "manual", "late_penalty", "total", "maximum", "state"),
        )
    ]
    everyone = {student.student: student for student in marks}
    listed = {student.id: student for student in roster.students if student.id} if roster else {}
    for student_id in listed:
        everyone.setdefault(student_id, Marks(student_id, MarksState.NOT_GRADED))
    for student in everyone.values():
        rows.append(
            (
                *(student.student, *_names(student, listed.get(student.student))),
                *_marks_by_question(student, questions),
                *_sums(student, assignment),
                student.total if student.is_final else "",
                *(maximum_of(assignment), student.description),
            )
        )
    notes = [
        f"{student.student}: {student.description}."
        for student in everyone.values()
        if not student.is_final
    ]
    return Table(tuple(rows), tuple(notes), quote_texts=True)


def _questions(assignment: Assignment) -> dict[str, float]:
    """Return the points of all questions, in notebook order."""
    points = {**assignment.auto_points, **assignment.manual_points}
    metadata = (cell.metadata.get("nbgrader", {}) for cell in assignment.source.cells)
    order = [question_of(marks.grade_id) for marks in metadata if marks.get("grade")]
    return {question: points[question] for question in order}


def _names(marks: Marks, student: Student | None) -> tuple[str, str, str]:
    """Return last name, first name and e-mail, from the gradebook or the roster."""
    if student is None or marks.last_name or marks.first_name:
        return marks.last_name, marks.first_name, marks.email
    last, first = student.get("last_name") or student.get("name"), student.get("first_name")
    return last, first, marks.email or student.get("email")


def _marks_by_question(marks: Marks, questions: dict[str, float]) -> list[str | float]:
    cells = [marks.questions.get(question) for question in questions]
    return ["" if mark is None else mark for mark in cells]


def _sums(marks: Marks, assignment: Assignment) -> tuple[str | float, ...]:
    """Return the sums of automatic and manual marks, and what is taken off for lateness."""
    if not marks.questions:
        return ("", "", "")
    automatic, manual = (
        sum(marks.questions.get(question) or 0.0 for question in points)
        for points in (assignment.auto_points, assignment.manual_points)
    )
    return automatic, manual, marks.penalty
