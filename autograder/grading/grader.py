"""From a submitted file to a verdict: read, repair, run unless it has been run, judge."""

from __future__ import annotations

import copy
import hashlib
import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from nbformat import NotebookNode

from autograder.course import EVIDENCE_ROOT, Assignment
from autograder.execution.course_policy import course_policy
from autograder.execution.limits import RunLimits
from autograder.grading.graded_notebook import Record
from autograder.grading.stored_runs import StoredRuns
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


@dataclass(frozen=True)
class Submission:
    """A submission made fit to run.

    Attributes:
        notebook: The repaired notebook; the untouched release if nothing could be read.
        repairs: A sentence for each thing that was put right.
        problems: A sentence for each thing that could not.
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
        """Read and repair a submitted file, whatever is in it."""
        notebook, problems = read_submission(path)
        messages = [problem.message for problem in problems]
        return self._unreadable(messages) if notebook is None else self.repair(notebook, messages)

    def read_folder(self, folder: Path) -> Submission:
        """Find, read and repair the notebook in a student's folder, whatever is in it."""
        try:
            path, notes = find_submission(
                folder, f"{self.assignment.name}.ipynb", source=self.release
            )
        except OSError as error:
            reason = f"The folder of this submission cannot be read ({error.strerror})."
            return self._unreadable([reason])
        messages = [note.message for note in notes]
        if path is None:
            return self._unreadable(messages)
        submission = self.read(path)
        return replace(submission, repairs=(*messages, *submission.repairs))

    def _unreadable(self, problems: Iterable[str]) -> Submission:
        release = copy.deepcopy(self.release)
        return Submission(release, problems=tuple(problems), readable=False)

    def repair(self, notebook: NotebookNode, problems: list[str] | None = None) -> Submission:
        """Repair a submission that has been read."""
        result = repair(notebook, self.release)
        return Submission(
            result.notebook,
            repairs=tuple(note.message for note in result.repairs),
            problems=(*(problems or ()), *(problem.message for problem in result.problems)),
        )

    @cached_property
    def judge(self) -> Judge:
        """The judge, shared by all submissions."""
        return Judge(self.store / "architectures", self.policy)

    @cached_property
    def runs(self) -> StoredRuns:
        """The stored runs of the assignment."""
        return StoredRuns(self.assignment, self.store, self.policy, self.limits)

    def run_folder(self, submission: Submission) -> Path:
        """Return the folder where the evidence of this submission is, or will be."""
        return self.runs.folder(submission.code_hash)

    def has_run(self, submission: Submission) -> bool:
        """Return whether the evidence of this submission is there."""
        return (self.run_folder(submission) / "run.json").is_file()

    def forget_run(self, submission: Submission) -> None:
        """Delete the evidence of this submission, so that it is run again."""
        shutil.rmtree(self.run_folder(submission), ignore_errors=True)

    def run(self, submission: Submission) -> Path:
        """Return the folder with the evidence of a submission, run now unless it has been.

        Raises:
            SandboxError: If no kernel could be started.
        """
        folder = self.run_folder(submission)
        if not self.has_run(submission):
            self.runs.run(submission.notebook, folder)
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


_shared: dict[tuple[str, Path, str], tuple[list[tuple[str, int]], Grader]] = {}


def shared_grader(name: str, *, store: Path, policy: SandboxPolicy) -> Grader:
    """Return this process's grader of an assignment, a new one when its files have changed.

    A grader keeps a judge, and what it has read and hashed. A Jupyter server with formgrader keeps
    it for days, in which the instructor edits the notebook.

    Args:
        name: The assignment.
        store: Folder for the evidence of runs.
        policy: What kernels may use.

    Raises:
        UnknownAssignmentError: If there is no such assignment.
    """
    assignment = Assignment.find(name)
    fresh = Grader(assignment, store=store, policy=policy)
    files = fresh.runs.files_in_memory()
    stamps = [(str(path), path.stat().st_mtime_ns) for path in files if path.exists()]
    key = (name, store, json.dumps(policy.to_json()))
    if key in _shared:
        known_stamps, grader = _shared[key]
        if known_stamps == stamps:
            return grader
        grader.close()
    _shared[key] = (stamps, fresh)
    return fresh


def _nothing_to_grade(assignment: Assignment, reason: str) -> Verdict:
    """Return the verdict on a submission that could not be read at all.

    Args:
        assignment: The assignment.
        reason: Why not, in a sentence.
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
