"""What nbgrader is configured with, in ``nbgrader_config.py``; nbgrader itself is not changed.

Grading keeps nbgrader's two stages. The first writes the repaired submission to ``autograded/``,
with the outputs that the student handed in, so that whoever marks the free text sees the student's
own pictures. The second runs it behind the wall (or finds that it has been run), judges the
evidence, writes the verdict into the grade cells and lets nbgrader save the marks.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool, Unicode

from autograder.assignment import COURSE_ROOT, Assignment
from autograder.grading import EVIDENCE_ROOT, Grader, Submission, nothing_to_grade
from autograder.repair import find_submission
from autograder.sandbox import SandboxPolicy
from autograder.verdict_page import INSTRUCTOR_ONLY, write_verdict

_STORY = "autograder"  # key of the notebook's metadata that carries the repairs to stage two
PLACEHOLDER = b"Stands in for a notebook of another name in this folder; see the feedback.\n"
"""Put where nbgrader expects a notebook of a name that a submission does not have."""


class SubmissionExporter(NotebookExporter):
    """Reads submissions that no notebook program could, and finds those with odd names."""

    def from_filename(
        self, filename: str, resources: dict | None = None, **kwargs: Any
    ) -> tuple[Any, dict[str, Any]]:
        """Repair the submission in the file's folder, then convert it as nbgrader would."""
        if not getattr(self.parent, "_sanitizing", False):
            return super().from_filename(filename, resources=resources, **kwargs)
        path = Path(filename)
        assignment = Assignment.find(path.stem)
        small = path.is_file() and path.stat().st_size == len(PLACEHOLDER)
        if small and path.read_bytes() == PLACEHOLDER:
            path.unlink()  # it has done its work: nbgrader has taken up the folder
        found, notes = find_submission(path.parent, path.name, source=assignment.release)
        messages = tuple(note.message for note in notes)
        if found is None:
            submission = Submission(assignment.release, problems=messages, readable=False)
        else:
            submission = Grader(assignment).read(found)
        notebook = submission.notebook.copy()
        notebook.metadata[_STORY] = {
            "repairs": [*messages, *submission.repairs],
            "problems": list(submission.problems),
            "readable": submission.readable,
        }
        return self.from_notebook_node(notebook, resources=resources, **kwargs)


def give_expected_name(*, assignment: str, student: str, notebooks: list[str]) -> None:
    """Make nbgrader grade a folder whose notebook has another name (a ``pre_convert_hook``).

    A small file of the expected name is put beside the submission, because nbgrader goes by file
    names; :class:`SubmissionExporter` takes it away and reads the real one, which stays as it is.

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


class RunAndJudge(NbGraderPreprocessor):
    """Runs a repaired submission behind the wall, judges it and writes the verdict into it."""

    store = Unicode(str(EVIDENCE_ROOT), help="Folder for the evidence of runs.").tag(config=True)
    accept_risk_without_wall = Bool(
        False,
        help="Run student code with all rights of this account where there can be no wall.",
    ).tag(config=True)

    _graders: ClassVar[dict[tuple[str, str, bool], Grader]] = {}

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Replace the outputs of the grade cells by the verdict."""
        grader = self._grader(resources["nbgrader"]["assignment"])
        story = nb.metadata.pop(_STORY, {"repairs": [], "problems": [], "readable": True})
        submission = Submission(
            nb,
            repairs=tuple(story["repairs"]),
            problems=tuple(story["problems"]),
            readable=story["readable"],
        )
        if submission.readable:
            verdict = grader.grade(submission)
        else:
            verdict = nothing_to_grade(grader.assignment, submission.problems[-1])
        for problem in verdict.problems:
            level = self.log.error if problem.startswith(INSTRUCTOR_ONLY) else self.log.warning
            level("%s: %s", resources["nbgrader"]["student"], problem)
        write_verdict(nb, verdict, grader.assignment.grade_ids)
        return nb, resources

    def _grader(self, name: str) -> Grader:
        key = (name, self.store, self.accept_risk_without_wall)
        if key not in self._graders:
            # One for the whole batch: it keeps its judge and what it has hashed.
            self._graders[key] = Grader(
                Assignment.find(name, root=COURSE_ROOT),
                store=Path(self.store),
                policy=SandboxPolicy(
                    isolation="none" if self.accept_risk_without_wall else "namespaces"
                ),
            )
        return self._graders[key]
