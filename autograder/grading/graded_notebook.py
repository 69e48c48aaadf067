"""Graded notebooks in ``autograded/``: verdicts and answers, written and read.

Grading writes what it found into the notebook's metadata. Feedback, the class report and the notes
for formgrader read it from there, so that none of them has to repair, run or judge anything.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_output

from autograder.grading.outline import Outline, Question
from autograder.verdict import Audience, NoteKind, QuestionVerdict, Verdict

NOTES_ID = "autograder-notes"
"""Id of the cell that grading puts at the top of a notebook where there is something to tell."""

_KEY = "autograder"  # of the notebook's metadata
# Colours are said twice, by words and by hue; contrast holds on white and on dark pages.
_PASSED = "color:#1a7f37;font-weight:600"
_FAILED = "color:#c62828;font-weight:600"


@dataclass(frozen=True)
class Record:
    """What grading wrote down about a submission.

    Attributes:
        verdict: The verdict.
        run: Name of the run's folder in ``evidence/ASSIGNMENT``; empty if nothing could be run.
    """

    verdict: Verdict
    run: str = ""

    @property
    def repairs(self) -> list[str]:
        """One sentence for each thing that was put right."""
        return self.verdict.texts(kind=NoteKind.REPAIR)

    def write_to(self, notebook: Any) -> None:
        """Write it into a notebook's metadata, over whatever was there."""
        notebook["metadata"][_KEY] = {
            "run": self.run,
            "verdict": self.verdict.to_record(),
        }


@dataclass(frozen=True)
class Answer:
    """What a student handed in for a question.

    Attributes:
        question: The question.
        cells: The answer: solution cells, and cells of the student's own, before the cell that
            carries the marks.
        provided_cells: Locked cells of the course before that, such as a training.
        grade_cell: The cell that carries the marks; a free-text answer is this cell.
    """

    question: Question
    cells: tuple[Mapping[str, Any], ...]
    provided_cells: tuple[Mapping[str, Any], ...]
    grade_cell: Mapping[str, Any]

    @property
    def text(self) -> str:
        """The code of the answer, or its words if it is in free text."""
        kind = "markdown" if self.question.manual else "code"
        return "\n".join(
            cell["source"].rstrip() for cell in self.cells if cell["cell_type"] == kind
        ).strip()


@dataclass(frozen=True)
class Graded:
    """A graded notebook.

    Attributes:
        student: The student.
        record: What grading wrote down.
        answers: The answer to each question, in the order of the notebook.
    """

    student: str
    record: Record
    answers: tuple[Answer, ...]

    @property
    def cells(self) -> Iterator[Mapping[str, Any]]:
        """All code cells and answers, in order."""
        for answer in self.answers:
            yield from answer.provided_cells
            yield from answer.cells


def read_graded(path: Path, outline: Outline, student: str) -> Graded:
    """Read a graded notebook.

    Args:
        path: The notebook in ``autograded/``.
        outline: Of its assignment.
        student: Whose it is.

    Raises:
        ValueError: If the notebook holds no verdict, because it was graded otherwise.
    """
    return parse(json.loads(path.read_text(encoding="utf-8")), outline, student)


def parse(notebook: Mapping[str, Any], outline: Outline, student: str) -> Graded:
    """Return the verdict and the answers in a graded notebook; see :func:`read_graded`."""
    try:
        record = read_record(notebook)
        known = record.verdict.assignment == outline.assignment
    except ValueError:
        known = False
    if not known:
        raise ValueError(
            f"The graded notebook of {student} holds no verdict of this autograder; run "
            f"`python -m autograder regrade {outline.assignment} --student {student}` first."
        )
    return Graded(student, record, answers_in(notebook, outline))


def read_record(notebook: Mapping[str, Any]) -> Record:
    """Return what grading wrote down in a graded notebook.

    Raises:
        ValueError: If the notebook holds no verdict of this version.
    """
    try:
        content = notebook["metadata"][_KEY]
        return Record(Verdict.from_record(content["verdict"]), str(content["run"]))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"It holds no verdict: {error!r}.") from error


def answers_in(notebook: Mapping[str, Any], outline: Outline) -> tuple[Answer, ...]:
    """Return the answer to each question in a notebook that has the course's marks."""
    questions = {question.grade_id: question for question in outline.questions}
    answers: list[Answer] = []
    students: list[Mapping[str, Any]] = []
    provided: list[Mapping[str, Any]] = []
    for cell in map(_joined, notebook["cells"]):
        nbgrader = cell["metadata"].get("nbgrader", {})
        question = questions.get(nbgrader.get("grade_id"))
        if question is not None:
            text = [cell] if question.manual else []
            answers.append(Answer(question, (*students, *text), tuple(provided), cell))
            students, provided = [], []
        elif nbgrader.get("solution") or _was_added(cell, outline):
            students.append(cell)
        elif cell["cell_type"] == "code":
            provided.append(cell)
    return tuple(answers)


def _was_added(cell: Mapping[str, Any], outline: Outline) -> bool:
    """Return whether the student has added a cell."""
    ours = cell.get("id") in outline.course_cells or cell.get("id") == NOTES_ID
    return not ours and bool(cell["source"].strip())


def _joined(cell: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a cell whose source is one text; files have it in lines."""
    if isinstance(cell["source"], str):
        return cell
    return {**cell, "source": "".join(cell["source"])}


def write_verdict(notebook: NotebookNode, record: Record, grade_ids: dict[str, str]) -> None:
    """Replace the outputs of the grade cells by the verdict, and put notes at the top.

    The plain-text form of an output is the number of points, which nbgrader reads as the mark of
    the cell. Nothing that the student's kernel printed is left in a grade cell. The record itself
    goes into the notebook's metadata, for feedback and report.

    Args:
        notebook: A repaired submission; changed in place.
        record: What grading found.
        grade_ids: Maps grade ids of autograded cells to questions.
    """
    verdict = record.verdict
    record.write_to(notebook)
    notebook.cells = [cell for cell in notebook.cells if cell.get("id") != NOTES_ID]
    for cell in notebook.cells:
        question = grade_ids.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
        if question is not None:
            result = verdict.question(question)
            cell.outputs = [
                new_output(
                    "execute_result",
                    {"text/plain": f"{result.points!r}", "text/html": question_table(result)},
                    execution_count=None,
                )
            ]
            cell.execution_count = None
    notes = verdict.texts(audience=Audience.EVERYONE)
    if notes:
        cell = new_markdown_cell(notes_text(notes))
        cell.id = NOTES_ID
        notebook.cells.insert(0, cell)


def question_table(question: QuestionVerdict) -> str:
    """Return the checks of a question as an HTML table that reads well without colours."""
    rows = "".join(
        '<tr style="vertical-align:top">'
        f'<td style="{_PASSED if check.passed else _FAILED};white-space:nowrap">'
        f"{'✓ passed' if check.passed else '✗ not met'}</td>"
        f'<td style="text-align:left">{html.escape(check.name)}'
        + ("" if check.passed else f"<br><em>{html.escape(check.message)}</em>")
        + f'</td><td style="white-space:nowrap">{check.points:g} / {check.max_points:g}</td></tr>'
        for check in question.checks
    )
    return (
        f'<table style="width:100%"><caption style="text-align:left">'
        f"<strong>{html.escape(question.id)}: {question.points:g} of {question.max_points:g}"
        "</strong></caption><thead><tr>"
        '<th scope="col">Result</th><th scope="col" style="text-align:left">Check</th>'
        f'<th scope="col">Marks</th></tr></thead><tbody>{rows}</tbody></table>'
    )


def notes_text(notes: Sequence[str]) -> str:
    """Return Markdown that lists what happened to a submission, safe to render."""
    items = "\n".join(f"- <span>{_safe(note)}</span>" for note in notes)
    return f"**About this submission**\n\n{items}"


def _safe(text: str) -> str:
    # Names and errors in the notes come from students: no Markdown, no formulas, no HTML.
    special = "\\`*_{}[]()#+!|~$<>&\"'"
    line = " ".join(text.split())
    return "".join(f"&#{ord(char)};" if char in special else char for char in line)
