"""What formgrader shows beside a submission, for the person who marks it.

``nbgrader_config.py`` puts :class:`DeskNotes` in front of formgrader's template. It adds cells to
the page, never to a file: at the top what grading found, and below each free-text answer the model
answer, the marking scheme, the checks that belong to it and the student's pictures so far.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from autograder.course import Assignment, ClassFolder, UnknownAssignmentError
from autograder.grading.graded_notebook import Graded, parse
from autograder.grading.outline import Outline, Question
from autograder.grading.stored_runs import read_resources
from autograder.reports.class_report import ReportExcerpt
from autograder.reports.pictures import Picture, pictures_of
from autograder.reports.render import environment, show_markdown
from autograder.reports.reported_training import read_reported_training
from autograder.verdict import Audience, NoteKind, QuestionVerdict

_PICTURES = 8  # beside one answer
_MARKERS = re.compile(r"^\s*(?:<!--\s*)?(?:###|===) (?:BEGIN|END) .*$", re.MULTILINE)


class DeskNotes(Preprocessor):
    """Adds what a marker needs to formgrader's page of a submission."""

    enabled = True

    @property
    def store(self) -> Path | None:
        """Where runs are stored, if ``RunAndJudge`` is configured with a folder."""
        configured = self.config.RunAndJudge.get("store", "")
        return Path(configured) if configured else None

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
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
            refusal = Markup('<div class="marking-notes">{}</div>').format(str(error))
            nb.cells.insert(0, _cell(refusal))
            return nb, resources
        folder = ClassFolder.of_graded(Path(resources["metadata"]["path"]), self.store)
        notes = _notes_on_answers(graded, assignment)
        cells = [_cell(_summary(graded, folder))]
        for cell in nb.cells:
            cells.append(cell)
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            if name in notes:
                cells.append(notes[name])
        nb.cells = cells
        return nb, resources


def _cell(html: str) -> NotebookNode:
    # To Markdown, HTML goes on until the first empty line.
    cell: NotebookNode = new_markdown_cell(
        "\n".join(line for line in html.splitlines() if line.strip())
    )
    return cell


def _summary(graded: Graded, folder: ClassFolder) -> str:
    """Return what grading found, for the top of the page."""
    record, assignment = graded.record, graded.record.verdict.assignment
    report = ReportExcerpt.read(folder.report_excerpt(assignment))
    return (
        environment()
        .get_template("marking_notes.html.j2")
        .render(
            assignment=assignment,
            verdict=record.verdict,
            for_instructor=list(map(str, record.verdict.notes_for(Audience.INSTRUCTOR))),
            problems=record.verdict.texts(audience=Audience.EVERYONE, kind=NoteKind.PROBLEM),
            repairs=record.repairs,
            resources=read_resources(folder, assignment, record.run),
            reported=read_reported_training(graded, folder.submission(assignment, graded.student)),
            report_made=report.made if report else "",
            excerpt=report.students.get(graded.student) if report else None,
        )
    )


def _notes_on_answers(graded: Graded, assignment: Assignment) -> dict[str, NotebookNode]:
    """Return the cell that stands below each free-text answer, by the answer's grade id."""
    template = environment().get_template("beside.html.j2")
    schemes = {
        cell.metadata.nbgrader.grade_id: cell
        for cell in assignment.source.cells
        if cell.cell_type == "markdown" and cell.metadata.get("nbgrader", {}).get("grade")
    }
    return {
        question.grade_id: _cell(
            template.render(
                question=question,
                scheme=_scheme(schemes[question.grade_id]),
                pictures=_pictures_before(graded, question),
                checks=_checks_before(graded, question),
            )
        )
        for question in (answer.question for answer in graded.answers)
        if question.manual
    }


def _scheme(cell: Mapping[str, Any]) -> Markup:
    """Return the model answer and the marking scheme of a free-text question."""
    return show_markdown({"source": _MARKERS.sub("", cell["source"]).strip()})


def _pictures_before(graded: Graded, question: Question) -> list[tuple[str, Picture]]:
    """Return the last picture of each cell before an answer, with the cell's question."""
    last = []
    for answer in graded.answers:
        for cell in (*answer.provided_cells, *answer.cells):
            still = [picture for picture in pictures_of(cell) if picture.mime != "image/gif"]
            if still:
                last.append((answer.question.name, still[-1]))
        if answer.question == question:
            break
    return last[-_PICTURES:]


def _checks_before(graded: Graded, question: Question) -> list[tuple[str, QuestionVerdict]]:
    """Return the verdicts on the automatic questions of the same section, up to an answer."""
    verdicts = {verdict.id: verdict for verdict in graded.record.verdict.questions}
    questions = [answer.question for answer in graded.answers]
    return [
        (before.name, verdicts[before.id])
        for before in questions[: questions.index(question)]
        if before.section == question.section and before.id in verdicts
    ]
