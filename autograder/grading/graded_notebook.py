"""Graded notebooks, as grading leaves them in ``autograded/``: the verdict, and a student's work.

Grading writes what it found into the notebook's metadata. Feedback, the class report and the notes
for formgrader read it from there, so that none of them has to repair, run or judge anything.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from autograder.course import Assignment, question_of
from autograder.evidence.images import decode_picture
from autograder.verdict import NoteKind, Verdict

NOTES_ID = "autograder-notes"
"""Id of the cell that grading puts at the top of a notebook where there is something to tell."""

_KEY = "autograder"  # of the notebook's metadata
_PICTURES = ("image/png", "image/jpeg", "image/gif")
_DATA_URI = re.compile(r"data:(image/(?:png|jpeg|gif));base64,([A-Za-z0-9+/=\s]+)")
_HEADING = re.compile(r"^(#{2,4}) +(.+?)\s*$", re.MULTILINE)
_WORTH = re.compile(r"\s*\(\d[^)]*marks?[^)]*\)")


@dataclass(frozen=True)
class Record:
    """What grading wrote down about a submission.

    Attributes:
        verdict: The verdict.
        run: Name of the run's folder in ``evidence/ASSIGNMENT``; empty if nothing could be run.
    """

    verdict: Verdict
    run: str = ""

    @property
    def repairs(self) -> list[str]:
        """One sentence for each thing that was put right."""
        return self.verdict.texts(kind=NoteKind.REPAIR)

    def keep_in(self, notebook: Any) -> None:
        """Write it into a notebook's metadata, over whatever was there."""
        notebook["metadata"][_KEY] = {
            "run": self.run,
            "verdict": self.verdict.to_record(),
        }


@dataclass(frozen=True)
class Question:
    """A question of an assignment, as the course's notebook has it.

    Attributes:
        id: Its id, such as ``q2_1``.
        grade_id: The cell that carries its marks, such as ``q2_1_check``.
        title: Its heading, without marks: ``Question v1: the encoder``.
        section: Heading of the section that it is in.
        points: What it is worth.
        manual: Whether a person marks it.
    """

    id: str
    grade_id: str
    title: str
    section: str
    points: float
    manual: bool

    @property
    def name(self) -> str:
        """The title as far as its colon, for places that are narrow: ``Question v1``."""
        return self.title.partition(":")[0]


@dataclass(frozen=True)
class Picture:
    """A picture that a cell of a handed-in notebook shows.

    Attributes:
        mime: ``image/png``, ``image/jpeg`` or ``image/gif``.
        data: The file in base 64.
        alt: What the student's cell says about it in words; may be empty.
    """

    mime: str
    data: str
    alt: str = ""

    @property
    def content(self) -> bytes:
        """The bytes of the file, which a student made."""
        return decode_picture(self.data)

    @cached_property
    def digest(self) -> str:
        """Hash of the file."""
        return hashlib.sha256(self.data.encode()).hexdigest()


@dataclass(frozen=True)
class Work:
    """What a student did for a question.

    Attributes:
        question: The question.
        cells: The answer: solution cells, and cells of the student's own, before the cell that
            carries the marks.
        given: Locked cells of the course before that, such as a training.
        graded: The cell that carries the marks; a free-text answer is this cell.
    """

    question: Question
    cells: tuple[Mapping[str, Any], ...]
    given: tuple[Mapping[str, Any], ...]
    graded: Mapping[str, Any]

    @property
    def text(self) -> str:
        """The code of the answer, or its words if it is in free text."""
        kind = "markdown" if self.question.manual else "code"
        return "\n".join(
            cell["source"].rstrip() for cell in self.cells if cell["cell_type"] == kind
        ).strip()


@dataclass(frozen=True)
class Graded:
    """A graded notebook.

    Attributes:
        student: The student.
        record: What grading wrote down.
        works: The work on each question, in the order of the notebook.
    """

    student: str
    record: Record
    works: tuple[Work, ...]

    @property
    def cells(self) -> Iterator[Mapping[str, Any]]:
        """All code cells and answers, in order."""
        for work in self.works:
            yield from work.given
            yield from work.cells


@dataclass(frozen=True)
class Outline:
    """What there is to know about an assignment to read graded notebooks of it.

    Attributes:
        assignment: Its name.
        questions: Its questions, in order.
        course_cells: Ids of the course's own cells.
    """

    assignment: str
    questions: tuple[Question, ...]
    course_cells: frozenset[str]

    @classmethod
    def of(cls, assignment: Assignment) -> Outline:
        """Return the outline of an assignment as its source is now."""
        cells = frozenset(cell.id for cell in assignment.source.cells)
        return cls(assignment.name, tuple(_questions(assignment)), cells)


def _questions(assignment: Assignment) -> Iterator[Question]:
    title, section = "", ""
    for cell in assignment.source.cells:
        nbgrader = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "markdown" and not nbgrader.get("grade"):
            for level, heading in _HEADING.findall(cell.source):
                section = _plain(heading) if level == "##" else section
                title = "" if level == "##" else _plain(heading)
        if nbgrader.get("grade"):
            identity = question_of(nbgrader["grade_id"])
            yield Question(
                identity,
                nbgrader["grade_id"],
                title or identity,
                section,
                float(nbgrader["points"]),
                cell.cell_type == "markdown",
            )


def _plain(heading: str) -> str:
    return _WORTH.sub("", re.sub(r"[`*$]", "", heading)).strip()


def read_graded(path: Path, outline: Outline, student: str) -> Graded:
    """Read a graded notebook.

    Args:
        path: The notebook in ``autograded/``.
        outline: Of its assignment.
        student: Whose it is.

    Raises:
        ValueError: If the notebook holds no verdict, because it was graded otherwise.
    """
    return take_apart(json.loads(path.read_text(encoding="utf-8")), outline, student)


def take_apart(notebook: Mapping[str, Any], outline: Outline, student: str) -> Graded:
    """Return the verdict and the work in a graded notebook; see :func:`read_graded`."""
    try:
        record = read_record(notebook)
        known = record.verdict.assignment == outline.assignment
    except ValueError:
        known = False
    if not known:
        raise ValueError(
            f"The graded notebook of {student} holds no verdict of this autograder; run "
            f"`python -m autograder regrade {outline.assignment} --student {student}` first."
        )
    return Graded(student, record, works_in(notebook, outline))


def read_record(notebook: Mapping[str, Any]) -> Record:
    """Return what grading wrote down in a graded notebook.

    Raises:
        ValueError: If the notebook holds no verdict of this version.
    """
    try:
        content = notebook["metadata"][_KEY]
        return Record(Verdict.from_record(content["verdict"]), str(content["run"]))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"It holds no verdict: {error!r}.") from error


def works_in(notebook: Mapping[str, Any], outline: Outline) -> tuple[Work, ...]:
    """Return the work on each question in a notebook that has the course's marks."""
    questions = {question.grade_id: question for question in outline.questions}
    works: list[Work] = []
    own: list[Mapping[str, Any]] = []
    given: list[Mapping[str, Any]] = []
    for cell in map(_joined, notebook["cells"]):
        nbgrader = cell["metadata"].get("nbgrader", {})
        question = questions.get(nbgrader.get("grade_id"))
        if question is not None:
            answer = [cell] if question.manual else []
            works.append(Work(question, (*own, *answer), tuple(given), cell))
            own, given = [], []
        elif nbgrader.get("solution") or (
            cell.get("id") not in outline.course_cells and _is_own(cell)
        ):
            own.append(cell)
        elif cell["cell_type"] == "code":
            given.append(cell)
    return tuple(works)


def _is_own(cell: Mapping[str, Any]) -> bool:
    return cell.get("id") != NOTES_ID and bool(cell["source"].strip())


def _joined(cell: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a cell whose source is one text; files have it in lines."""
    if isinstance(cell["source"], str):
        return cell
    return {**cell, "source": "".join(cell["source"])}


def joined(value: str | Sequence[str]) -> str:
    """Return a text of an output as one; files have it in lines."""
    return value if isinstance(value, str) else "".join(value)


def pictures_of(cell: Mapping[str, Any]) -> list[Picture]:
    """Return the pictures that a cell shows, in order, with what it says about them."""
    return [
        picture
        for output in cell.get("outputs", ())
        for picture in pictures_in(output.get("data", {}))
    ]


def pictures_in(data: Mapping[str, Any]) -> list[Picture]:
    """Return the pictures in one output."""
    if "text/html" in data:
        # A picture inside HTML is what the reader sees; the other forms are then fallbacks.
        finder = _PictureFinder()
        finder.feed(joined(data["text/html"]))
        if finder.found:
            return finder.found
    for mime in _PICTURES:
        if mime in data:
            return [Picture(mime, "".join(joined(data[mime]).split()))]
    return []


class _PictureFinder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Picture] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        match = _DATA_URI.fullmatch(values.get("src") or "") if tag == "img" else None
        if match:
            alt = " ".join((values.get("alt") or "").split())
            self.found.append(Picture(match[1], "".join(match[2].split()), alt[:500]))


def data_uri(mime: str, content: bytes) -> str:
    """Return the address by which a page holds a picture within itself."""
    return f"data:{mime};base64,{base64.b64encode(content).decode('ascii')}"
