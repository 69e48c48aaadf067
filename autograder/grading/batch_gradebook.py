"""nbgrader's gradebook in one transaction, for many submissions of an assignment.

``gradebook`` decides which submissions are written through it.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from nbformat import NotebookNode
from nbgrader.api import Comment, Grade, Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor, SaveAutoGrades
from sqlalchemy.exc import SAWarning
from sqlalchemy.orm import Session, scoped_session, sessionmaker

_LOCK_SECONDS = 60  # how long to wait for formgrader, or whoever else writes into the gradebook


class BatchGradebook(Gradebook):  # type: ignore[misc]
    """nbgrader's gradebook in one transaction, with the rows of a submission looked up once.

    Args:
        db_url: The database.
        course_id: The course.
        assignment: Name of the assignment, and of its only notebook.
    """

    db: scoped_session[Session]

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

    def register_submission(self, student: str, timestamp: datetime | None) -> bool:
        """Create the rows of a student and a submission, unless there are any, and look them up.

        Args:
            student: The student.
            timestamp: When the submission was handed in, if that is known.

        Returns:
            Whether it is late.
        """
        self.update_or_create_student(student)
        fields = {"timestamp": timestamp} if timestamp else {}
        with warnings.catch_warnings():
            # nbgrader connects rows before it adds them to the session, which is in order.
            warnings.simplefilter("ignore", SAWarning)
            submission = self.update_or_create_submission(self._name, student, **fields)
        (notebook,) = submission.notebooks
        notebook.late_submission_penalty = None
        self._grades = {self._cells[grade.cell_id].name: grade for grade in notebook.grades}
        self._comments = {
            self._cells[comment.cell_id].name: comment for comment in notebook.comments
        }
        return bool(submission.total_seconds_late > 0)

    def find_grade(self, grade_cell: str, notebook: str, assignment: str, student: str) -> Grade:
        """Return a grade of the submission that was registered last."""
        return self._grades[grade_cell]

    def find_comment(
        self, solution_cell: str, notebook: str, assignment: str, student: str
    ) -> Comment:
        """Return a comment of the submission that was registered last."""
        return self._comments[solution_cell]


class SaveAutoGradesInBatch(SaveAutoGrades):  # type: ignore[misc]
    """nbgrader's preprocessor, on a gradebook that is open already."""

    def __init__(self, gradebook: Gradebook, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.gradebook = gradebook

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Save the marks of a notebook."""
        place = resources["nbgrader"]
        self.notebook_id = place["notebook"]
        self.assignment_id, self.student_id = place["assignment"], place["student"]
        saved: tuple[NotebookNode, dict[str, Any]] = NbGraderPreprocessor.preprocess(
            self, nb, resources
        )
        return saved
