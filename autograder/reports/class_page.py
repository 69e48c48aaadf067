"""The class report as one page: marks, failed checks, pictures, similar work, runs, repairs.

The page is one file without scripts, and holds no file of a student's: pictures are decoded and
drawn afresh.
"""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from autograder.course import Assignment, ClassFolder
from autograder.evidence.schema import Resources
from autograder.grading.outline import Question
from autograder.reports.class_report import ClassReport, gather
from autograder.reports.render import environment

_STEPS = 10  # of the bars that show how totals are spread
_SLOWEST = 10
_REASONS = 5  # of a failed check


@dataclass(frozen=True)
class Totals:
    """Everybody's total marks, in four numbers."""

    median: float
    mean: float
    lowest: float
    highest: float


@dataclass(frozen=True)
class SpreadStep:
    """How many students have about as many marks.

    Attributes:
        range: From how many marks to how many, in words.
        count: Number of students.
        share: The same in per cent of the step with most.
    """

    range: str
    count: int
    share: float


@dataclass(frozen=True)
class QuestionRow:
    """The marks of one question.

    Attributes:
        question: The question.
        full: How many have all marks.
        part: How many have some.
        none: How many have none.
        waiting: How many answers nobody has marked yet.
        mean: Mean of the marked answers; None if there are none.
        share: The same in per cent of the question's marks.
    """

    question: Question
    full: int
    part: int
    none: int
    waiting: int
    mean: float | None
    share: float


@dataclass(frozen=True)
class FailedCheck:
    """A check that some have not met.

    Attributes:
        question: Name of its question.
        name: Its title.
        points: What it is worth.
        students: Those who have not met it.
        reasons: The most frequent messages, with their numbers.
        share: The students in per cent of all.
    """

    question: str
    name: str
    points: float
    students: tuple[str, ...]
    reasons: tuple[tuple[str, int], ...]
    share: float


@dataclass(frozen=True)
class Usage:
    """What the runs have used of something.

    Attributes:
        name: Of what.
        unit: In what unit.
        median: By a run in the middle.
        highest: At most.
        sum: By all together; None where a sum means nothing.
    """

    name: str
    unit: str
    median: float
    highest: float
    sum: float | None


@dataclass(frozen=True)
class SentenceGroup:
    """Sentences that are about just the same students."""

    students: tuple[str, ...]
    sentences: tuple[str, ...]


def render(report: ClassReport) -> str:
    """Return the report as a page."""
    entries = report.entries
    resources = [entry.resources for entry in entries if entry.resources is not None]
    runs = [
        (entry.resources.wall_seconds, entry.student)
        for entry in entries
        if entry.resources is not None and entry.resources.wall_seconds is not None
    ]
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            max_total=_max_total(report),
            totals=_totals(report),
            spread=_spread(report),
            questions=[_question_row(report, question) for question in report.questions],
            checks=_failed_checks(report),
            uses=_uses(resources),
            slowest=sorted(runs, key=lambda run: -run[0])[:_SLOWEST],
            repairs=_grouped((entry.student, entry.graded.record.repairs) for entry in entries),
            notes=_grouped((entry.student, entry.notes) for entry in entries),
        )
    )


def _max_total(report: ClassReport) -> float:
    return sum(question.points for question in report.questions)


def _totals(report: ClassReport) -> Totals | None:
    totals = [entry.marks.total for entry in report.entries]
    if not totals:
        return None
    return Totals(statistics.median(totals), statistics.fmean(totals), min(totals), max(totals))


def _spread(report: ClassReport) -> list[SpreadStep]:
    """Return how many have how many marks, in ten steps."""
    most = _max_total(report) or 1.0
    counts = Counter(
        min(int(_STEPS * entry.marks.total / most), _STEPS - 1) for entry in report.entries
    )
    highest = max(counts.values(), default=1)
    return [
        SpreadStep(
            f"{most * step / _STEPS:g} to {most * (step + 1) / _STEPS:g}",
            counts[step],
            100 * counts[step] / highest,
        )
        for step in range(_STEPS)
    ]


def _question_row(report: ClassReport, question: Question) -> QuestionRow:
    scores = [
        entry.marks.scores.get(question.grade_id, 0.0)
        for entry in report.entries
        if not (question.manual and question.grade_id in entry.marks.waiting)
    ]
    full = sum(score >= question.points - 1e-6 for score in scores)
    none = sum(score <= 1e-6 for score in scores)
    mean = statistics.fmean(scores) if scores else None
    return QuestionRow(
        question,
        full=full,
        part=len(scores) - full - none,
        none=none,
        waiting=len(report.entries) - len(scores),
        mean=mean,
        share=100 * mean / question.points if mean else 0.0,
    )


def _failed_checks(report: ClassReport) -> list[FailedCheck]:
    """Return the checks that somebody failed, those first that most failed."""
    names = {question.id: question.name for question in report.questions}
    messages: defaultdict[tuple[str, str, float], dict[str, str]] = defaultdict(dict)
    for entry in report.entries:
        if not entry.graded.record.run:  # nothing could be read, which the problems say
            continue
        for question in entry.graded.record.verdict.questions:
            for check in question.checks:
                if not check.passed:
                    key = (names.get(question.id, question.id), check.name, check.max_points)
                    messages[key][entry.student] = check.message
    checks = [
        FailedCheck(
            *key,
            students=tuple(by_student),
            reasons=tuple(Counter(by_student.values()).most_common(_REASONS)),
            share=100 * len(by_student) / len(report.entries),
        )
        for key, by_student in messages.items()
    ]
    return sorted(checks, key=lambda check: -len(check.students))


def _uses(resources: Sequence[Resources]) -> list[Usage]:
    uses = (
        _usage("Time", "s", [use.wall_seconds for use in resources]),
        _usage("Processor time", "s", [use.cpu_seconds for use in resources]),
        _usage("Memory at most", "MB", [use.peak_memory for use in resources], scale=1e-6),
    )
    return [usage for usage in uses if usage is not None]


def _usage(
    name: str, unit: str, values: Iterable[float | None], *, scale: float = 1.0
) -> Usage | None:
    measured = [value * scale for value in values if value is not None]
    if not measured:
        return None
    total = sum(measured) if unit == "s" else None
    return Usage(name, unit, statistics.median(measured), max(measured), total)


def _grouped(sentences: Iterable[tuple[str, Iterable[str]]]) -> list[SentenceGroup]:
    """Return groups of students with the sentences that are about just them, the largest first.

    Args:
        sentences: Students, and the sentences about each.
    """
    about: defaultdict[str, list[str]] = defaultdict(list)
    for student, texts in sentences:
        for sentence in texts:
            about[sentence].append(student)
    groups: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for sentence, students in about.items():
        groups[tuple(students)].append(sentence)
    ordered = sorted(groups.items(), key=lambda group: (-len(group[0]), group[0]))
    return [SentenceGroup(students, tuple(texts)) for students, texts in ordered]


def write_report(assignment: Assignment, folder: ClassFolder, *, data: Path | None) -> Path:
    """Write the report, and what formgrader shows of it, into ``reports/`` of the class.

    Args:
        assignment: The assignment.
        folder: Where the class is.
        data: Folder with the data sets, or None.

    Returns:
        The page.

    Raises:
        ValueError: If nobody has been graded, or the gradebook does not know the assignment.
    """
    report = gather(assignment, folder, data=data)
    page = folder.report_page(assignment.name)
    page.parent.mkdir(exist_ok=True)
    excerpt = msgspec.json.format(msgspec.json.encode(report.excerpt()), indent=1)
    folder.report_excerpt(assignment.name).write_bytes(excerpt)
    page.write_text(render(report), encoding="utf-8")
    return page
