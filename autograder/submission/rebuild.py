"""Puts a submitted notebook together again: the course's cells and marks, the student's answers."""

from __future__ import annotations

import copy

from nbformat import NotebookNode

from autograder.submission.clean import clean_notebook
from autograder.submission.course_cells import CourseCells
from autograder.submission.differences import report_matching, report_metadata
from autograder.submission.extra_cells import ExtraCells, point_out_answers_beside
from autograder.submission.match import (
    Matching,
    is_untouched,
    match_cells,
    plain_text,
    similarity,
    word_pairs,
)
from autograder.submission.report import Problem, RepairKind, RepairLog, RepairResult
from autograder.submission.safe_cells import CellCleaner
from autograder.submission.split_merged import separate_merged

_SHARE_OF_A_CHANGED_CELL = 0.5  # below it, a locked cell's text is the student's


def repair(submitted: NotebookNode, source: NotebookNode) -> RepairResult:
    """Rebuild a submission on the course's notebook; run nothing.

    Args:
        submitted: The notebook as read; its metadata and outputs may hold anything.
        source: The course's notebook with nbgrader metadata. Give the release where nothing
            hidden may get near student code: locked cells take text and metadata from here.

    Returns:
        A notebook with every nbgrader cell of the source exactly once and in its order: locked
        and grade cells as in the source, solution cells with the student's text and the source's
        metadata. Extra cells stay where they were, without nbgrader metadata. An intact
        submission of a release comes back equal to it, outputs aside.

    Raises:
        ValueError: If the nbgrader metadata of `source` is not valid.
    """
    course, log = CourseCells(source), RepairLog()
    problems: list[Problem] = []
    notebook = clean_notebook(submitted, problems)
    report_metadata(notebook, course, log)
    cells, separated = separate_merged(notebook.cells, course.release.cells)
    log.repairs += separated
    matching = match_cells(cells, course.release.cells)
    problems += report_matching(matching, cells, course, log)
    cleaner = CellCleaner(log)
    rebuilt = NotebookNode(
        nbformat=4,
        nbformat_minor=5,
        metadata=course.source.metadata,
        cells=_Assembly(cells, course, matching, cleaner, log).cells(),
    )
    cleaner.report_cut()
    return RepairResult(rebuilt, log.repairs, problems)


def count_cells(submitted: NotebookNode, source: NotebookNode) -> tuple[int, int]:
    """Count how much of the course's notebook a submission holds.

    Returns:
        The number of solution cells that hold an answer, and the number of nbgrader cells.
    """
    course = CourseCells(source)
    cells = clean_notebook(submitted, []).cells
    matching = match_cells(cells, course.release.cells)
    graded = [i for i in course.graded if i in matching.matched]
    answers = [
        i
        for i in graded
        if course.is_solution(i)
        and not is_untouched(cells[matching.matched[i]], course.release.cells[i])
    ]
    return len(answers), len(graded)


class _Assembly:
    """Puts the cells of one notebook together.

    Args:
        cells: The submitted cells.
        course: The course's cells.
        matching: Which submitted cells stand for which of the course's.
        cleaner: Makes what the student wrote safe to show.
        log: Gets the repairs.
    """

    def __init__(
        self,
        cells: list[NotebookNode],
        course: CourseCells,
        matching: Matching,
        cleaner: CellCleaner,
        log: RepairLog,
    ) -> None:
        self._cells = cells
        self._course = course
        self._matching = matching
        self._cleaner = cleaner
        self._log = log
        self._extras = ExtraCells(cells, course, matching, cleaner, log)

    def cells(self) -> list[NotebookNode]:
        """Return the cells of the new notebook."""
        skeleton = self._skeleton()
        extras = self._extras.by_place(skeleton)
        cells = self._extras.rebuild(extras[-1])
        for i in skeleton:
            cells += self._course_cell(i)
            cells += self._extras.rebuild(extras[i])
        point_out_answers_beside(cells, self._course, self._log)
        return cells

    def _skeleton(self) -> list[int]:
        """Return the course's cells whose order in the new notebook is the course's."""
        graded, matched = self._course.graded, self._matching.matched
        positions = [matched[i] for i in graded if i in matched]
        # Plain cells of the course keep the student's place, unless everything was moved about.
        in_order = positions == sorted(positions)
        return graded if in_order else sorted({*graded, *matched})

    def _course_cell(self, i: int) -> list[NotebookNode]:
        """Return what stands for a cell of the course: itself, after a student's text in it."""
        j = self._matching.matched.get(i)
        if j is None:
            return [self._missing(i)]
        if not self._course.is_graded(i):
            return self._extras.rebuild([j])
        if self._course.is_solution(i):
            return [self._answer(i, self._cells[j])]
        return self._locked(i, self._cells[j])

    def _copy(self, i: int) -> NotebookNode:
        cell: NotebookNode = copy.deepcopy(self._course.source.cells[i])
        return cell

    def _answer(self, i: int, submitted: NotebookNode) -> NotebookNode:
        cell, given = self._copy(i), self._course.release.cells[i]
        name = self._course.name(i)
        cell.source = submitted.source
        if submitted.cell_type != cell.cell_type:
            self._log.add(
                RepairKind.CELL_TYPE,
                f"The cell {name} had become a {submitted.cell_type} cell; it is a "
                f"{cell.cell_type} cell again.",
                name,
            )
        cell.pop("attachments", None)
        if cell.cell_type == "code":
            self._cleaner.keep_outputs(cell, submitted)
        elif submitted.source != given.source:
            if "attachments" in submitted:
                cell["attachments"] = submitted.attachments
            self._cleaner.make_safe(cell)
        elif "attachments" in given:
            cell["attachments"] = copy.deepcopy(given.attachments)
        return cell

    def _locked(self, i: int, submitted: NotebookNode) -> list[NotebookNode]:
        cell, given = self._copy(i), self._course.release.cells[i]
        name = self._course.name(i)
        if cell.cell_type == "code":
            self._cleaner.keep_outputs(cell, submitted)
        if plain_text(submitted.source) == plain_text(given.source):
            if submitted.cell_type != given.cell_type:
                message = f"The cell {name} has its old type again."
                self._log.add(RepairKind.CELL_TYPE, message, name)
            return [cell]
        share = similarity(word_pairs(submitted.source), word_pairs(given.source))
        if not submitted.source.strip() or share >= _SHARE_OF_A_CHANGED_CELL:
            self._log.add(
                RepairKind.RESTORED,
                f"The cell {name} is read-only and had been changed; the course's version is back.",
                name,
            )
            return [cell]
        self._log.add(
            RepairKind.RESTORED,
            f"The cell {name} is read-only and held other text; the course's version is back, "
            "and your text stands in a cell before it.",
            name,
        )
        written = copy.deepcopy(submitted)
        if written.cell_type == "code":
            written["outputs"] = []
        return [self._extras.as_extra(written, "extra"), cell]

    def _missing(self, i: int) -> NotebookNode:
        cell, name = self._copy(i), self._course.name(i)
        if cell.cell_type == "code":
            cell["outputs"], cell["execution_count"] = [], None
        if not self._course.is_solution(i):
            message = f"The cell {name} was missing; it has been put back."
            self._log.add(RepairKind.RESTORED, message, name)
            return cell
        message = f"The answer cell {name} was missing; an empty one is in its place."
        self._log.add(RepairKind.MISSING, message, name)
        # Not the stub: it would raise in code, and as a free text nbgrader would give it 0 points
        # without asking, although the answer may stand in a cell beside it.
        note = "This answer cell was missing from the submission."
        cell.source = f"# {note}" if cell.cell_type == "code" else f"*{note}*"
        cell.pop("attachments", None)
        return cell
