"""Says how a submission differs from the course's notebook in what students do not write."""

from __future__ import annotations

from nbformat import NotebookNode

from autograder.submission.course_cells import CourseCells
from autograder.submission.match import Matching, Sign, grade_id
from autograder.submission.report import Problem, ProblemKind, RepairKind, RepairLog, shown

_FLAGS = ("grade", "solution", "locked", "task", "points", "grade_id")
_EDITORS = {"colab", "colab_type", "outputId", "vscode", "widgets", "accelerator", "gpuType"}


def report_metadata(submitted: NotebookNode, course: CourseCells, log: RepairLog) -> None:
    """Report what the notebook says about its kernel, its tags and its editor."""
    theirs = submitted.metadata.get("kernelspec", {}).get("name")
    ours = course.source.metadata.get("kernelspec", {}).get("name")
    if theirs and ours and theirs != ours:
        log.add(
            RepairKind.KERNEL,
            f"The notebook asked for the kernel {shown(theirs)}; it is run with {ours}.",
        )
    given = {tag for cell in course.release.cells for tag in cell.metadata.get("tags", [])}
    tags = {tag for cell in submitted.cells for tag in cell.metadata.get("tags", [])} - given
    if tags:
        names = shown(", ".join(sorted(tags)))
        log.add(RepairKind.TAGS, f"Cell tags were taken away: {names}.")
    theirs_all = [submitted.metadata, *(cell.metadata for cell in submitted.cells)]
    ours_all = [course.source.metadata, *(cell.metadata for cell in course.release.cells)]
    if _EDITORS & (set().union(*theirs_all) - set().union(*ours_all)):
        log.add(
            RepairKind.EDITOR,
            "Notes that the editor keeps in the file were left out of the copy.",
        )


def report_matching(
    matching: Matching, cells: list[NotebookNode], course: CourseCells, log: RepairLog
) -> list[Problem]:
    """Report how the course's cells were recognised.

    Args:
        matching: Which submitted cells stand for which of the course's.
        cells: The submitted cells.
        course: The course's cells.
        log: Gets the repairs.

    Returns:
        A problem if there are none.
    """
    matched = [i for i in course.graded if i in matching.matched]
    positions = [matching.matched[i] for i in matched]
    if positions != sorted(positions):
        log.add(
            RepairKind.REORDERED,
            "Cells of the assignment had been moved; they are in order again.",
        )
    unmarked = [
        i
        for i in matched
        if matching.signs[i] in (Sign.TEXT, Sign.CELL_ID)
        and grade_id(cells[matching.matched[i]]) is None
    ]
    if unmarked:
        cell, recognised = "cells", "they were recognised by their contents"
        if len(unmarked) == 1:
            cell, recognised = "cell", "it was recognised by its contents"
        log.add(
            RepairKind.MARKS_LOST,
            f"The grader's labels were gone from {len(unmarked)} {cell} of the assignment, as some "
            f"editors do it; {recognised}.",
        )
    by_place = [course.name(i) for i in matched if matching.signs[i] is Sign.PLACE]
    if by_place:
        log.add(
            RepairKind.BY_PLACE,
            "Answer cells had lost their labels, so the cells that stand in their places are "
            f"taken as your answers to {', '.join(by_place)}.",
        )
    for i in matched:
        _report_flags(i, cells[matching.matched[i]], course, log)
    if matched:
        return []
    message = "No cell of this assignment was found in the notebook; is it the right one?"
    return [Problem(ProblemKind.WRONG_NOTEBOOK, message)]


def _report_flags(i: int, cell: NotebookNode, course: CourseCells, log: RepairLog) -> None:
    theirs, ours = cell.metadata.get("nbgrader"), course.source.cells[i].metadata.nbgrader
    if not isinstance(theirs, dict) or not theirs:
        return
    if any(theirs.get(flag, ours.get(flag)) != ours.get(flag) for flag in _FLAGS):
        log.add(
            RepairKind.FLAGS,
            f"The points or the marks of the cell {course.name(i)} had been changed; the "
            "course's own count.",
            course.name(i),
        )
