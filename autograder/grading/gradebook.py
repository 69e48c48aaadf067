"""Writes graded submissions into nbgrader's gradebook and ``autograded/``, many at a time.

``nbgrader autograde`` opens the gradebook eight times for every submission, commits forty times and
compares every cell with what the repair has just taken from the course: half a second of computing
each. Here nbgrader's own preprocessor saves the marks, but in a single session and transaction for
many submissions. The rows and files are the same: ``tests/grading/test_gradebook.py`` compares.

nbgrader itself writes, one at a time, whatever a batch cannot have in it: submissions that are
late, courses with other steps in ``nbgrader_config.py``, and what has failed here.
"""

from __future__ import annotations

import logging
import stat
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import MissingEntry
from nbgrader.apps.api import NbGraderAPI
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import parse_utc
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from autograder.course import COURSE_ROOT, Assignment, ClassFolder
from autograder.grading.batch_gradebook import BatchGradebook, SaveAutoGradesInBatch
from autograder.sandbox import SandboxPolicy
from autograder.submission import PLACEHOLDER, gradebook_view, release_view

# The steps that a batch does the same as. Of these, DeduplicateIds, OverwriteCells and
# CheckCellMetadata change nothing in a repaired notebook: its marks are the course's own, and those
# have been compared with the gradebook's.
_KNOWN_STEPS = {
    "exporter_class": "autograder.nbgrader_plugins.SubmissionExporter",
    "pre_convert_hook": "autograder.nbgrader_plugins.give_expected_name",
    "sanitize_preprocessors": [
        "nbgrader.preprocessors.DeduplicateIds",
        "nbgrader.preprocessors.OverwriteCells",
        "nbgrader.preprocessors.CheckCellMetadata",
    ],
    "autograde_preprocessors": [
        "autograder.nbgrader_plugins.RunAndJudge",
        "nbgrader.preprocessors.SaveAutoGrades",
        "nbgrader.preprocessors.AssignLatePenalties",
        "nbgrader.preprocessors.CheckCellMetadata",
    ],
}
_log = logging.getLogger(__name__)


class ClassGradebook:
    """nbgrader's gradebook and ``autograded/`` of one class and one assignment.

    Args:
        assignment: The assignment.
        folder: Where the class is.
        policy: What kernels may use, in case nbgrader itself has to run one.

    Raises:
        ValueError: If the gradebook does not know the assignment, or knows another version of it.
    """

    def __init__(
        self, assignment: Assignment, folder: ClassFolder, policy: SandboxPolicy | None = None
    ) -> None:
        config = PyFileConfigLoader("nbgrader_config.py", path=str(COURSE_ROOT)).load_config()
        if folder.root != COURSE_ROOT:
            config.CourseDirectory.root = str(folder.root)
            config.CourseDirectory.db_url = folder.gradebook_url
        config.RunAndJudge.store = str(folder.store)
        config.RunAndJudge.accept_risk_without_wall = bool(policy and policy.isolation == "none")
        self._assignment = assignment
        self._folder = folder
        self._config = config
        self._api = NbGraderAPI(CourseDirectory(config=config), config=config)
        # Its messages are returned to us; on the screen they would break the progress bar.
        self._api.log.setLevel(logging.CRITICAL)
        self._in_batches = self._compare_assignment() and _has_known_steps(config)
        if not self._in_batches:
            _log.warning(
                "Hidden tests or mark schemes in cells, or other steps than the course's in "
                "nbgrader_config.py: nbgrader writes the submissions, one after the other."
            )

    def write(self, graded: Sequence[tuple[str, str]]) -> dict[str, str]:
        """Save the marks and the notebooks of submissions.

        Args:
            graded: Students, and their repaired notebooks with the verdicts in them, as text.

        Returns:
            Maps students for whom that failed to the reason.
        """
        failures: dict[str, str] = {}
        timed = []
        for student, text in graded:
            try:
                timed.append((student, text, self._timestamp(student)))
            except ValueError as error:
                failures[student] = str(error)
        remaining = [student for student, *_ in timed]
        if self._in_batches and timed:
            try:
                remaining = self._write_batch(timed)
            except Exception as error:  # nothing of it is in the gradebook; nbgrader finds out why
                _log.warning(
                    "%d submissions could not be written at once (%r), so nbgrader writes them one "
                    "after the other.",
                    len(timed),
                    error,
                )
        for student in remaining:
            reason = self._autograde(student)
            if reason:
                failures[student] = reason
        return failures

    def _write_batch(self, graded: Sequence[tuple[str, str, datetime | None]]) -> list[str]:
        """Write all submissions that are in time; return the students of the others."""
        name, coursedir = self._assignment.name, self._api.coursedir
        late = []
        with (
            BatchGradebook(coursedir.db_url, coursedir.course_id, name) as gradebook,
            gradebook.transaction(),
        ):
            saving = SaveAutoGradesInBatch(gradebook, config=self._config)
            converter = Autograde(coursedir=coursedir, parent=self._api)
            converter.force = True
            for student, text, timestamp in graded:
                if gradebook.register_submission(student, timestamp):
                    late.append(student)
                    continue
                notebook = nbformat.reads(text, as_version=4)
                place = {"notebook": name, "assignment": name, "student": student}
                saving.preprocess(notebook, {"nbgrader": place})
                if converter.init_destination(name, student):
                    path = coursedir.format_path(coursedir.autograded_directory, student, name)
                    Path(path).mkdir(parents=True)
                    Path(path, f"{name}.ipynb").write_text(text, encoding="utf-8")
                    converter.set_permissions(name, student)
        return late

    def _autograde(self, student: str) -> str:
        """Have nbgrader itself grade a submission; return the reason if that failed."""
        folder = self._folder.submission(self._assignment.name, student)
        if not any(folder.glob("*.ipynb")):
            # nbgrader passes over a folder without a notebook; this way it gets its page.
            (folder / f"{self._assignment.name}.ipynb").write_bytes(PLACEHOLDER)
        result = self._api.autograde(self._assignment.name, student, force=True, create=True)
        if result["success"]:
            return ""
        return " ".join((result.get("log") or result.get("error") or "no reason").split())[-500:]

    def _timestamp(self, student: str) -> datetime | None:
        """Return when a submission was handed in, if nbgrader's file beside it says so."""
        path = self._folder.submission(self._assignment.name, student) / "timestamp.txt"
        try:
            if not stat.S_ISREG(path.lstat().st_mode):
                raise ValueError("no file")
            with path.open(encoding="utf-8") as file:
                text = file.read(100).strip()
            return parse_utc(text) if text else None
        except FileNotFoundError:
            return None
        except (OSError, ValueError, OverflowError):
            raise ValueError(
                f"The file timestamp.txt that {student} handed in gives no time; correct it or "
                "delete it."
            ) from None

    def _compare_assignment(self) -> bool:
        """Return whether the gradebook's cells are those of the release.

        They may differ where a mark scheme or a hidden test is cleared after nbgrader has stored
        the cells; nbgrader then puts its own text into submissions.
        """
        name = self._assignment.name
        command = f"run `nbgrader generate_assignment {name}`"
        with self._api.gradebook as gradebook:
            try:
                notebooks = gradebook.find_assignment(name).notebooks
            except MissingEntry:
                raise ValueError(f"The gradebook does not know {name}; {command} first.") from None
            stored = {
                cell.name: cell.checksum for notebook in notebooks for cell in notebook.source_cells
            }
        if stored != _checksums(gradebook_view(self._assignment.source)):
            raise ValueError(
                f"The gradebook holds another version of {name} than source/ does; {command}."
            )
        return len(notebooks) == 1 and stored == _checksums(release_view(self._assignment.source))


def _has_known_steps(config: Config) -> bool:
    """Return whether grading is configured as in the course's own ``nbgrader_config.py``."""
    return dict(config.Autograde) == _KNOWN_STEPS and config.CourseDirectory.ignore == ["*"]


def _checksums(notebook: NotebookNode) -> dict[str, str]:
    return {
        cell.metadata.nbgrader.grade_id: cell.metadata.nbgrader.checksum
        for cell in notebook.cells
        if "checksum" in cell.metadata.get("nbgrader", {})
    }
