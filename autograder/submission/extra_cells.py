"""The cells of a submission that nbgrader does not watch over: the student's, and plain text."""

from __future__ import annotations

import copy

from nbformat import NotebookNode
from nbgrader import utils

from autograder.submission.clean import free_id
from autograder.submission.copies import needless_copies
from autograder.submission.course_cells import CourseCells, is_same
from autograder.submission.match import Matching, grade_id, is_untouched
from autograder.submission.release import is_graded_cell
from autograder.submission.report import RepairKind, RepairLog
from autograder.submission.safe_cells import CellCleaner


class ExtraCells:
    """Puts the extra cells of one submission into the new notebook.

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
        self._ids = {cell.id for cell in course.source.cells}
        # The course's cell by submitted cell, for those that come from the course.
        self._plain = {j: i for i, j in matching.matched.items() if not course.is_graded(i)}

    def by_place(self, skeleton: list[int]) -> dict[int, list[int]]:
        """Return the other submitted cells by the skeleton cell they follow, -1 for none.

        A missing cell is put back behind the extra cells before it: they may hold its answer.

        Args:
            skeleton: Indices of the course's cells, in the order of the new notebook.
        """
        matched = self._matching.matched
        at = {matched[i]: i for i in skeleton if i in matched}
        copies = needless_copies(self._cells, self._course, self._matching, self._log)
        extras: dict[int, list[int]] = {-1: [], **{i: [] for i in skeleton}}
        current = -1
        for j in range(len(self._cells)):
            if j in at:
                current = at[j]
            elif j not in copies:
                extras[current].append(j)
        return extras

    def rebuild(self, indices: list[int]) -> list[NotebookNode]:
        """Return submitted cells as the student left them, and safe.

        Args:
            indices: The submitted cells.
        """
        return [self._rebuilt(j) for j in indices]

    def _rebuilt(self, j: int) -> NotebookNode:
        cell = copy.deepcopy(self._cells[j])
        claims = cell.metadata.get("nbgrader")
        if isinstance(claims, dict) and (claims.get("grade") or claims.get("points")):
            self._log.add(
                RepairKind.EXTRA_GRADED,
                "A cell that is not part of the assignment was marked as graded; it is kept "
                "as an ordinary cell.",
            )
        if j not in self._plain:
            return self.as_extra(cell, cell.id)
        given: NotebookNode = copy.deepcopy(self._course.release.cells[self._plain[j]])
        if is_same(cell, given):
            self._cleaner.keep_outputs(given, cell)
            return given
        cell["id"], cell.metadata = given.id, given.metadata
        self._cleaner.make_safe(cell)
        return cell

    def as_extra(self, cell: NotebookNode, wanted_id: str) -> NotebookNode:
        """Turn a cell into one that is no part of the assignment, in place, and return it."""
        cell["id"], cell.metadata = free_id(wanted_id, self._ids), NotebookNode()
        self._cleaner.make_safe(cell)
        return cell


def point_out_answers_beside(
    cells: list[NotebookNode], course: CourseCells, log: RepairLog
) -> None:
    """Mark each untouched free-text answer that has a cell of the student's next to it, in place.

    nbgrader gives 0 points to an untouched answer without showing it to anyone.

    Args:
        cells: The cells of the new notebook.
        course: The course's cells.
        log: Gets the repairs.
    """
    given = {cell.id: cell for cell in course.release.cells}
    for k, cell in enumerate(cells):
        if not (utils.is_solution(cell) and utils.is_grade(cell)):
            continue
        neighbours = [cells[n] for n in (k - 1, k + 1) if 0 <= n < len(cells)]
        if is_untouched(cell, given[cell.id]) and any(
            _is_students(neighbour, given) for neighbour in neighbours
        ):
            name = grade_id(cell) or ""
            cell.source = (
                f"{given[cell.id].source}\n\n*(This answer cell was left as it was; a cell "
                "beside it may hold the answer.)*"
            )
            log.add(
                RepairKind.ANSWER_BESIDE,
                f"The answer cell {name} is empty; a cell of your own beside it is shown to "
                "the person who marks it.",
                name,
            )


def _is_students(cell: NotebookNode, given: dict[str, NotebookNode]) -> bool:
    """Return whether a student wrote a cell, or changed it, and it may hold an answer."""
    is_the_courses = cell.id in given and is_same(cell, given[cell.id])
    return bool(cell.source.strip()) and not is_graded_cell(cell) and not is_the_courses
