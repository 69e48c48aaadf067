"""Where the files of an assignment are, and what its questions are worth.

nbformat and nbgrader take seconds to import and the judge needs neither, so both are imported
where they are used.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.figures import embed_figures, figures_folder

if TYPE_CHECKING:
    from nbformat import NotebookNode

COURSE_ROOT = Path(__file__).resolve().parent.parent
"""The checkout that this package is part of."""

EVIDENCE_ROOT = COURSE_ROOT / "evidence"
"""Where runs are stored unless another folder is named."""

CHECKS_ROOT = Path(__file__).resolve().parent / "checks"


class UnknownAssignmentError(LookupError):
    """There is no assignment of that name; the text says which there are."""


@dataclass(frozen=True)
class Assignment:
    """One assignment of the course.

    Attributes:
        name: Its folder's name, such as ``02_dcgan_experiments``.
        root: The course folder, with ``source/`` in it.
    """

    name: str
    root: Path = COURSE_ROOT

    @classmethod
    def find(cls, name: str, *, root: Path = COURSE_ROOT) -> Assignment:
        """Return the assignment of that name.

        Raises:
            UnknownAssignmentError: If it does not exist.
        """
        known = cls.names(root=root)
        if name not in known:
            raise UnknownAssignmentError(
                f"There is no assignment {name!r}; choose one of: {', '.join(known) or 'none'}."
            )
        return cls(name, root)

    @classmethod
    def names(cls, *, root: Path = COURSE_ROOT) -> list[str]:
        """Return the names of all assignments, sorted."""
        return sorted(
            path.stem for path in root.glob("source/*/*.ipynb") if path.stem == path.parent.name
        )

    @property
    def source_path(self) -> Path:
        """The instructor notebook."""
        return self.root / "source" / self.name / f"{self.name}.ipynb"

    @property
    def figures_folder(self) -> Path:
        """The folder of the pictures in its texts."""
        return figures_folder(self.source_path.parent)

    @property
    def checks_folder(self) -> Path:
        """The folder of the hidden checks and probes."""
        return CHECKS_ROOT / self.name

    @cached_property
    def source(self) -> NotebookNode:
        """The instructor notebook, parsed, with its pictures inside as in a release."""
        import nbformat

        notebook: NotebookNode = nbformat.read(  # type: ignore[no-untyped-call]
            self.source_path, as_version=4
        )
        embed_figures(notebook, self.source_path.parent)
        return notebook

    @cached_property
    def grade_ids(self) -> dict[str, str]:
        """Maps the grade ids of autograded cells to their questions, in notebook order."""
        return {mark["grade_id"]: question_of(mark["grade_id"]) for mark in self._marks("code")}

    @cached_property
    def auto_points(self) -> dict[str, float]:
        """Maps each autograded question to its points, in notebook order."""
        return {
            question_of(mark["grade_id"]): float(mark["points"]) for mark in self._marks("code")
        }

    @cached_property
    def manual_points(self) -> dict[str, float]:
        """Maps each free-text question to its points, in notebook order."""
        return {mark["grade_id"]: float(mark["points"]) for mark in self._marks("markdown")}

    def _marks(self, cell_type: str) -> list[dict[str, Any]]:
        """Return nbgrader's metadata of the grade cells of a type."""
        notebook = json.loads(self.source_path.read_text(encoding="utf-8"))
        marks = [
            cell["metadata"].get("nbgrader", {})
            for cell in notebook["cells"]
            if cell["cell_type"] == cell_type
        ]
        return [mark for mark in marks if mark.get("grade")]


@dataclass(frozen=True)
class ClassFolder:
    """Where a class is graded: every path that grading reads or writes.

    Attributes:
        root: Folder with ``submitted/``, ``autograded/`` and ``gradebook.db``.
        store: Folder for the evidence of runs.
    """

    root: Path = COURSE_ROOT
    store: Path = EVIDENCE_ROOT

    @property
    def gradebook(self) -> Path:
        """Nbgrader's database."""
        return self.root / "gradebook.db"

    @property
    def gradebook_url(self) -> str:
        """The address under which nbgrader opens the database."""
        return f"sqlite:///{self.gradebook}"

    @property
    def autograded(self) -> Path:
        """The folder of graded notebooks."""
        return self.root / "autograded"

    def submitters(self, assignment: str) -> list[str]:
        """Return the students who have a folder for the assignment, sorted."""
        return sorted(
            path.parent.name
            for path in (self.root / "submitted").glob(f"*/{assignment}")
            if path.is_dir() and not path.is_symlink()
        )

    def submission(self, assignment: str, student: str) -> Path:
        """Return the folder that a student handed in."""
        return self.root / "submitted" / student / assignment

    def graded(self, assignment: str) -> list[str]:
        """Return the students for whom there is a graded notebook, sorted."""
        notebooks = self.autograded.glob(f"*/{assignment}/{assignment}.ipynb")
        return sorted(path.parent.parent.name for path in notebooks)

    def graded_notebook(self, assignment: str, student: str) -> Path:
        """Return the path of a student's graded notebook."""
        return self.autograded / student / assignment / f"{assignment}.ipynb"

    def run_record(self, assignment: str, run: str) -> Path:
        """Return the path of what the grading machine wrote about a run.

        Args:
            assignment: Name of the assignment.
            run: Name of the run's folder.
        """
        return self.store / assignment / run / "run.json"

    def feedback_page(self, assignment: str, student: str) -> Path:
        """Return the path of a student's feedback page."""
        return self.root / "feedback" / student / assignment / f"{assignment}.html"

    def report_page(self, assignment: str) -> Path:
        """Return the path of the report on an assignment; its data is beside it, in ``.json``."""
        return self.root / "reports" / f"{assignment}.html"


def question_of(grade_id: str) -> str:
    """Return the question that a grade cell belongs to: ``q2_1`` for ``q2_1_check``."""
    return re.sub(r"_check$", "", grade_id)
