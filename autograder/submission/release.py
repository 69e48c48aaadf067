"""The student's version of a course notebook, as nbgrader would release it."""

from __future__ import annotations

import copy
import logging

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
    NbGraderPreprocessor,
)
from traitlets.config import Config

from autograder.figures import refers_to_figures

_log = logging.getLogger(__name__)

# The order of nbgrader's GenerateAssignment, without the steps that need a database or a kernel.
_BEFORE_SAVING = (LockCells, ClearSolutions, ClearOutput, ComputeChecksums)
_AFTER_SAVING = (ClearHiddenTests, ClearMarkScheme, ComputeChecksums)


def is_graded_cell(cell: NotebookNode) -> bool:
    """Return whether nbgrader watches over a cell: solution, grade, task or read-only cell."""
    return bool(
        utils.is_solution(cell)
        or utils.is_grade(cell)
        or utils.is_task(cell)
        or utils.is_locked(cell)
    )


def is_release(notebook: NotebookNode) -> bool:
    """Return whether a notebook is a release already.

    Its checksums then fit its solution and grade cells. Clearing a release again would wipe the
    code that solution cells give to students, because a cell without solution markers is cleared
    completely.
    """
    graded = [c for c in notebook.cells if utils.is_solution(c) or utils.is_grade(c)]
    return bool(graded) and all(
        # Without a checksum the metadata may lack what one is computed from.
        "checksum" in cell.metadata.nbgrader
        and cell.metadata.nbgrader.checksum == utils.compute_checksum(cell)
        for cell in graded
    )


def release_view(source: NotebookNode, *, config: Config | None = None) -> NotebookNode:
    """Return what students get for a source notebook: no solution, hidden test or mark scheme.

    Args:
        source: An instructor notebook with nbgrader metadata and its pictures inside
            (``Assignment.source``), or a release, which is returned as it is. It is not changed.
        config: The course's nbgrader configuration, for its stubs and markers. nbgrader's
            defaults if left out.

    Returns:
        A new notebook with the text, locks and checksums of ``nbgrader generate_assignment``.

    Raises:
        ValueError: If the nbgrader metadata of the source is not valid, with nbgrader's reason, or
            if its pictures are still paths.
    """
    if is_release(source):
        return copy.deepcopy(source)
    return _after(_BEFORE_SAVING + _AFTER_SAVING, source, config)


def gradebook_view(source: NotebookNode) -> NotebookNode:
    """Return a source notebook as ``nbgrader generate_assignment`` takes it into the gradebook.

    Args:
        source: An instructor notebook with nbgrader metadata and its pictures inside. It is not
            changed.

    Raises:
        ValueError: If the nbgrader metadata of the source is not valid, with nbgrader's reason, or
            if its pictures are still paths.
    """
    return _after(_BEFORE_SAVING, source, None)


def _after(
    steps: tuple[type[NbGraderPreprocessor], ...], source: NotebookNode, config: Config | None
) -> NotebookNode:
    if refers_to_figures(source):
        raise ValueError(
            "The course's notebook has paths of pictures in it that students could not follow; "
            "take it from Assignment.source, which has the pictures themselves."
        )
    notebook = copy.deepcopy(source)
    try:
        MetadataValidator().validate_nb(notebook)
    except (ValidationError, SchemaTooOldError, SchemaTooNewError) as error:
        raise ValueError(
            "The course's notebook has invalid nbgrader metadata; open it in JupyterLab and put "
            f"the marked cells right: {error}"
        ) from error
    resources: dict[str, object] = {}
    for step in steps:
        # Not with the default logger, by which a Jupyter server would show a line for each cell.
        notebook, resources = step(config=config, log=_log).preprocess(notebook, resources)
    return notebook
