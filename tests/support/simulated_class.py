"""A simulated class: what its students hand in, and a copy of the course in which it is graded.

The class is made of the answers in ``tests/submissions``, whose marks are stated there. Its
students hand in the same few codes over and over, in files that differ (names, copied cells, lost
marks, an older format). A run is kept by the code that runs, so the real runs are few.
"""

from __future__ import annotations

import copy
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook

from autograder.course import COURSE_ROOT, Assignment
from autograder.submission import release_view
from tests.support.answers import build_notebook, combine, read_answers
from tests.support.handed_in_outputs import hand_in_outputs
from tests.support.nbgrader_command import gradebook_rows

__all__ = [
    "NAME",
    "CourseCopy",
    "HandIn",
    "automatic_marks",
    "compare",
    "gradebook_rows",
    "make_class",
]

NAME = "02_dcgan_experiments"
_COPIED = ("autograder", "gan_helpers", "notebooks", "source", "release", "nbgrader_config.py")


@dataclass(frozen=True)
class HandIn:
    """What one student hands in.

    Attributes:
        student: The student.
        points: The automatic marks that it should get.
        kind: What it is, in a few words.
        files: Contents by file name; none if only the folder was handed in.
    """

    student: str
    points: float
    kind: str
    files: dict[str, bytes]

    def write(self, course: Path) -> None:
        """Put it where the instructor puts what was handed in."""
        folder = course / "submitted" / self.student / NAME
        folder.mkdir(parents=True)
        for name, content in self.files.items():
            (folder / name).write_bytes(content)


def make_class(
    size: int,
    *,
    all_distinct: bool = False,
    most_codes: int | None = None,
    broken_every: int = 20,
) -> list[HandIn]:
    """Return what a class hands in, with the marks it should get.

    Args:
        size: Number of students.
        all_distinct: Whether every readable notebook gets code of its own.
        most_codes: Number of different codes; all that there are if left out.
        broken_every: One in as many cannot be read at all.
    """
    assignment = Assignment.find(NAME)
    codes, files = _codes(assignment)[:most_codes], list(_FILES.items())
    hand_ins = []
    for number in range(size):
        student = f"student{number:03}"
        if number % broken_every == broken_every - 1:
            kind, content = _BROKEN[number // broken_every % len(_BROKEN)]
            hand_ins.append(HandIn(student, 0, kind, content))
            continue
        code, points, cells = codes[number % len(codes)]
        notebook = copy.deepcopy(cells)
        if all_distinct:
            answer = next(c for c in notebook.cells if _grade_id(c) == "q2_1")
            answer.source += f"\n# {student}"
        hand_in_outputs(notebook, number)
        kind, write = files[number // len(codes) % len(files)]
        content = write(notebook, student)
        hand_ins.append(HandIn(student, points, f"{code}, {kind}", content))
    return hand_ins


def _codes(assignment: Assignment) -> list[tuple[str, float, NotebookNode]]:
    """Return names, marks and notebooks of different code: the answers of the test suite."""
    most = sum(assignment.auto_points.values())
    codes = [
        ("model answer", most, assignment.source),
        ("untouched", 0.0, release_view(assignment.source)),
    ]
    answers = [answer for answer in read_answers(NAME) if "endless" not in answer.name]  # 3 minutes
    for right in (False, True):
        for number, column in enumerate(combine(one for one in answers if one.right is right), 1):
            lost = sum(one.max_points - one.points for one in column)
            cells = {cell: code for one in column for cell, code in one.cells.items()}
            name = f"{'right' if right else 'wrong'} answers {number}"
            codes.append((name, most - lost, build_notebook(assignment, cells)))
    return codes


def _grade_id(cell: NotebookNode) -> str | None:
    return cell.metadata.get("nbgrader", {}).get("grade_id")


def _as_bytes(notebook: NotebookNode) -> bytes:
    # Not nbformat.writes, which mends cell ids that are there twice.
    return json.dumps(notebook).encode()


def _plain(notebook: NotebookNode, student: str) -> dict[str, bytes]:
    return {f"{NAME}.ipynb": _as_bytes(notebook)}


def _signed(notebook: NotebookNode, student: str) -> dict[str, bytes]:
    notebook.cells.append(nbformat.v4.new_markdown_cell(f"Handed in by {student}."))
    return _plain(notebook, student)


def _renamed(notebook: NotebookNode, student: str) -> dict[str, bytes]:
    return {f"Copy of {NAME}_{student}.ipynb": _as_bytes(notebook)}


def _without_marks(notebook: NotebookNode, student: str) -> dict[str, bytes]:
    for cell in notebook.cells:
        cell.metadata = NotebookNode()
    return _plain(notebook, student)


def _doubled(notebook: NotebookNode, student: str) -> dict[str, bytes]:
    notebook.cells = [
        cell for cell in notebook.cells for _ in range(2 if _grade_id(cell) == "q2_1" else 1)
    ]
    return _plain(notebook, student)


def _older_format(notebook: NotebookNode, student: str) -> dict[str, bytes]:
    notebook.nbformat_minor = 4
    for cell in notebook.cells:
        cell.pop("id", None)
    return _plain(notebook, student)


_FILES: dict[str, Callable[[NotebookNode, str], dict[str, bytes]]] = {
    "as it should be": _plain,
    "with a cell of their own": _signed,
    "renamed": _renamed,
    "without nbgrader's marks": _without_marks,
    "a cell twice": _doubled,
    "in format 4.4": _older_format,
}
_BROKEN: list[tuple[str, dict[str, bytes]]] = [
    ("no notebook at all", {}),
    ("cut off in the middle", {f"{NAME}.ipynb": b'{"cells": [{"cell_type": "code", "sou'}),
    ("a letter", {f"{NAME}.ipynb": b"Dear grader, my notebook is in the other folder."}),
    ("empty", {f"{NAME}.ipynb": b""}),
    ("another notebook", {f"{NAME}.ipynb": _as_bytes(nbformat.v4.new_notebook())}),
]


class CourseCopy:
    """A copy of the course in which a class is graded.

    Args:
        root: The folder; it need not exist.
        hand_ins: What the class hands in.
    """

    def __init__(self, root: Path, hand_ins: Iterable[HandIn]) -> None:
        self.root = root
        for name in _COPIED:
            origin = COURSE_ROOT / name
            if origin.is_dir():
                shutil.copytree(origin, root / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(origin, root / name)
        for hand_in in hand_ins:
            hand_in.write(root)
        self.run("nbgrader", "generate_assignment", NAME)

    def run(self, *command: str) -> str:
        """Run a module with arguments in the copy and return what it printed on stdout."""
        return self.start(*command, output=subprocess.PIPE).communicate()[0]

    def start(self, *command: str, output: int) -> subprocess.Popen[str]:
        """Start a module with arguments in the copy."""
        environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
            "PYTHONPATH": str(self.root),
        }
        return subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=self.root,
            env=environment,
            stdout=output,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )


def automatic_marks(course: Path) -> dict[str, dict[str, float]]:
    """Return the automatic marks of all students in a course's gradebook, by grade cell.

    Raises:
        ValueError: If a student has more than one submission.
    """
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "gan_course") as gradebook:
        submissions = gradebook.find_assignment(NAME).submissions
        if len({one.student_id for one in submissions}) < len(submissions):
            raise ValueError("A student has more than one submission in the gradebook.")
        return {
            one.student_id: {
                grade.name: grade.auto_score
                for grade in one.notebooks[0].grades
                if grade.cell.cell_type == "code"
            }
            for one in submissions
        }


def compare(hand_ins: list[HandIn], grades: dict[str, dict[str, float]]) -> list[str]:
    """Return a sentence for everybody who is lost, invented, or has other marks than stated."""
    found = []
    for hand_in in hand_ins:
        marks = grades.get(hand_in.student)
        if marks is None:
            found.append(f"{hand_in.student} ({hand_in.kind}) is not in the gradebook.")
        elif None in marks.values() or abs(sum(marks.values()) - hand_in.points) > 1e-6:
            found.append(
                f"{hand_in.student} ({hand_in.kind}) should have {hand_in.points:g}, but has "
                f"{marks}."
            )
    strangers = set(grades) - {hand_in.student for hand_in in hand_ins}
    return [*found, *(f"{student} has handed nothing in." for student in sorted(strangers))]
