"""From a submitted file to a verdict: read, repair, run unless it has been run, judge."""

from __future__ import annotations

import contextlib
import copy
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from nbformat import NotebookNode

from autograder.cache import digest_of, source_files
from autograder.challenges.hooks import load_plan
from autograder.course import COURSE_ROOT, Assignment
from autograder.execution.course_policy import course_policy
from autograder.execution.limits import RunLimits
from autograder.execution.runner import run_notebook
from autograder.grading.graded_notebook import Record
from autograder.judging.judge import Judge
from autograder.sandbox import SandboxPolicy
from autograder.submission import find_submission, read_submission, release_view, repair
from autograder.verdict import (
    CheckResult,
    CheckStatus,
    Note,
    NoteKind,
    QuestionVerdict,
    Verdict,
    without_repeats,
)

EVIDENCE_ROOT = COURSE_ROOT / "evidence"
"""Where runs are kept unless another folder is named."""

_RUN_PACKAGES = ("tensorflow", "keras", "numpy", "ipykernel", "matplotlib", "pillow")
# Hashed when this process begins: it goes on with the code that it has loaded, also when the files
# change.
_RUN_CODE = digest_of(source_files("execution", "challenges", "evidence", "sandbox"), ())
_RUNNING = ".running-"
_ABANDONED_SECONDS = 86_400  # no run takes as long


@dataclass(frozen=True)
class Submission:
    """A submission made fit to run.

    Attributes:
        notebook: The repaired notebook; the untouched release if nothing could be read.
        repairs: One sentence per thing that was put right.
        problems: One sentence per thing that could not.
        readable: Whether the file could be read as a notebook.
    """

    notebook: NotebookNode
    repairs: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    readable: bool = True

    @property
    def code_hash(self) -> str:
        """Hash of everything in it that runs."""
        cells = [
            [cell.metadata.get("nbgrader", {}).get("grade_id"), cell.source]
            for cell in self.notebook.cells
            if cell.cell_type == "code"
        ]
        return hashlib.sha256(json.dumps(cells).encode()).hexdigest()


@dataclass
class Grader:
    """Grades submissions of one assignment.

    Attributes:
        assignment: The assignment.
        store: Folder for the evidence of runs.
        policy: What kernels may use.
        limits: Limits on time and output.
    """

    assignment: Assignment
    store: Path = EVIDENCE_ROOT
    policy: SandboxPolicy = field(default_factory=course_policy)
    limits: RunLimits = field(default_factory=RunLimits)

    @cached_property
    def release(self) -> NotebookNode:
        """The student version of the assignment."""
        return release_view(self.assignment.source)

    def read(self, path: Path) -> Submission:
        """Read and repair a submitted file; never raises because of what is in it."""
        notebook, problems = read_submission(path)
        return self._unreadable(problems) if notebook is None else self.repair(notebook, problems)

    def read_folder(self, folder: Path) -> Submission:
        """Find, read and repair the notebook in a student's folder; never raises."""
        try:
            found, notes = find_submission(
                folder, f"{self.assignment.name}.ipynb", source=self.release
            )
        except OSError as error:
            reason = f"The folder of this submission cannot be read ({error.strerror})."
            return self._unreadable([reason])
        messages = [note.message for note in notes]
        if found is None:
            return self._unreadable(messages)
        submission = self.read(found)
        return replace(submission, repairs=(*messages, *submission.repairs))

    def _unreadable(self, problems: Iterable[str]) -> Submission:
        release = copy.deepcopy(self.release)
        return Submission(release, problems=tuple(problems), readable=False)

    def repair(self, notebook: NotebookNode, problems: list[str] | None = None) -> Submission:
        """Repair a submission that has been read."""
        result = repair(notebook, self.release)
        return Submission(
            result.notebook,
            repairs=tuple(one.message for one in result.repairs),
            problems=(*(problems or ()), *result.problems),
        )

    @cached_property
    def judge(self) -> Judge:
        """The judge, shared by all submissions."""
        return Judge(self.store / "architectures", self.policy)

    def run_folder(self, submission: Submission) -> Path:
        """Return the folder where the evidence of this submission is, or will be."""
        key = hashlib.sha256(f"{submission.code_hash}/{self._surroundings}".encode()).hexdigest()
        return self.store / self.assignment.name / key[:24]

    def has_run(self, submission: Submission) -> bool:
        """Return whether the evidence of this submission is there."""
        return (self.run_folder(submission) / "run.json").is_file()

    def forget_run(self, submission: Submission) -> None:
        """Throw the evidence of this submission away, so that it is run again."""
        shutil.rmtree(self.run_folder(submission), ignore_errors=True)

    def run(self, submission: Submission) -> Path:
        """Return the folder with the evidence of a submission, run now unless it has been.

        Raises:
            SandboxError: If no kernel could be started.
        """
        folder = self.run_folder(submission)
        if not self.has_run(submission):
            folder.parent.mkdir(parents=True, exist_ok=True)
            # Under a name of its own until it is complete: a killed run leaves nothing behind
            # that looks finished.
            partial = Path(tempfile.mkdtemp(prefix=_RUNNING, dir=folder.parent))
            try:
                run_notebook(
                    submission.notebook,
                    partial,
                    plan=load_plan(self.assignment.checks_folder),
                    policy=self.policy,
                    limits=self.limits,
                )
                with contextlib.suppress(OSError):  # another grader was first: its run stands
                    partial.rename(folder)
            finally:
                shutil.rmtree(partial, ignore_errors=True)
        return folder

    def grade(self, submission: Submission) -> Verdict:
        """Return the verdict on a submission.

        Raises:
            SandboxError: If no kernel could be started.
            JudgeError: If the checks do not load or do not add up.
        """
        if submission.readable:
            if not self.has_run(submission):
                self.judge.start()  # it gets ready while the notebook runs
            verdict = self.judge.judge(self.assignment, self.run(submission))
        else:
            verdict = _nothing_to_grade(self.assignment, submission.problems[-1])
        before = [
            *map(Note, submission.problems),
            *(Note(sentence, kind=NoteKind.REPAIR) for sentence in submission.repairs),
        ]
        return replace(verdict, notes=without_repeats([*before, *verdict.notes]))

    def record(self, submission: Submission, verdict: Verdict) -> Record:
        """Return what is written down about a submission that has been graded."""
        run = self.run_folder(submission).name if submission.readable else ""
        return Record(verdict, run)

    def close(self) -> None:
        """End the judge, if it was started."""
        if "judge" in self.__dict__:
            self.judge.close()

    @cached_property
    def _surroundings(self) -> str:
        """Hash of everything that a notebook runs against."""
        return digest_of(
            _run_files(self.assignment, self.policy),
            _RUN_PACKAGES,
            _RUN_CODE,
            self.policy.conditions(),
            vars(self.limits),
            os.uname().machine,
        )


def _run_files(assignment: Assignment, policy: SandboxPolicy) -> list[Path]:
    """Return the files that a notebook runs against, besides the autograder's own code."""
    data = policy.data_folder()
    return [
        *sorted((COURSE_ROOT / "gan_helpers").rglob("*.py")),
        assignment.checks_folder / "probes.py",
        assignment.checks_folder / "plan.py",
        *sorted((assignment.checks_folder / "in_kernel").glob("*.py")),
        *sorted((assignment.checks_folder / "kernel").glob("*.py")),
        *(sorted(data.glob("*.npz")) if data else ()),
    ]


_shared: dict[tuple[str, Path, str], tuple[list[tuple[str, int]], Grader]] = {}


def shared_grader(name: str, *, store: Path, policy: SandboxPolicy) -> Grader:
    """Return this process's grader of an assignment, made anew when its files have changed.

    A grader keeps a judge, and what it has read and hashed. A Jupyter server with formgrader has it
    for days, in which the instructor edits the notebook.

    Args:
        name: The assignment.
        store: Folder for the evidence of runs.
        policy: What kernels may use.

    Raises:
        UnknownAssignmentError: If there is no such assignment.
    """
    assignment = Assignment.find(name)
    figures = sorted(assignment.figures_folder.glob("*"))
    files = [assignment.source_path, *figures, *_run_files(assignment, policy)]
    stamps = [(str(path), path.stat().st_mtime_ns) for path in files if path.exists()]
    key = (name, store, json.dumps(policy.to_json()))
    if key in _shared:
        seen, grader = _shared[key]
        if seen == stamps:
            return grader
        grader.close()
    grader = Grader(assignment, store=store, policy=policy)
    _shared[key] = (stamps, grader)
    return grader


def remove_abandoned_runs(store: Path, assignment: str) -> None:
    """Remove what graders that were killed have left of unfinished runs.

    Args:
        store: Folder for the evidence of runs.
        assignment: The assignment.
    """
    for folder in (store / assignment).glob(f"{_RUNNING}*"):
        with contextlib.suppress(OSError):  # its grader has just finished it
            if time.time() - folder.stat().st_mtime > _ABANDONED_SECONDS:
                shutil.rmtree(folder)


def _nothing_to_grade(assignment: Assignment, reason: str) -> Verdict:
    """Return the verdict on a submission that could not be read at all.

    Args:
        assignment: The assignment.
        reason: One sentence on why.
    """
    return Verdict(
        assignment=assignment.name,
        questions=tuple(
            QuestionVerdict(
                question,
                points,
                (CheckResult("Something to look at", CheckStatus.UNMET, reason, points),),
            )
            for question, points in assignment.auto_points.items()
        ),
    )
