"""What formgrader shows beside a submission, for the person who marks it.

``nbgrader_config.py`` puts :class:`DeskNotes` in front of formgrader's template. It adds cells to
the page, never to a file: at the top what grading found, and below each free-text answer the model
answer, the marking scheme, the checks that belong to it and the student's pictures so far.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from autograder.course import Assignment, ClassFolder, UnknownAssignmentError
from autograder.grading.graded_notebook import Graded, parse
from autograder.grading.outline import Outline, Question
from autograder.reports.pictures import Picture, pictures_of
from autograder.reports.render import environment, show_markdown
from autograder.reports.reported_training import read_said_runs
from autograder.verdict import Audience, NoteKind, QuestionVerdict

_PICTURES = 8  # beside one answer
_MARKERS = re.compile(r"^\s*(?:<!--\s*)?(?:###|===) (?:BEGIN|END) .*$", re.MULTILINE)


class DeskNotes(Preprocessor):
    """Adds what a marker needs to formgrader's page of a submission."""

    enabled = True

    @property
    def store(self) -> str:
        """Where runs are stored, if ``RunAndJudge`` is configured with a folder."""
        return str(self.config.RunAndJudge.get("store", ""))

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Add the notes, unless this page is not formgrader's or the assignment is not ours."""
        if "submission_id" not in resources:
            return nb, resources
        try:
            assignment = Assignment.find(resources["assignment_id"])
        except UnknownAssignmentError:
            return nb, resources
        try:
            graded = parse(nb, Outline.of(assignment), resources["student"])
        except ValueError as error:
            nb.cells.insert(0, _cell(Markup('<div class="desk">{}</div>').format(str(error))))
            return nb, resources
        # autograded/STUDENT/ASSIGNMENT is in the course's folder.
        root = Path(resources["metadata"]["path"]).parents[2]
        folder = ClassFolder(root, Path(self.store) if self.store else root / "evidence")
        schemes = {
            cell.metadata.nbgrader.grade_id: cell
            for cell in assignment.source.cells
            if cell.cell_type == "markdown" and cell.metadata.get("nbgrader", {}).get("grade")
        }
        templates = environment()
        cells = [_cell(templates.get_template("desk.html.j2").render(**_findings(graded, folder)))]
        beside = templates.get_template("beside.html.j2")
        notes = {
            question.grade_id: _cell(
                beside.render(
                    question=question,
                    scheme=_scheme(schemes[question.grade_id]),
                    pictures=_pictures_before(graded, question),
                    checks=_checks_before(graded, question),
                )
            )
            for question in (answer.question for answer in graded.answers)
            if question.manual
        }
        for cell in nb.cells:
            cells.append(cell)
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            if name in notes:
                cells.append(notes[name])
        nb.cells = cells
        return nb, resources


def _cell(html: str) -> NotebookNode:
    # To Markdown, HTML goes on until the first empty line.
    return new_markdown_cell("\n".join(line for line in html.splitlines() if line.strip()))


def _findings(graded: Graded, folder: ClassFolder) -> dict[str, Any]:
    record, assignment = graded.record, graded.record.verdict.assignment
    run = folder.run_record(assignment, record.run or "-")
    page = folder.report_page(assignment)
    known = _read(page.with_suffix(".json"))
    return {
        "verdict": record.verdict,
        "for_you": list(map(str, record.verdict.notes_for(Audience.INSTRUCTOR))),
        "problems": record.verdict.texts(audience=Audience.EVERYONE, kind=NoteKind.PROBLEM),
        "repairs": record.repairs,
        "resources": _read(run).get("resources", {}),
        "said": read_said_runs(graded, folder.submission(assignment, graded.student)),
        "report_made": known.get("made", ""),
        "in_report": known.get("students", {}).get(graded.student),
        "assignment": assignment,
    }


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _scheme(cell: Mapping[str, Any]) -> Markup:
    """Return the model answer and the marking scheme of a free-text question."""
    return show_markdown({"source": _MARKERS.sub("", cell["source"]).strip()})


def _pictures_before(graded: Graded, question: Question) -> list[tuple[str, Picture]]:
    """Return the last picture of each cell before an answer, with the cell's question."""
    found = []
    for answer in graded.answers:
        for cell in (*answer.provided_cells, *answer.cells):
            still = [one for one in pictures_of(cell) if one.mime != "image/gif"]
            if still:
                found.append((answer.question.name, still[-1]))
        if answer.question == question:
            break
    return found[-_PICTURES:]


def _checks_before(graded: Graded, question: Question) -> list[tuple[str, QuestionVerdict]]:
    """Return the verdicts on the automatic questions of the same section, up to an answer."""
    verdicts = {one.id: one for one in graded.record.verdict.questions}
    return [
        (one.name, verdicts[one.id])
        for one in _until(graded, question)
        if one.section == question.section and one.id in verdicts
    ]


def _until(graded: Graded, question: Question) -> Iterator[Question]:
    for answer in graded.answers:
        if answer.question == question:
            return
        yield answer.question
