"""Takes marks out of the gradebook, in the form that an LMS or a spreadsheet reads.

An LMS gets the total of those who are marked completely, and no row for the others: a row with an
empty mark would wipe what the LMS has (Canvas), and a row with the automatic marks alone would pass
for the final ones. The spreadsheet (``folder``, for no LMS) holds everybody and every question.
"""

from __future__ import annotations

import csv
import io
import json
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from nbgrader.api import Gradebook, MissingEntry, SubmittedAssignment
from nbgrader.plugins import ExportPlugin
from traitlets import Enum, Unicode
from traitlets.config.loader import PyFileConfigLoader

from autograder.course import COURSE_ROOT, Assignment, ClassFolder, question_of
from autograder.grading.graded_notebook import read_record
from autograder.grading.marks import require_assignment
from autograder.lms.filenames import SYSTEMS
from autograder.lms.roster import Roster, Student, read_roster
from autograder.verdict import CheckStatus

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NOTHING = "nothing handed in, or not graded"
_WORKSHEET = ("Identifier", "Grade", "Last modified (grade)")  # what Moodle insists on

Row = Sequence[str | float]


@dataclass(frozen=True)
class Marks:
    """A student's marks.

    Attributes:
        student: The student's id.
        last_name: As in the gradebook, or empty.
        first_name: As in the gradebook, or empty.
        email: As in the gradebook, or empty.
        questions: Maps questions to marks; None where a person has still to mark.
        penalty: What is taken off for lateness.
        missing: What is in the way of a final mark; empty if nothing is.
    """

    student: str
    last_name: str = ""
    first_name: str = ""
    email: str = ""
    questions: Mapping[str, float | None] | None = None
    penalty: float = 0.0
    missing: str = ""

    @property
    def total(self) -> float:
        """The marks so far, less what is taken off for lateness."""
        known = (mark for mark in (self.questions or {}).values() if mark is not None)
        return max(0.0, round(sum(known) - self.penalty, 3))


@dataclass(frozen=True)
class Table:
    """A file to write.

    Attributes:
        rows: All rows, with the headers.
        notes: What the person who exports has to know, in sentences.
        byte_order_mark: Whether the file begins with the mark by which spreadsheets know UTF-8.
        quote_texts: Whether all texts are quoted, and not just those that need it.
    """

    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    byte_order_mark: bool = True
    quote_texts: bool = False

    def write(self, path: Path) -> None:
        """Write the file, with no cell that a spreadsheet would take for a formula."""
        text = io.StringIO()
        quoting: Literal[0, 2] = csv.QUOTE_NONNUMERIC if self.quote_texts else csv.QUOTE_MINIMAL
        writer = csv.writer(text, quoting=quoting)
        for row in self.rows:
            writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row])
        encoding = "utf-8-sig" if self.byte_order_mark else "utf-8"
        path.write_bytes(text.getvalue().encode(encoding))


def harmless(cell: str) -> str:
    """Return a text that no spreadsheet takes for a formula, and that stays on one line."""
    is_formula = cell.lstrip(" ").startswith(_FORMULA) and cell.strip() != "-"
    line = " ".join(cell.split())
    return f"'{line}" if is_formula else line


def read_marks(gradebook: Gradebook, assignment: str, *, autograded: Path) -> list[Marks]:
    """Read everybody's marks.

    Args:
        gradebook: nbgrader's gradebook.
        assignment: Name of the assignment.
        autograded: Folder where grading has left notebooks; those with withheld marks say so.

    Returns:
        One for each student of the gradebook, by id.

    Raises:
        ValueError: If the gradebook does not know the assignment.
    """
    require_assignment(gradebook, assignment)
    marks = []
    for student in sorted(gradebook.students, key=lambda one: one.id):
        one = Marks(
            student.id, student.last_name or "", student.first_name or "", student.email or ""
        )
        try:
            submission = gradebook.find_submission(assignment, student.id)
        except MissingEntry:
            marks.append(replace(one, missing=_NOTHING))
            continue
        notebook = autograded / student.id / assignment / f"{assignment}.ipynb"
        marks.append(_marked(one, submission, notebook))
    return marks


def _marked(student: Marks, submission: SubmittedAssignment, notebook: Path) -> Marks:
    grades = [grade for one in submission.notebooks for grade in one.grades]
    questions = {
        question_of(grade.name): None if grade.needs_manual_grade else float(grade.score)
        for grade in grades
    }
    waiting = sorted(question for question, mark in questions.items() if mark is None)
    missing = f"needs manual marking: {', '.join(waiting)}" if waiting else ""
    unread = [one for one in grades if one.cell_type == "code" and one.manual_score is None]
    if unread and _withheld(notebook):
        missing = missing or "marks withheld; read the code that `grade` has named"
    return replace(
        student,
        questions=questions,
        penalty=float(submission.late_submission_penalty or 0.0),
        missing=missing,
    )


def _withheld(notebook: Path) -> bool:
    """Return whether the marks of a graded notebook wait until a person has read its code."""
    if not notebook.is_file():
        return False
    try:
        record = read_record(json.loads(notebook.read_text(encoding="utf-8")))
    except ValueError:
        return False
    return record.verdict.has(CheckStatus.WITHHELD)


def make_table(
    assignment: Assignment,
    marks: Sequence[Marks],
    *,
    system: str,
    roster: Roster | None = None,
    item: str = "",
) -> Table:
    """Put marks into the form of an LMS.

    Args:
        assignment: The assignment.
        marks: Everybody's marks.
        system: The LMS, one of ``names.SYSTEMS``; ``folder`` for a spreadsheet.
        roster: The students, as the LMS exports them. Canvas needs it.
        item: What the LMS calls the grade item; the assignment's name if left out.

    Raises:
        ValueError: If the LMS needs a roster, or another one.
    """
    if system == "folder":
        return _spreadsheet(assignment, marks, roster)
    if system not in _LAYOUTS:
        raise ValueError(f"There is no LMS {system!r}; choose one of: {', '.join(SYSTEMS)}.")
    layout = _LAYOUTS[system](assignment, roster, item or assignment.name)
    notes = [f"{one.student} is not in the file: {one.missing}." for one in marks if one.missing]
    students = {one.id: one for one in roster.students} if roster else {}
    rows: list[Row] = [*layout.first_rows]
    for one in marks:
        if one.missing:
            continue
        student = students.get(one.student)
        if roster and student is None:
            notes.append(f"{one.student} is not in the file: the roster has no such student.")
            continue
        row = layout.row(one.student, student, one.total)
        odd = [cell for cell in (str(row[n]) for n in layout.keys) if harmless(cell) != cell]
        if odd:
            notes.append(
                f'{one.student} is not in the file: a spreadsheet would take "{odd[0]}" for a '
                "formula; enter this mark by hand."
            )
            continue
        rows.append(row)
    return Table(tuple(rows), (*layout.notes, *notes), byte_order_mark=system != "brightspace")


@dataclass(frozen=True)
class _Layout:
    """The rows that an LMS reads.

    Attributes:
        first_rows: Headers, and whatever else comes before the students.
        row: Makes a row of a student's id, roster entry and total.
        keys: Positions of the cells by which the LMS knows a student; they go out unchanged.
        notes: Sentences for the person who exports.
    """

    first_rows: tuple[Row, ...]
    row: Callable[[str, Student | None, float], Row]
    keys: tuple[int, ...]
    notes: tuple[str, ...] = ()


def _brightspace(assignment: Assignment, roster: Roster | None, item: str) -> _Layout:
    known = roster.columns if roster else {}
    keys = [one for one in ("school_id", "username") if one in known]
    if roster and not keys:
        raise ValueError(
            "The roster has neither OrgDefinedId nor Username; export the grades from Brightspace "
            "with both as key fields."
        )
    titles = {"school_id": "OrgDefinedId", "username": "Username"}
    headers = [*(titles[one] for one in keys or ["username"]), f"{item} Points Grade"]

    def row(student_id: str, student: Student | None, total: float) -> Row:
        cells = [student.get(one) for one in keys] if student else [student_id]
        return (*cells, total, "#")

    return _Layout(((*headers, "End-of-Line Indicator"),), row, tuple(range(len(headers) - 1)))


def _canvas(assignment: Assignment, roster: Roster | None, item: str) -> _Layout:
    if roster is None or not {"Student", "ID", "Section"} <= set(roster.headers):
        raise ValueError(
            "Canvas knows students by the first columns of its own gradebook export; export the "
            "gradebook (Grades > Export) and give the file with --roster."
        )
    headers = roster.headers[: roster.headers.index("Section") + 1]
    pattern = re.compile(re.escape(item) + r"( \(\d+\))?")
    column = next((one for one in roster.headers if pattern.fullmatch(one)), "")
    points = next((one for one in roster.other_rows if "Points Possible" in one["Student"]), {})
    maximum, there = _maximum(assignment), points.get(column, "") if column else ""
    notes = []
    if not column:
        notes.append(
            f'Canvas has no assignment "{item}" in this export and will offer to make one; name '
            "another with --item."
        )
    elif there and float(there) != maximum:
        notes.append(f"Canvas gives {there} points for {column}; the marks are out of {maximum:g}.")
    first = [(*headers, column or item)]
    if points:
        first.append((*(points.get(one, "") for one in headers), there or f"{maximum:g}"))

    def row(student_id: str, student: Student | None, total: float) -> Row:
        assert student is not None
        return (*(student.cells.get(one, "") for one in headers), total)

    # Not the name: Canvas goes by the numbers, and a changed name does no harm.
    keys = tuple(n for n, one in enumerate(headers) if one not in ("Student", "Section"))
    return _Layout(tuple(first), row, keys, tuple(notes))


def _moodle(assignment: Assignment, roster: Roster | None, item: str) -> _Layout:
    if roster and set(_WORKSHEET) <= set(roster.headers):
        return _moodle_worksheet(assignment, roster)
    meanings = [m for m in ("school_id", "username", "email") if roster and m in roster.columns]
    titles = [roster.columns[one] for one in meanings] if roster else ["student_id"]

    def row(student_id: str, student: Student | None, total: float) -> Row:
        return (*([student.get(one) for one in meanings] if student else [student_id]), total)

    note = (
        "In Moodle, import the file in the gradebook (Import > CSV file): map a column that "
        f'identifies students, and "{item}" to the grade item.'
    )
    return _Layout(((*titles, item),), row, tuple(range(len(titles))), (note,))


def _moodle_worksheet(assignment: Assignment, roster: Roster) -> _Layout:
    """The assignment's own grading worksheet, filled in; feedback in it stays in Moodle."""
    optional = ("Full name", "Maximum Grade")
    headers = [one for one in roster.headers if one in (*_WORKSHEET, *optional)]
    notes = [
        f"Moodle gives {maximum} points; the marks are out of {_maximum(assignment):g}."
        for maximum in {one.cells.get("Maximum Grade", "") for one in roster.students} - {""}
        if float(maximum) != _maximum(assignment)
    ]

    def row(student_id: str, student: Student | None, total: float) -> Row:
        assert student is not None
        return [total if one == "Grade" else student.cells.get(one, "") for one in headers]

    return _Layout((tuple(headers),), row, (headers.index("Identifier"),), tuple(notes))


_LAYOUTS = {"brightspace": _brightspace, "canvas": _canvas, "moodle": _moodle}


def _spreadsheet(assignment: Assignment, marks: Sequence[Marks], roster: Roster | None) -> Table:
    """Everybody and every question, for a spreadsheet."""
    worth = {**assignment.auto_points, **assignment.manual_points}
    marked = [cell.metadata.get("nbgrader", {}) for cell in assignment.source.cells]
    order = [question_of(one.grade_id) for one in marked if one.get("grade")]
    rows: list[Row] = [
        (
            *("student_id", "last_name", "first_name", "email"),
            *(f"{one} (of {worth[one]:g})" for one in order),
            *("automatic", "manual", "late_penalty", "total", "maximum", "state"),
        )
    ]
    listed = {one.student: one for one in marks}
    students = {one.id: one for one in roster.students if one.id} if roster else {}
    for student in students:
        listed.setdefault(student, Marks(student, missing=_NOTHING))
    for one in listed.values():
        known = [(one.questions or {}).get(question) for question in order]
        parts = [
            sum((one.questions or {}).get(question) or 0.0 for question in points)
            for points in (assignment.auto_points, assignment.manual_points)
        ]
        rows.append(
            (
                *(one.student, *_names_of(one, students.get(one.student))),
                *("" if mark is None else mark for mark in known),
                *((*parts, one.penalty) if one.questions else ("",) * 3),
                "" if one.missing else one.total,
                *(_maximum(assignment), one.missing or "complete"),
            )
        )
    notes = [f"{one.student}: {one.missing}." for one in listed.values() if one.missing]
    return Table(tuple(rows), tuple(notes), quote_texts=True)


def _maximum(assignment: Assignment) -> float:
    return sum(assignment.auto_points.values()) + sum(assignment.manual_points.values())


def _names_of(marks: Marks, student: Student | None) -> tuple[str, str, str]:
    """Return last name, first name and e-mail, from the gradebook or the roster."""
    if student is None or marks.last_name or marks.first_name:
        return marks.last_name, marks.first_name, marks.email
    last, first = student.get("last_name") or student.get("name"), student.get("first_name")
    return last, first, marks.email or student.get("email")


class LmsExporter(ExportPlugin):
    """Exports the marks of one assignment, for ``nbgrader export --exporter``."""

    lms = Enum(SYSTEMS, default_value="folder", help="Where the file is for.").tag(config=True)
    roster = Unicode("", help="CSV file with the students, as the LMS exports it.").tag(config=True)
    id_column = Unicode("", help="Column of the roster that names students.").tag(config=True)
    item = Unicode("", help="What the LMS calls the grade item.").tag(config=True)

    def __init__(self, *, course: Path | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._course = course

    def export(self, gradebook: Gradebook) -> Table:
        """Write the file that ``to`` names.

        Raises:
            ValueError: If not exactly one assignment is named, or an option is no good.
        """
        if len(self.assignment) != 1:
            raise ValueError("An LMS takes one assignment at a time; name it with --assignment.")
        course = self._course or Path(self.parent.coursedir.root)
        assignment = Assignment.find(self.assignment[0])
        marks = read_marks(gradebook, assignment.name, autograded=ClassFolder(course).autograded)
        if self.student:
            marks = [one for one in marks if one.student in self.student]
        path = Path(self.roster) if self.roster else None
        table = make_table(
            assignment,
            marks,
            system=self.lms,
            roster=read_roster(path, id_column=self.id_column) if path else None,
            item=self.item,
        )
        table.write(Path(self.to or f"{assignment.name}_{self.lms}.csv"))
        for note in table.notes:
            self.log.warning("%s", note)
        return table


def export_marks(
    assignment: Assignment,
    out: Path,
    *,
    system: str,
    course: Path = COURSE_ROOT,
    roster: Path | None = None,
    id_column: str = "",
    item: str = "",
) -> Table:
    """Export the marks of an assignment.

    Args:
        assignment: The assignment.
        out: The file to write.
        system: The LMS, one of ``names.SYSTEMS``; ``folder`` for a spreadsheet.
        course: The folder with ``gradebook.db``.
        roster: CSV file with the students, as the LMS exports it.
        id_column: Column of the roster that names students.
        item: What the LMS calls the grade item; the assignment's name if empty.

    Returns:
        What was written.

    Raises:
        ValueError: If there is no gradebook, or an option is no good.
    """
    folder = ClassFolder(course)
    if not folder.gradebook.is_file():
        raise ValueError(f"There is no gradebook {folder.gradebook}; grade first.")
    config = PyFileConfigLoader("nbgrader_config.py", path=str(COURSE_ROOT)).load_config()
    exporter = LmsExporter(
        course=course,
        to=str(out),
        assignment=[assignment.name],
        lms=system,
        roster=str(roster or ""),
        id_column=id_column,
        item=item,
    )
    exporter.log.setLevel(logging.CRITICAL)  # the notes are returned
    with Gradebook(folder.gradebook_url, config.CourseDirectory.course_id) as gradebook:
        return exporter.export(gradebook)
