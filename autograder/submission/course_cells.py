"""The course's notebook, as the other side of a repair sees it."""

from __future__ import annotations

import copy

from nbformat import NotebookNode
from nbgrader import utils

from autograder.figures import is_same_text
from autograder.submission.match import grade_id, plain_text
from autograder.submission.release import is_graded_cell, release_view


class CourseCells:
    """The cells of the course's notebook, by their index.

    Args:
        source: The course's notebook with nbgrader metadata; it is not changed.

    Attributes:
        source: A copy of it, in which every cell has an id.
        release: The same as students got it, with the same cells in the same order.
        graded: Indices of the cells that nbgrader watches over.

    Raises:
        ValueError: If the nbgrader metadata of `source` is not valid.
    """

    def __init__(self, source: NotebookNode) -> None:
        self.source = copy.deepcopy(source)
        self.release = release_view(source)
        pairs = zip(self.source.cells, self.release.cells, strict=True)
        for number, (cell, given) in enumerate(pairs, 1):
            # Before format 4.5 cells had no ids.
            cell["id"] = given["id"] = cell.get("id", f"course-{number}")
        self.graded = [i for i, cell in enumerate(self.release.cells) if is_graded_cell(cell)]

    def name(self, i: int) -> str:
        """Return what a cell is called in messages."""
        return grade_id(self.source.cells[i]) or f"cell {i + 1}"

    def is_graded(self, i: int) -> bool:
        """Return whether nbgrader watches over a cell."""
        return is_graded_cell(self.release.cells[i])

    def is_solution(self, i: int) -> bool:
        """Return whether a cell is for an answer."""
        return bool(utils.is_solution(self.release.cells[i]))


def is_same(cell: NotebookNode, given: NotebookNode) -> bool:
    """Return whether a cell is as the course gave it, but for spaces at line ends."""
    return cell.cell_type == given.cell_type and is_same_text(
        plain_text(cell.source), plain_text(given.source)
    )
