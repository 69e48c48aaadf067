"""The page that a student gets back: what was checked, what was seen, where to look.

It is one file without scripts, for a phone, for paper, for a screen reader and for dark screens. It
holds the student's own answers, outputs and marks, and nothing of anybody else.

``nbgrader generate_feedback`` and its button in formgrader write it through
:class:`FeedbackExporter`; ``python -m autograder feedback`` writes those of a class at once.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from markupsafe import Markup
from nbconvert.exporters import Exporter
from nbformat import NotebookNode

from autograder.course import Assignment, ClassFolder
from autograder.grading.graded_notebook import Answer, Graded, parse, read_graded
from autograder.grading.marks import StudentMarks, read_class_marks
from autograder.grading.outline import Outline
from autograder.reports.pictures import pictures_of
from autograder.reports.render import environment, show_cell, show_markdown, show_picture
from autograder.verdict import Audience, QuestionVerdict


@dataclass(frozen=True)
class _Shown:
    """A question as the template wants it."""

    answer: Answer
    marks: StudentMarks
    verdict: QuestionVerdict | None

    @property
    def id(self) -> str:
        return self.answer.question.id

    @property
    def title(self) -> str:
        return self.answer.question.title

    @property
    def section(self) -> str:
        return self.answer.question.section

    @property
    def points(self) -> float:
        return self.answer.question.points

    @property
    def manual(self) -> bool:
        return self.answer.question.manual

    @property
    def score(self) -> float:
        return self.marks.scores.get(self.answer.question.grade_id, 0.0)

    @property
    def waiting(self) -> bool:
        return self.answer.question.grade_id in self.marks.waiting

    @property
    def changed_by_hand(self) -> bool:
        return self.verdict is not None and abs(self.score - self.verdict.points) > 1e-6

    @property
    def summary(self) -> str:
        if self.verdict is None:
            if self.waiting:
                return "waits for a person"
            read = self.answer.question.grade_id in self.marks.by_hand
            return "read by a person" if read else "not answered"
        unmet = sum(not check.passed for check in self.verdict.checks)
        if not unmet:
            return "all checks passed"
        return f"{unmet} of {len(self.verdict.checks)} checks not met"

    @property
    def comments(self) -> list[Markup]:
        cells = [*self.answer.cells, self.answer.grade_cell]
        names = dict.fromkeys(_grade_id(cell) for cell in cells)
        found = [self.marks.comments[name] for name in names if name in self.marks.comments]
        return [show_markdown({"source": comment}) for comment in found]

    @property
    def blocks(self) -> list[Markup]:
        return [
            block
            for cell in self.answer.cells
            if cell["source"].strip()
            for block in show_cell(cell, f"your answer to {self.answer.question.name}")
        ]

    @cached_property
    def pictures(self) -> list[Markup]:
        pictures = [picture for cell in self.answer.provided_cells for picture in pictures_of(cell)]
        return [
            show_picture(
                picture, f"Picture {number} from the cells before {self.answer.question.name}"
            )
            for number, picture in enumerate(pictures, 1)
        ]


def _grade_id(cell: Mapping[str, Any]) -> str:
    return cell["metadata"].get("nbgrader", {}).get("grade_id", "")


class FeedbackPage:
    """Makes the pages of one assignment.

    Args:
        outline: Of the assignment.
    """

    def __init__(self, outline: Outline) -> None:
        self.outline = outline
        self._template = environment().get_template("feedback.html.j2")

    def render(self, graded: Graded, marks: StudentMarks) -> str:
        """Return the page of one student.

        Args:
            graded: The graded notebook.
            marks: What the gradebook says.
        """
        verdict = graded.record.verdict
        automatic = {question.id: question for question in verdict.questions}
        questions = [
            _Shown(answer, marks, automatic.get(answer.question.id)) for answer in graded.answers
        ]
        return self._template.render(
            assignment=self.outline.assignment,
            student=graded.student,
            total=marks.total,
            max_total=sum(question.points for question in self.outline.questions),
            penalty=marks.penalty,
            waiting=[one for one in questions if one.waiting and one.manual],
            notes=verdict.texts(audience=Audience.EVERYONE),
            questions=questions,
        )


class FeedbackExporter(Exporter):
    """Makes nbgrader write our page, in ``nbgrader_config.py`` under ``GenerateFeedback``."""

    file_extension = ".html"

    def __init__(self, config: Any = None, **kwargs: Any) -> None:
        super().__init__(config=config, **kwargs)
        self._pages: dict[str, FeedbackPage] = {}

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict | None = None, **kwargs: Any
    ) -> tuple[Any, dict[str, Any]]:
        """Return the page that belongs to a graded notebook, with the marks of this moment."""
        nb, resources = super().from_notebook_node(nb, resources, **kwargs)
        place = resources["nbgrader"]
        name, student = place["assignment"], place["student"]
        if name not in self._pages:
            self._pages[name] = FeedbackPage(Outline.of(Assignment.find(name)))
        page = self._pages[name]
        marks = read_class_marks(place["db_url"], name, student=student)
        graded = parse(nb, page.outline, student)
        return page.render(graded, marks.get(student, StudentMarks())), resources


def write_feedback(
    assignment: Assignment, folder: ClassFolder, *, students: Iterable[str] | None = None
) -> tuple[list[Path], dict[str, str]]:
    """Write the feedback pages of a class where nbgrader would.

    Args:
        assignment: The assignment.
        folder: Where the class is.
        students: Only these; everybody who has been graded if left out.

    Returns:
        The pages, and a sentence for each student for whom there is none.

    Raises:
        ValueError: If nobody has been graded, or the gradebook does not know the assignment.
    """
    graded = folder.graded(assignment.name)
    names = graded if students is None else sorted(set(students))
    if not graded:
        raise ValueError(
            f"Nobody has been graded in {assignment.name}; run `python -m autograder grade "
            f"{assignment.name}` first."
        )
    marks = read_class_marks(folder.gradebook_url, assignment.name)
    page = FeedbackPage(Outline.of(assignment))
    written, failures = [], {}
    for student in names:
        if student not in graded or student not in marks:
            failures[student] = "has not been graded"
            continue
        try:
            notebook = read_graded(
                folder.graded_notebook(assignment.name, student), page.outline, student
            )
        except ValueError as error:
            failures[student] = str(error)
            continue
        target = folder.feedback_page(assignment.name, student)
        target.parent.mkdir(parents=True, exist_ok=True)
        _write(target, page.render(notebook, marks[student]))
        written.append(target)
    return written, failures


def _write(path: Path, text: str) -> None:
    # At one stroke: whoever looks meanwhile sees the page of before, or this one.
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=path.parent, prefix=".feedback-", delete=False
    ) as file:
        file.write(text)
    Path(file.name).chmod(0o644)
    Path(file.name).replace(path)
