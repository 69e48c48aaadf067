"""The result of judging one submission, and its JSON forms."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Audience(StrEnum):
    """Who reads a note."""

    EVERYONE = "everyone"
    INSTRUCTOR = "instructor"


class NoteKind(StrEnum):
    """What a note is about."""

    PROBLEM = "problem"
    REPAIR = "repair"


@dataclass(frozen=True)
class Note:
    """A sentence on something that happened outside single checks.

    Attributes:
        text: The sentence.
        audience: Who reads it.
        kind: Whether it tells of a problem or of something that was put right.
    """

    text: str
    audience: Audience = Audience.EVERYONE
    kind: NoteKind = NoteKind.PROBLEM

    def __str__(self) -> str:
        """Return the sentence as the public JSON form has it."""
        return f"INSTRUCTOR: {self.text}" if self.audience is Audience.INSTRUCTOR else self.text


class CheckStatus(StrEnum):
    """How a check ended.

    ``WITHHELD``: a person has to read the code before there are marks. ``NOT_JUDGED``: the check
    itself failed, which is no fault of the student.
    """

    MET = "met"
    UNMET = "unmet"
    UNANSWERED = "unanswered"
    WITHHELD = "withheld"
    NOT_JUDGED = "not judged"


@dataclass(frozen=True)
class CheckResult:
    """The result of a hidden check.

    Attributes:
        name: Short title of the check, shown to the student.
        status: How it ended.
        message: One sentence for the student saying why.
        max_points: What the check is worth.
    """

    name: str
    status: CheckStatus
    message: str
    max_points: float

    @property
    def passed(self) -> bool:
        """Whether the check was met."""
        return self.status is CheckStatus.MET

    @property
    def points(self) -> float:
        """Points earned: the check's worth if it was met, else 0."""
        return self.max_points if self.passed else 0.0


@dataclass(frozen=True)
class QuestionVerdict:
    """All checks of one question.

    Attributes:
        id: Question id, for example ``q2_1`` (its grade cell is ``q2_1_check``).
        max_points: Points of the grade cell.
        checks: Results, in the order of the check file.
    """

    id: str
    max_points: float
    checks: tuple[CheckResult, ...] = ()

    @property
    def points(self) -> float:
        """Points earned, between 0 and ``max_points``."""
        earned = sum(check.points for check in self.checks)
        return round(min(max(earned, 0.0), self.max_points), 6)


@dataclass(frozen=True)
class Verdict:
    """The autograded part of one submission's mark.

    Attributes:
        assignment: Assignment name.
        questions: One entry per autograded question, in notebook order.
        notes: What happened outside single checks: repairs, cells that did not run, limits that
            were hit, checks that failed through no fault of the student.
    """

    assignment: str
    questions: tuple[QuestionVerdict, ...]
    notes: tuple[Note, ...] = field(default=())

    @property
    def score(self) -> float:
        """Points earned over all autograded questions."""
        return round(sum(question.points for question in self.questions), 6)

    @property
    def max_score(self) -> float:
        """Points that the autograded questions are worth together."""
        return round(sum(question.max_points for question in self.questions), 6)

    @property
    def problems(self) -> tuple[str, ...]:
        """The notes as the public JSON form has them."""
        return tuple(map(str, self.notes))

    def texts(self, *, audience: Audience | None = None, kind: NoteKind | None = None) -> list[str]:
        """Return the sentences of some notes.

        Args:
            audience: Only notes for these readers; all if left out.
            kind: Only notes of this kind; all if left out.
        """
        return [
            note.text
            for note in self.notes
            if audience in (None, note.audience) and kind in (None, note.kind)
        ]

    def notes_for(self, audience: Audience) -> list[Note]:
        """Return the notes for these readers."""
        return [note for note in self.notes if note.audience is audience]

    def has(self, status: CheckStatus) -> bool:
        """Return whether a check ended in this way."""
        checks = (check for question in self.questions for check in question.checks)
        return any(check.status is status for check in checks)

    def question(self, question_id: str) -> QuestionVerdict:
        """Return the verdict on one question.

        Raises:
            KeyError: If the assignment has no autograded question of that id.
        """
        for question in self.questions:
            if question.id == question_id:
                return question
        raise KeyError(question_id)

    def to_dict(self) -> dict[str, Any]:
        """Return the public JSON form (see ``docs/instructors.md``)."""
        return {
            "assignment": self.assignment,
            "score": self.score,
            "max_score": self.max_score,
            "questions": [
                {
                    "id": question.id,
                    "points": question.points,
                    "max_points": question.max_points,
                    "checks": [
                        {
                            "name": check.name,
                            "passed": check.passed,
                            "points": check.points,
                            "max_points": check.max_points,
                            "message": check.message,
                        }
                        for check in question.checks
                    ],
                }
                for question in self.questions
            ],
            "problems": list(self.problems),
        }

    def to_json(self) -> str:
        """Return the public form as indented JSON text."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False) + "\n"

    def to_record(self) -> dict[str, Any]:
        """Return all fields as plain JSON values, for :meth:`from_record`."""
        return asdict(self)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Verdict:
        """Return the verdict that :meth:`to_record` described, also after a way through JSON.

        Raises:
            KeyError: If a field is missing.
            TypeError: If there are other fields, or if it is no record at all.
            ValueError: If a status or an audience is unknown.
        """
        questions = tuple(
            QuestionVerdict(
                question["id"],
                float(question["max_points"]),
                tuple(
                    CheckResult(**{**check, "status": CheckStatus(check["status"])})
                    for check in question["checks"]
                ),
            )
            for question in record["questions"]
        )
        notes = (
            Note(note["text"], Audience(note["audience"]), NoteKind(note["kind"]))
            for note in record["notes"]
        )
        return cls(record["assignment"], questions, tuple(notes))


def without_repeats(notes: Iterable[Note]) -> tuple[Note, ...]:
    """Return the notes in order, each sentence once."""
    first: dict[str, Note] = {}
    for note in notes:
        first.setdefault(str(note), note)
    return tuple(first.values())
