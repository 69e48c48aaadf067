"""What nbgrader is configured with, in ``nbgrader_config.py``; nbgrader itself is not changed.

Grading keeps nbgrader's two stages. The first writes the repaired submission to ``autograded/``,
with the outputs that the student handed in, so that whoever marks the free text sees the student's
own pictures. The second runs it behind the wall (or finds that it has been run), judges the
evidence, writes the verdict into the grade cells and lets nbgrader save the marks.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool, Unicode

from autograder.course import EVIDENCE_ROOT
from autograder.execution.course_policy import course_policy
from autograder.figures import FigureError, embed_figures
from autograder.grading.graded_notebook import write_verdict
from autograder.grading.grader import Submission, shared_grader
from autograder.lms.zip_collect import LmsCollector, SafeExtractor
from autograder.reports.feedback import FeedbackExporter
from autograder.reports.marking_notes import DeskNotes
from autograder.submission import PLACEHOLDER, is_placeholder
from autograder.verdict import Audience

__all__ = [
    "DeskNotes",
    "EmbedFigures",
    "FeedbackExporter",
    "LmsCollector",
    "RunAndJudge",
    "SafeExtractor",
    "SubmissionExporter",
    "give_expected_name",
]

_METADATA_KEY = "autograder"  # key of the notebook's metadata that carries the repairs to stage two


class SubmissionExporter(NotebookExporter):
    """Reads submissions that no notebook program could, and those with odd names."""

    def from_filename(
        self, filename: str, resources: dict[str, Any] | None = None, **kwargs: Any
    ) -> tuple[Any, dict[str, Any]]:
        """Repair the submission in the file's folder, then convert it as nbgrader would."""
        # nbgrader converts twice; what it reads the second time is the repaired notebook.
        if not getattr(self.parent, "_sanitizing", False):
            return super().from_filename(filename, resources=resources, **kwargs)
        path = Path(filename)
        if is_placeholder(path):
            path.unlink()  # no longer needed: nbgrader has found the folder
        grader = shared_grader(path.stem, store=EVIDENCE_ROOT, policy=course_policy())
        submission = grader.read_folder(path.parent)
        notebook = submission.notebook
        notebook.metadata[_METADATA_KEY] = {
            "repairs": list(submission.repairs),
            "problems": list(submission.problems),
            "readable": submission.readable,
        }
        exported: tuple[Any, dict[str, Any]] = self.from_notebook_node(  # type: ignore[no-untyped-call]
            notebook, resources=resources, **kwargs
        )
        return exported


def give_expected_name(*, assignment: str, student: str, notebooks: list[str]) -> None:
    """Make nbgrader grade a folder whose notebook has another name (a ``pre_convert_hook``).

    A small file of the expected name is put beside the submission, because nbgrader goes by file
    names; :class:`SubmissionExporter` removes it and reads the submission, which stays as it is.

    Args:
        assignment: Name of the assignment.
        student: Name of the student, or ``*``.
        notebooks: Paths of the notebooks that nbgrader has found; changed in place.
    """
    if not notebooks:
        return
    expected = Path(notebooks[0]).with_name(f"{assignment}.ipynb")
    if not expected.exists() and not expected.is_symlink():
        expected.write_bytes(PLACEHOLDER)
    notebooks[:] = [str(expected)]


class RunAndJudge(NbGraderPreprocessor):  # type: ignore[misc]
    """Runs a repaired submission behind the wall, judges it and writes the verdict into it."""

    store = Unicode(str(EVIDENCE_ROOT), help="Folder for the evidence of runs.").tag(config=True)
    accept_risk_without_wall = Bool(
        False,
        help="Run student code with all rights of this account where there can be no wall.",
    ).tag(config=True)

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Replace the outputs of the grade cells by the verdict."""
        grader = shared_grader(
            resources["nbgrader"]["assignment"],
            store=Path(self.store),
            policy=course_policy(
                isolation="none" if self.accept_risk_without_wall else "namespaces"
            ),
        )
        carried = nb.metadata.pop(_METADATA_KEY)
        submission = Submission(
            nb,
            repairs=tuple(carried["repairs"]),
            problems=tuple(carried["problems"]),
            readable=carried["readable"],
        )
        verdict = grader.grade(submission)
        for note in verdict.notes:
            urgent = note.audience is Audience.INSTRUCTOR
            (self.log.error if urgent else self.log.warning)(
                "%s: %s", resources["nbgrader"]["student"], note
            )
        write_verdict(nb, grader.record(submission, verdict), grader.assignment.grade_ids)
        return nb, resources


class EmbedFigures(NbGraderPreprocessor):  # type: ignore[misc]
    """Puts the pictures of an assignment's texts into its release."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Replace the paths of pictures by the pictures.

        Raises:
            SystemExit: If a picture cannot be put in; the text is a sentence. nbgrader would bury
                any other exception in a traceback.
        """
        try:
            embed_figures(nb, Path(resources["metadata"]["path"]))
        except FigureError as error:
            raise SystemExit(f"{error} No release was made.") from None
        return nb, resources
