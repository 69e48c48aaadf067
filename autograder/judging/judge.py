"""Judges a run's evidence with the assignment's hidden pytest checks, in a worker process.

A verdict is stored beside the evidence that it follows from, and holds as long as nothing else that
it follows from has changed: the checks, the points of the questions, the judge's own code.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import select
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from autograder.cache import fingerprint, load, source_files, store
from autograder.course import COURSE_ROOT, Assignment
from autograder.execution.course_policy import course_policy
from autograder.judging.pytest_plugin import NOT_JUDGED, JudgeError
from autograder.sandbox import SandboxPolicy
from autograder.verdict import (
    Audience,
    CheckResult,
    CheckStatus,
    Note,
    QuestionVerdict,
    Verdict,
)

__all__ = ["Judge", "JudgeError"]

_TIMEOUT = 300.0  # seconds for one judgement; the first one may have to wait for TensorFlow
# Parts of this package that a verdict follows from.
_CODE = ("judging", "challenges", "evidence", "checks/common")
_PACKAGES = ("keras", "msgspec", "numpy", "opencv-python-headless", "pillow", "pytest", "scipy")


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
                        *(sys.executable, "-m", "autograder.judging.worker"),
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
        """Return the verdict on a run, the stored one if it still holds.

        Args:
            assignment: The assignment.
            folder: The run's evidence.

        Raises:
            JudgeError: If the checks do not load or do not add up.
        """
        path, basis = folder / "verdict.json", _basis(assignment)
        known = load(path, basis)
        if known is not None:
            return Verdict.from_record(known)
        with self._lock:
            answer = self._ask({"assignment": assignment.name, "folder": str(folder.resolve())})
        if answer is None:
            questions = tuple(
                QuestionVerdict(
                    question,
                    points,
                    (CheckResult("All checks", CheckStatus.NOT_JUDGED, NOT_JUDGED, points),),
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
            store(path, basis, answer)
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
                    answer: dict[str, Any] = json.loads(line)
                    return answer
            except (BrokenPipeError, ValueError):
                pass  # It has died; treated like a judgement that never came.
            self.close()
            if not in_time:
                break
        return None


def _code() -> str:
    """Return a hash of the judge's own code."""
    return fingerprint(source_files(*_CODE), _PACKAGES)


def _basis(assignment: Assignment) -> str:
    """Return a hash of everything that a verdict follows from, besides the evidence."""
    checks = sorted(assignment.checks_folder.rglob("*.py"))
    return fingerprint(checks, (), _code(), assignment.auto_points)
