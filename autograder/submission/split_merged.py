"""Separates read-only cells that a student merged with a neighbour."""

from __future__ import annotations

import copy
from collections.abc import Iterator

from nbformat import NotebookNode
from nbgrader import utils

from autograder.submission.match import grade_id, plain_text
from autograder.submission.release import is_graded_cell
from autograder.submission.report import WHOLE_NOTEBOOK, Repair, RepairKind

_MIN_CHARACTERS = 20  # shorter cells turn up in others by chance


def separate_merged(
    cells: list[NotebookNode], release: list[NotebookNode]
) -> tuple[list[NotebookNode], list[Repair]]:
    """Cut each read-only or grade cell that is missing out of the cell that holds all its lines.

    Args:
        cells: Submitted cells; they are not changed.
        release: The cells of the course's notebook as students got them.

    Returns:
        The cells, in which a merged one is replaced by its pieces in order, and what was done.
    """
    cells, repairs = list(cells), []
    present = {plain_text(cell.source) for cell in cells}
    for given in release:
        text = plain_text(given.source)
        if utils.is_solution(given) or not is_graded_cell(given):
            continue
        if text in present or len(text) < _MIN_CHARACTERS:
            continue
        for j, cell in enumerate(cells):
            # Whole lines only: the line breaks around both make the search say so.
            before, middle, after = f"\n{plain_text(cell.source)}\n".partition(f"\n{text}\n")
            if middle:
                cells[j : j + 1] = _pieces(cell, given, before, after)
                name = grade_id(given) or WHOLE_NOTEBOOK
                message = (
                    f"The cell {name} had been merged with other text; it is a cell of its own "
                    "again, and what you wrote stays beside it."
                )
                repairs.append(Repair(RepairKind.MERGED, name, message))
                break
    return cells, repairs


def _pieces(
    cell: NotebookNode, given: NotebookNode, before: str, after: str
) -> Iterator[NotebookNode]:
    """Yield the text before, the read-only cell with the outputs, and the text after it."""
    # The merged cell's mark goes to the read-only part if it is its own, else to the first piece.
    mark_is_free = grade_id(cell) != grade_id(given) and cell.id != given.id
    for text in (before, None, after):
        piece = copy.deepcopy(cell)
        if text is None:
            piece.source, piece["id"] = given.source, given.id
            piece.metadata = copy.deepcopy(given.metadata)
        elif text.strip():
            piece.source = text.strip("\n")
            if not mark_is_free:
                piece["id"], piece.metadata = "extra", NotebookNode()
            mark_is_free = False
            if piece.cell_type == "code":
                piece["outputs"] = []
        else:
            continue
        yield piece
