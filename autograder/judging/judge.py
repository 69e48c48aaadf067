"""Judges a run's evidence with the assignment's hidden pytest checks.

The checks run in a worker process of their own, which reads data only: it never imports,
unpickles or executes anything from a student. Run as a module it is that worker.

A verdict is kept beside the evidence that it follows from, and holds as long as nothing else that
it follows from has changed: the checks, the points of the questions, the judge's own code.
"""

from __future__ import annotations

import argparse
import atexit
import contextlib
import json
import os
import select
import subprocess
import sys
import threading
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from autograder.cache import digest_of, keep, kept, source_files
from autograder.challenges.hooks import load_plan_module
from autograder.course import COURSE_ROOT, Assignment
from autograder.evidence.reader import Evidence
from autograder.evidence.unmet import Unmet, one_line
from autograder.execution.course_policy import course_policy
from autograder.judging.check import Drawn, Rebuild
from autograder.judging.network_process import RebuildProcess
from autograder.judging.networks import Rebuilder
from autograder.sandbox import SandboxPolicy
from autograder.verdict import (
    Audience,
    CheckResult,
    CheckStatus,
    Note,
    QuestionVerdict,
    Verdict,
)

_TIMEOUT = 300.0  # seconds for one judgement; the first one may have to wait for TensorFlow
_UNANSWERED = "The answer's cell is as it was handed out; put your answer there."
_WITHHELD = (
    "Not marked yet: code in {where} reaches into the grading machine; your instructor is asked to "
    "read it first."
)
_NOT_JUDGED = "This check could not be carried out; your instructor is told and will look into it."
# Parts of this package that a verdict follows from.
_CODE = ("judging", "challenges", "evidence")
_PACKAGES = ("keras", "numpy", "pillow", "pytest", "scipy")


class JudgeError(RuntimeError):
    """The checks themselves are at fault; the text says what to mend."""


class Judge:
    """A worker process that judges one run after the other.

    Args:
        architectures: Folder in which rebuilt models are remembered.
        policy: Whose fork server rebuilds models that are not remembered; best the one that
            kernels come from, so that TensorFlow is imported once for both.
    """

    def __init__(self, architectures: Path, policy: SandboxPolicy | None = None) -> None:
        self._architectures = architectures
        self._policy = policy or course_policy()
        self._worker: subprocess.Popen[bytes] | None = None
        self._worker_code = ""
        self._lock = threading.RLock()
        atexit.register(self.close)

    def start(self) -> None:
        """Start the worker, so that it is ready when it is needed."""
        code = _code()
        with self._lock:
            if self._worker is not None and self._worker_code != code:
                self.close()  # it has the former code in memory
            if self._worker is None or self._worker.poll() is not None:
                self._worker_code = code
                self._worker = subprocess.Popen(
                    [
                        *(sys.executable, "-m", "autograder.judging.judge"),
                        *("--architectures", str(self._architectures)),
                        *("--policy", json.dumps(self._policy.to_json())),
                    ],
                    cwd=COURSE_ROOT,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    # Nobody reads what libraries say there; what matters is in the answers.
                    stderr=subprocess.DEVNULL,
                )

    def close(self) -> None:
        """End the worker."""
        with self._lock:
            if self._worker is None:
                return
            self._worker.kill()
            self._worker.wait()
            for pipe in (self._worker.stdin, self._worker.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()
            self._worker = None

    def judge(self, assignment: Assignment, folder: Path) -> Verdict:
        """Return the verdict on a run, the kept one if it still holds.

        Args:
            assignment: The assignment.
            folder: The run's evidence.

        Raises:
            JudgeError: If the checks do not load or do not add up.
        """
        path, basis = folder / "verdict.json", _basis(assignment)
        known = kept(path, basis)
        if known is not None:
            return Verdict.from_record(known)
        with self._lock:
            answer = self._ask({"assignment": assignment.name, "folder": str(folder.resolve())})
        if answer is None:
            questions = tuple(
                QuestionVerdict(
                    question,
                    points,
                    (CheckResult("All checks", CheckStatus.NOT_JUDGED, _NOT_JUDGED, points),),
                )
                for question, points in assignment.auto_points.items()
            )
            sentence = (
                "the judge ended or took too long on this submission; it has no marks yet. Grade "
                "it again, and look at its evidence if that does not help."
            )
            return Verdict(assignment.name, questions, (Note(sentence, Audience.INSTRUCTOR),))
        if "error" in answer:
            raise JudgeError(answer["error"])
        verdict = Verdict.from_record(answer)
        # A check that failed by itself may have lacked memory. One that was edited in the meantime
        # may have been judged with in its old form or its new one.
        if not verdict.has(CheckStatus.NOT_JUDGED) and _basis(assignment) == basis:
            keep(path, basis, answer)
        return verdict

    def _ask(self, question: dict[str, Any]) -> dict[str, Any] | None:
        """Return the worker's answer, or None if it takes too long or dies twice."""
        for _ in range(2):  # the first may have been ended for something that others did
            self.start()
            worker = self._worker
            assert worker is not None and worker.stdin is not None and worker.stdout is not None
            in_time = True
            try:
                worker.stdin.write(json.dumps(question).encode() + b"\n")
                worker.stdin.flush()
                in_time = bool(select.select([worker.stdout], [], [], _TIMEOUT)[0])
                line = worker.stdout.readline() if in_time else b""
                if line:
                    return json.loads(line)
            except (BrokenPipeError, ValueError):
                pass  # It has died; treated like a judgement that never came.
            self.close()
            if not in_time:
                break
        return None


def _code() -> str:
    """Return a hash of the judge's own code."""
    return digest_of(source_files(*_CODE), _PACKAGES)


def _basis(assignment: Assignment) -> str:
    """Return a hash of everything that a verdict follows from, besides the evidence."""
    checks = sorted(assignment.checks_folder.glob("*.py"))
    return digest_of(checks, (), _code(), assignment.auto_points)


def judge_here(assignment: Assignment, folder: Path, rebuilder: Rebuilder) -> Verdict:
    """Judge a run in this process.

    Args:
        assignment: The assignment.
        folder: The run's evidence.
        rebuilder: Rebuilds recorded models.

    Raises:
        JudgeError: If the checks do not load or do not add up.
    """
    plan = load_plan_module(assignment.checks_folder)
    plugin = _JudgePlugin(Evidence(folder), rebuilder, plan)
    files = sorted(str(path) for path in assignment.checks_folder.glob("test_*.py"))
    if not files:
        raise JudgeError(f"There are no checks in {assignment.checks_folder}; write some.")
    arguments = [
        *("-p", "no:cacheprovider", "-p", "no:terminal", "-p", "no:faulthandler"),
        # Both collect all garbage at the end of a session, which is half the time of a judgement.
        *("-p", "no:unraisableexception", "-p", "no:threadexception", "--assert=plain"),
        *("-c", os.devnull, "--rootdir", str(assignment.checks_folder)),
        *("--import-mode", "importlib"),
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


class _JudgePlugin:
    """Gives checks their fixtures and gathers their results."""

    def __init__(self, evidence: Evidence, rebuilder: Rebuilder, plan: ModuleType | None) -> None:
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
            assert self._plan is not None, "There is no plan.py."
            drawn: dict[str, Any] = self._plan.PLAN.drawn(name, self._evidence.run.challenge)
            return drawn

        return draw

    def pytest_configure(self, config: Any) -> None:
        config.addinivalue_line("markers", "check(question, points, title): a hidden check")
        # Nobody reads the tracebacks, and the other styles parse the source for each.
        config.option.tbstyle = "native"

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self.trouble = str(report.longrepr)[-500:]

    def pytest_runtest_makereport(self, item: Any, call: Any) -> None:
        if call.when == "teardown" or (call.when == "setup" and call.excinfo is None):
            return
        marker = item.get_closest_marker("check")
        if marker is None:
            raise JudgeError(f"{item.nodeid} has no @check(...); say what it is worth.")
        worth = float(marker.kwargs["points"])
        status, message = CheckStatus.MET, "Met."
        if marker.kwargs["question"] in self._evidence.run.unanswered:
            # Whatever the kernel has recorded: where there is no answer there is no mark.
            status, message = CheckStatus.UNANSWERED, _UNANSWERED
        elif self._evidence.run.tampering:
            where = ", ".join(self._evidence.run.tampering)[:200]
            status, message = CheckStatus.WITHHELD, _WITHHELD.format(where=where)
        elif call.excinfo is not None:
            status, message = CheckStatus.UNMET, one_line(str(call.excinfo.value), 1000)
            if not call.excinfo.errisinstance(Unmet):
                sentence = (
                    f"the check {item.nodeid.split('/')[-1]} failed by itself with "
                    f"{call.excinfo.typename}: {message[:300]}"
                )
                self.notes.append(Note(sentence, Audience.INSTRUCTOR))
                status, message = CheckStatus.NOT_JUDGED, _NOT_JUDGED
        self.results.setdefault(marker.kwargs["question"], []).append(
            CheckResult(
                name=marker.kwargs["title"],
                status=status,
                message=message,
                max_points=worth,
            )
        )

    def verdict(self, assignment: Assignment) -> Verdict:
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


def _serve(architectures: Path, policy: SandboxPolicy) -> None:
    """Answer one line of JSON on stdout per line of JSON on stdin."""
    # Checks and libraries may print; the answers need a channel of their own.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    rebuilder = Rebuilder(architectures, RebuildProcess(policy).build)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            assignment = Assignment.find(request["assignment"])
            answer = judge_here(assignment, Path(request["folder"]), rebuilder).to_record()
        except JudgeError as error:
            answer = {"error": str(error)}
        except Exception as error:  # whatever it is, the grader on the other side must hear of it
            answer = {"error": f"The judge failed with {type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Judge runs named on stdin.")
    parser.add_argument("--architectures", type=Path, required=True)
    parser.add_argument("--policy", type=json.loads, required=True)
    options = parser.parse_args()
    _serve(options.architectures, SandboxPolicy.from_json(options.policy))
