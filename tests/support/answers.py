"""Reads the answers in tests/submissions and builds notebooks from them.

See tests/submissions/README.md for what a file looks like.
"""

from __future__ import annotations

import copy
import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode

from autograder.course import Assignment
from autograder.submission import release_view

SUBMISSIONS = Path(__file__).parents[1] / "submissions"

_HEADER = re.compile(
    r"# (?P<sentence>[^\n]+)\n# marks: (?P<points>[\d.]+) of (?P<most>[\d.]+)\n(?P<code>.*)", re.S
)


@dataclass(frozen=True)
class Answer:
    """One answer to one question.

    Attributes:
        name: Question and file, such as ``q2_1/wrong_not_rebuilt``.
        question: The question.
        right: Whether it should keep all marks.
        sentence: What it is.
        points: The marks it should get.
        max_points: The marks of the question.
        cells: Maps grade ids of solution cells to code; other cells keep the model answer.
    """

    name: str
    question: str
    right: bool
    sentence: str
    points: float
    max_points: float
    cells: dict[str, str]


def read_answer(path: Path) -> Answer:
    """Read one file.

    Raises:
        ValueError: If its first lines are not a sentence and the marks.
    """
    header = _HEADER.fullmatch(path.read_text(encoding="utf-8"))
    if header is None:
        raise ValueError(f"{path} must begin with '# <sentence>' and '# marks: <x> of <y>'.")
    question = path.parent.name
    parts = re.split(r"^# %% (\w+)\n", header["code"], flags=re.M)
    cells = dict(zip(parts[1::2], parts[2::2], strict=True)) or {question: parts[0]}
    return Answer(
        name=f"{question}/{path.stem}",
        question=question,
        right=path.stem.startswith("right_"),
        sentence=header["sentence"],
        points=float(header["points"]),
        max_points=float(header["most"]),
        cells={cell: code.strip("\n") for cell, code in cells.items()},
    )


def read_answers(assignment: str) -> list[Answer]:
    """Read all answers of an assignment, by question and name."""
    return [read_answer(path) for path in sorted((SUBMISSIONS / assignment).glob("*/*.py"))]


def combine(answers: Iterable[Answer]) -> list[list[Answer]]:
    """Spread answers over as few notebooks as possible, one answer to a question in each."""
    by_question: dict[str, list[Answer]] = {}
    for answer in answers:
        by_question.setdefault(answer.question, []).append(answer)
    columns = itertools.zip_longest(*by_question.values())
    return [[answer for answer in column if answer is not None] for column in columns]


def build_notebook(assignment: Assignment, cells: dict[str, str]) -> NotebookNode:
    """Return the instructor's notebook with other code in some of its cells.

    Args:
        assignment: The assignment.
        cells: Maps grade ids to code.

    Raises:
        KeyError: If there is no cell with one of the ids.
    """
    notebook = copy.deepcopy(assignment.source)
    missing = set(cells)
    for cell in notebook.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if grade_id in cells:
            cell.source = cells[grade_id]
            missing.discard(grade_id)
    if missing:
        raise KeyError(f"There is no cell {', '.join(sorted(missing))} in {assignment.name}.")
    return notebook


def leave_unanswered(
    notebook: NotebookNode, assignment: Assignment, *, after: Iterable[str]
) -> None:
    """Put the release's solution cells behind the last of some questions.

    Args:
        notebook: A version of the instructor's notebook; it is changed.
        assignment: The assignment.
        after: The questions.
    """
    ends = {f"{question}_check" for question in after}
    ids = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells]
    end = max(place for place, grade_id in enumerate(ids) if grade_id in ends)
    handed_out = {cell.id: cell.source for cell in release_view(assignment.source).cells}
    for cell in notebook.cells[end + 1 :]:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = handed_out[cell.id]
