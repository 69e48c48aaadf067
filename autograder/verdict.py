"""The result of judging one submission, and its JSON form."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class CheckResult:
    """What one hidden check found.

    Attributes:
        name: Short title of the check, shown to the student.
        passed: Whether the check was met.
        points: Points earned: the check's worth if passed, else 0.
        message: One sentence for the student saying why.
        max_points: What the check is worth.
    """

    name: str
    passed: bool
    points: float
    message: str
    max_points: float = 0.0


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
        problems: Sentences on what went wrong outside single checks: repairs, cells that did not
            run, limits that were hit, checks that failed through no fault of the student.
    """

    assignment: str
    questions: tuple[QuestionVerdict, ...]
    problems: tuple[str, ...] = field(default=())

    @property
    def score(self) -> float:
        """Points earned over all autograded questions."""
        return round(sum(question.points for question in self.questions), 6)

    @property
    def max_score(self) -> float:
        """Points that the autograded questions are worth together."""
        return round(sum(question.max_points for question in self.questions), 6)

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
        """Return the verdict as indented JSON text."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Verdict:
        """Rebuild a verdict from :meth:`to_dict`; totals are computed anew, never read."""
        questions = tuple(
            QuestionVerdict(
                id=entry["id"],
                max_points=float(entry["max_points"]),
                checks=tuple(
                    CheckResult(
                        name=check["name"],
                        passed=bool(check["passed"]),
                        points=float(check["points"]),
                        message=check["message"],
                        max_points=float(check["max_points"]),
                    )
                    for check in entry["checks"]
                ),
            )
            for entry in data["questions"]
        )
        return cls(
            assignment=data["assignment"],
            questions=questions,
            problems=tuple(data["problems"]),
        )
