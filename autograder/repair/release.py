"""The student's version of a course notebook, as nbgrader would release it."""

from __future__ import annotations

import copy

from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.nbgraderformat import (
    MetadataValidator,
    SchemaTooNewError,
    SchemaTooOldError,
    ValidationError,
)
from nbgrader.preprocessors import (
    ClearHiddenTests,
    ClearMarkScheme,
    ClearOutput,
    ClearSolutions,
    ComputeChecksums,
    LockCells,
)
from traitlets.config import Config

# The order of nbgrader's GenerateAssignment, without the steps that need a database or a kernel.
_STEPS = (
    LockCells,
    ClearSolutions,
    ClearOutput,
    ComputeChecksums,
    ClearHiddenTests,
    ClearMarkScheme,
    ComputeChecksums,
)


def is_graded_cell(cell: NotebookNode) -> bool:
    """Whether nbgrader watches over a cell: solution, grade, task or read-only cell."""
    return (
        utils.is_solution(cell)
        or utils.is_grade(cell)
        or utils.is_task(cell)
        or utils.is_locked(cell)
    )


def is_release(notebook: NotebookNode) -> bool:
    """Whether a notebook is a release already: its checksums fit its solution and grade cells.

    Clearing a release again would wipe the code that solution cells give to students, because a
    cell without solution markers is cleared completely.
    """
    graded = [c for c in notebook.cells if utils.is_solution(c) or utils.is_grade(c)]
    return bool(graded) and all(
        cell.metadata.nbgrader.get("checksum") == utils.compute_checksum(cell) for cell in graded
    )


def release_view(source: NotebookNode, *, config: Config | None = None) -> NotebookNode:
    """Return what students get for a source notebook: no solution, hidden test or mark scheme.

    Args:
        source: An instructor notebook with nbgrader metadata, or a release, which is returned
            as it is. It is not changed.
        config: The course's nbgrader configuration, for its own stubs and markers. nbgrader's
            defaults if left out.

    Returns:
        A new notebook with the text, locks and checksums of ``nbgrader generate_assignment``.

    Raises:
        ValueError: If the nbgrader metadata of the source is not valid, with nbgrader's reason.
    """
    notebook = copy.deepcopy(source)
    try:
        MetadataValidator().validate_nb(notebook)
    except (ValidationError, SchemaTooOldError, SchemaTooNewError) as error:
        raise ValueError(
            "The course's notebook has invalid nbgrader metadata; open it in JupyterLab and put "
            f"the marked cells right: {error}"
        ) from error
    if is_release(notebook):
        return notebook
    resources: dict[str, object] = {}
    for step in _STEPS:
        notebook, resources = step(config=config).preprocess(notebook, resources)
    return notebook
