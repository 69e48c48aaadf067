"""Finds copies of the course's cells in a submission."""

from __future__ import annotations

from nbformat import NotebookNode

from autograder.submission.course_cells import CourseCells
from autograder.submission.match import Matching, is_untouched, plain_text
from autograder.submission.report import RepairKind, RepairLog


def needless_copies(
    cells: list[NotebookNode], course: CourseCells, matching: Matching, log: RepairLog
) -> set[int]:
    """Find copies that say nothing new, and report all cells that were there twice.

    Args:
        cells: The submitted cells.
        course: The course's cells.
        matching: Which submitted cells stand for which of the course's.
        log: Gets the repairs.

    Returns:
        Indices of the submitted cells to leave out.
    """
    copies = _copies_of_locked(cells, course, matching, log)
    for i, rivals in matching.rivals.items():
        if not course.is_graded(i):
            continue
        name, given = course.name(i), course.release.cells[i]
        chosen = plain_text(cells[matching.matched[i]].source)
        for j in rivals:
            if j in copies:
                continue
            if is_untouched(cells[j], given) or plain_text(cells[j].source) == chosen:
                copies.add(j)
                message = f"A copy of the cell {name} was left out."
            elif course.is_solution(i):
                message = (
                    f"The cell {name} is there more than once; the last one with an answer "
                    "counts, and the others are kept as ordinary cells."
                )
            else:
                message = f"A changed copy of the cell {name} is kept as an ordinary cell."
            log.add(RepairKind.DUPLICATE, message, name)
    return copies


def _copies_of_locked(
    cells: list[NotebookNode], course: CourseCells, matching: Matching, log: RepairLog
) -> set[int]:
    """Find unmarked cells with the text of a read-only cell."""
    used = set(matching.matched.values())
    locked = {
        plain_text(course.release.cells[i].source): course.name(i)
        for i in course.graded
        if not course.is_solution(i)
    }
    copies = set()
    for j, cell in enumerate(cells):
        text = plain_text(cell.source)
        if j not in used and text and text in locked:
            copies.add(j)
            message = f"A copy of the cell {locked[text]} was left out."
            log.add(RepairKind.DUPLICATE, message, locked[text])
    return copies
