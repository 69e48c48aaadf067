"""Runs an assignment's hidden checks with pytest and makes a verdict of their results."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from autograder.challenges.hooks import Plan, load_plan
from autograder.course import Assignment
from autograder.evidence.reader import Evidence
from autograder.evidence.unmet import Unmet, one_line
from autograder.judging.check import Drawn, Rebuild
from autograder.judging.networks import Rebuilder
from autograder.verdict import (
    Audience,
    CheckResult,
    CheckStatus,
    Note,
    QuestionVerdict,
    Verdict,
)

NOT_JUDGED = "This check could not be carried out; your instructor is told and will look into it."
_UNANSWERED = "The answer's cell is as it was handed out; put your answer there."
_WITHHELD = (
    "Not marked yet: code in {where} reaches into the grading machine; your instructor is asked to "
    "read it first."
)


class JudgeError(RuntimeError):
    """The checks themselves are at fault; the text says what to mend."""


def judge_here(assignment: Assignment, folder: Path, rebuilder: Rebuilder) -> Verdict:
    """Judge a run in this process.

    Args:
        assignment: The assignment.
        folder: The run's evidence.
        rebuilder: Rebuilds recorded models.

    Raises:
        JudgeError: If the checks do not load or do not add up.
    """
    plan = load_plan(assignment.checks_folder)
    plugin = JudgePlugin(Evidence(folder), rebuilder, plan)
    files = sorted(str(path) for path in assignment.checks_folder.glob("test_*.py"))
    if not files:
        raise JudgeError(f"There are no checks in {assignment.checks_folder}; write some.")
    arguments = [
        *("-p", "no:cacheprovider", "-p", "no:terminal", "-p", "no:faulthandler"),
        # Both collect all garbage at the end of a session, which is half the time of a judgement.
        *("-p", "no:unraisableexception", "-p", "no:threadexception", "--assert=plain"),
        *("-c", os.devnull, "--rootdir", str(assignment.checks_folder)),
        # Check files may import what several of them use from files beside them.
        *("--import-mode", "importlib"),
        *("-o", f"pythonpath={shlex.quote(str(assignment.checks_folder))}"),
        *files,
    ]
    code = pytest.main(arguments, plugins=[plugin])
    _forget_modules(assignment.checks_folder)
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        raise JudgeError(
            f"The checks of {assignment.name} do not load; run pytest on "
            f"{assignment.checks_folder} to see why. {plugin.trouble}"
        )
    return plugin.verdict(assignment)


def _forget_modules(folder: Path) -> None:
    """Drop the imported checks: another assignment's may have the same module names."""
    for name, module in list(sys.modules.items()):
        path = getattr(module, "__file__", None)
        if path and path.startswith(f"{folder}{os.sep}"):
            del sys.modules[name]


class JudgePlugin:
    """Gives checks their fixtures and gathers their results."""

    def __init__(self, evidence: Evidence, rebuilder: Rebuilder, plan: Plan) -> None:
        self._evidence = evidence
        self._rebuilder = rebuilder
        self._plan = plan
        self.results: dict[str, list[CheckResult]] = {}
        self.notes: list[Note] = []
        self.trouble = ""

    @pytest.fixture
    def evidence(self) -> Evidence:
        """The evidence of the run that is judged."""
        return self._evidence

    @pytest.fixture
    def rebuild(self) -> Rebuild:
        """A function ``rebuild(model, name)`` that gives an ``Architecture``."""
        return self._rebuilder.rebuild

    @pytest.fixture
    def drawn(self) -> Drawn:
        """A function ``drawn(name)`` that gives what the hook of that name drew for the run."""

        def draw(name: str) -> dict[str, Any]:
            return self._plan.drawn(name, self._evidence.run.challenge)

        return draw

    def pytest_configure(self, config: Any) -> None:
        """Register the mark of a check."""
        config.addinivalue_line("markers", "check(question, points, title): a hidden check")
        # Nobody reads the tracebacks, and the other styles parse the source for each.
        config.option.tbstyle = "native"

    def pytest_collectreport(self, report: Any) -> None:
        """Keep why check files do not load."""
        if report.failed:
            self.trouble = str(report.longrepr)[-500:]

    def pytest_runtest_makereport(self, item: Any, call: Any) -> None:
        """Keep the result of a check.

        Raises:
            JudgeError: If a test has no ``@check(...)``.
        """
        if call.when == "teardown" or (call.when == "setup" and call.excinfo is None):
            return
        marker = item.get_closest_marker("check")
        if marker is None:
            raise JudgeError(f"{item.nodeid} has no @check(...); say what it is worth.")
        worth = float(marker.kwargs["points"])
        status, message = self._status(marker.kwargs["question"], item, call.excinfo)
        self.results.setdefault(marker.kwargs["question"], []).append(
            CheckResult(
                name=marker.kwargs["title"],
                status=status,
                message=message,
                max_points=worth,
            )
        )

    def _status(self, question: str, item: Any, failure: Any) -> tuple[CheckStatus, str]:
        """Return how a check ended and the sentence for the student.

        Args:
            question: The check's question.
            item: Its test.
            failure: pytest's record of the exception that it raised, if it did.
        """
        run = self._evidence.run
        if question in run.unanswered:
            # Whatever the kernel has recorded: where there is no answer there is no mark.
            return CheckStatus.UNANSWERED, _UNANSWERED
        if run.tampering:
            where = ", ".join(run.tampering)[:200]
            return CheckStatus.WITHHELD, _WITHHELD.format(where=where)
        if failure is None:
            return CheckStatus.MET, "Met."
        message = one_line(str(failure.value), 1000)
        if failure.errisinstance(Unmet):
            return CheckStatus.UNMET, message
        sentence = (
            f"the check {item.nodeid.split('/')[-1]} failed by itself with {failure.typename}: "
            f"{message[:300]}"
        )
        self.notes.append(Note(sentence, Audience.INSTRUCTOR))
        return CheckStatus.NOT_JUDGED, NOT_JUDGED

    def verdict(self, assignment: Assignment) -> Verdict:
        """Return the verdict that the results of all checks make up.

        Raises:
            JudgeError: If the checks and the points of the questions do not fit together.
        """
        unknown = set(self.results) - set(assignment.auto_points)
        if unknown:
            raise JudgeError(f"There are checks for unknown questions: {', '.join(unknown)}.")
        for question, points in assignment.auto_points.items():
            worth = sum(result.max_points for result in self.results.get(question, ()))
            if abs(worth - points) > 1e-6:
                raise JudgeError(
                    f"The checks of {question} are worth {worth:g} together, but its cell has "
                    f"{points:g} points; make them equal."
                )
        return Verdict(
            assignment=assignment.name,
            questions=tuple(
                QuestionVerdict(question, points, tuple(self.results[question]))
                for question, points in assignment.auto_points.items()
            ),
            notes=(*self._evidence.run.notes, *self.notes),
        )
