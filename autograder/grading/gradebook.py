"""Writes graded submissions into nbgrader's gradebook and ``autograded/``, many at a time.

``nbgrader autograde`` opens the gradebook eight times for every submission, commits forty times and
compares every cell with what the repair has just taken from the course: half a second of computing
each. Here nbgrader's own preprocessor saves the marks, but in one session and one transaction for
many submissions. The rows and files are the same: ``tests/grading/test_gradebook.py`` compares.

nbgrader itself writes, one at a time, whatever this short way does not know: submissions that are
late, courses with other steps in ``nbgrader_config.py``, and what has failed here.
"""

from __future__ import annotations

import logging
import stat
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Comment, Grade, Gradebook, MissingEntry
from nbgrader.apps.api import NbGraderAPI
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor, SaveAutoGrades
from nbgrader.utils import parse_utc
from sqlalchemy.exc import SAWarning
from sqlalchemy.orm import scoped_session, sessionmaker
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from autograder.course import COURSE_ROOT, Assignment, ClassFolder
from autograder.sandbox import SandboxPolicy
from autograder.submission import PLACEHOLDER, gradebook_view, release_view

# The steps that the short way does the same as. Of these, DeduplicateIds, OverwriteCells and
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
_LOCK_SECONDS = 60  # how long to wait for formgrader, or whoever else writes into the gradebook


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
        self._in_short = self._compare_assignment() and _has_known_steps(config)
        if not self._in_short:
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
        if self._in_short and timed:
            try:
                remaining = self._write_in_short(timed)
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

    def _write_in_short(self, graded: Sequence[tuple[str, str, datetime | None]]) -> list[str]:
        """Write all submissions that are in time; return the students of the others."""
        name, coursedir = self._assignment.name, self._api.coursedir
        late = []
        with (
            _OneTransaction(coursedir.db_url, coursedir.course_id, name) as gradebook,
            gradebook.transaction(),
        ):
            saving = _SaveAutoGrades(gradebook, config=self._config)
            converter = Autograde(coursedir=coursedir, parent=self._api)
            converter.force = True
            for student, text, timestamp in graded:
                if gradebook.take_up(student, timestamp):
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
                f"The file timestamp.txt that {student} handed in gives no time; mend or delete it."
            ) from None

    def _compare_assignment(self) -> bool:
        """Return whether the gradebook's cells are those of the release.

        They may differ where a mark scheme or a hidden test is cleared after nbgrader has taken
        up the cells; nbgrader then puts its own text into submissions.
        """
        name = self._assignment.name
        command = f"run `nbgrader generate_assignment {name}`"
        with self._api.gradebook as gradebook:
            try:
                notebooks = gradebook.find_assignment(name).notebooks
            except MissingEntry:
                raise ValueError(f"The gradebook does not know {name}; {command} first.") from None
            known = {
                cell.name: cell.checksum for notebook in notebooks for cell in notebook.source_cells
            }
        if known != _checksums(gradebook_view(self._assignment.source)):
            raise ValueError(
                f"The gradebook holds another version of {name} than source/ does; {command}."
            )
        return len(notebooks) == 1 and known == _checksums(release_view(self._assignment.source))


def _has_known_steps(config: Config) -> bool:
    """Whether grading is configured as in the course's own ``nbgrader_config.py``."""
    return dict(config.Autograde) == _KNOWN_STEPS and config.CourseDirectory.ignore == ["*"]


def _checksums(notebook: NotebookNode) -> dict[str, str]:
    return {
        cell.metadata.nbgrader.grade_id: cell.metadata.nbgrader.checksum
        for cell in notebook.cells
        if "checksum" in cell.metadata.get("nbgrader", {})
    }


class _OneTransaction(Gradebook):
    """nbgrader's gradebook in one transaction, with the rows of a submission looked up once.

    Args:
        db_url: The database.
        course_id: The course.
        assignment: Name of the assignment, and of its only notebook.
    """

    db: scoped_session

    def __init__(self, db_url: str, course_id: str, assignment: str) -> None:
        if db_url.startswith("sqlite:") and "?" not in db_url:
            db_url += f"?timeout={_LOCK_SECONDS}"
        super().__init__(db_url, course_id)
        self._name = assignment
        self._grades: dict[str, Grade] = {}
        self._comments: dict[str, Comment] = {}

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all at the end, or nothing if an error is raised."""
        self.db.remove()
        with self.engine.begin() as connection:
            # The many commits of nbgrader's code then go no further than this session.
            self.db = scoped_session(
                sessionmaker(
                    bind=connection,
                    join_transaction_mode="rollback_only",
                    expire_on_commit=False,
                    future=True,
                )
            )
            try:
                # nbgrader's preprocessors open the gradebook without naming the course.
                self.check_course()
                notebook = self.find_notebook(self._name, self._name)
                cells = [*notebook.grade_cells, *notebook.solution_cells, *notebook.task_cells]
                self._cells = {cell.id: cell for cell in cells}
                yield
            finally:
                self.db.remove()

    def take_up(self, student: str, timestamp: datetime | None) -> bool:
        """Make the rows of a student and a submission, unless there are any, and look them up.

        Args:
            student: The student.
            timestamp: When the submission was handed in, if that is known.

        Returns:
            Whether it is late.
        """
        self.update_or_create_student(student)
        known = {"timestamp": timestamp} if timestamp else {}
        with warnings.catch_warnings():
            # nbgrader connects rows before it adds them to the session, which is in order.
            warnings.simplefilter("ignore", SAWarning)
            submission = self.update_or_create_submission(self._name, student, **known)
        (notebook,) = submission.notebooks
        notebook.late_submission_penalty = None
        self._grades = {self._cells[grade.cell_id].name: grade for grade in notebook.grades}
        self._comments = {self._cells[one.cell_id].name: one for one in notebook.comments}
        return submission.total_seconds_late > 0

    def find_grade(self, grade_cell: str, notebook: str, assignment: str, student: str) -> Grade:
        """Return a grade of the submission that was taken up last."""
        return self._grades[grade_cell]

    def find_comment(
        self, solution_cell: str, notebook: str, assignment: str, student: str
    ) -> Comment:
        """Return a comment of the submission that was taken up last."""
        return self._comments[solution_cell]


class _SaveAutoGrades(SaveAutoGrades):
    """nbgrader's own, on a gradebook that is open already."""

    def __init__(self, gradebook: Gradebook, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.gradebook = gradebook

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Save the marks of a notebook."""
        place = resources["nbgrader"]
        self.notebook_id = place["notebook"]
        self.assignment_id, self.student_id = place["assignment"], place["student"]
        return NbGraderPreprocessor.preprocess(self, nb, resources)
