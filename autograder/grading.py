"""From a submitted file to a verdict: read, repair, run unless it has been run, judge."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import json
import os
import shutil
import tempfile
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from nbformat import NotebookNode

from autograder.assignment import COURSE_ROOT, Assignment
from autograder.judge import Judge
from autograder.probes import load_plan
from autograder.repair import read_submission, release_view, repair
from autograder.run import RunLimits, run_notebook
from autograder.sandbox import SandboxPolicy
from autograder.verdict import CheckResult, QuestionVerdict, Verdict

EVIDENCE_ROOT = COURSE_ROOT / "evidence"
"""Where runs are kept unless another folder is named."""

_RUN_PACKAGES = ("tensorflow", "keras", "numpy", "ipykernel", "matplotlib", "pillow")
# What decides how a notebook runs; checks and reports are left out, so that changing them runs
# nothing again.
_RUN_MODULES = ("evidence.py", "pictures.py", "probes.py", "run.py", "tampering.py")


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
    policy: SandboxPolicy = field(default_factory=SandboxPolicy)
    limits: RunLimits = field(default_factory=RunLimits)

    def read(self, path: Path) -> Submission:
        """Read and repair a submitted file; never raises because of what is in it."""
        notebook, problems = read_submission(path)
        if notebook is None:
            return Submission(
                release_view(self.assignment.source), problems=tuple(problems), readable=False
            )
        return self.repair(notebook, problems)

    def repair(self, notebook: NotebookNode, problems: list[str] | None = None) -> Submission:
        """Repair a submission that has been read."""
        result = repair(notebook, self.assignment.release)
        return Submission(
            result.notebook,
            repairs=tuple(one.message for one in result.repairs),
            problems=(*(problems or ()), *result.problems),
        )

    @cached_property
    def judge(self) -> Judge:
        """The judge, shared by all submissions."""
        return Judge(self.store / "architectures")

    def run_folder(self, submission: Submission) -> Path:
        """Return the folder where the evidence of this submission is, or will be."""
        key = hashlib.sha256(f"{submission.code_hash}/{self._surroundings}".encode()).hexdigest()
        return self.store / self.assignment.name / key[:24]

    def run(self, submission: Submission) -> Path:
        """Return the folder with the evidence of a submission, run now unless it has been.

        Raises:
            SandboxError: If no kernel could be started.
        """
        folder = self.run_folder(submission)
        if not (folder / "run.json").is_file():
            folder.parent.mkdir(parents=True, exist_ok=True)
            # Under a name of its own until it is complete: a killed run leaves nothing behind
            # that looks finished.
            partial = Path(tempfile.mkdtemp(prefix=".running-", dir=folder.parent))
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
        if not submission.readable:
            reason = submission.problems[-1] if submission.problems else "Nothing was handed in."
            return nothing_to_grade(self.assignment, reason)
        folder = self.run_folder(submission)
        if not (folder / "run.json").is_file():
            self.judge.start()  # it gets ready while the notebook runs
        verdict = self.judge.judge(self.assignment, self.run(submission))
        problems = (*submission.problems, *submission.repairs, *verdict.problems)
        return Verdict(verdict.assignment, verdict.questions, tuple(dict.fromkeys(problems)))

    def close(self) -> None:
        """End the judge, if it was started."""
        if "judge" in self.__dict__:
            self.judge.close()

    @cached_property
    def _surroundings(self) -> str:
        """Hash of everything that a notebook runs against."""
        package = Path(__file__).parent
        files = [
            *sorted((COURSE_ROOT / "gan_helpers").rglob("*.py")),
            *(package / name for name in _RUN_MODULES),
            *sorted((package / "sandbox").glob("*.py")),
            self.assignment.checks_folder / "probes.py",
            *sorted((self.assignment.checks_folder / "in_kernel").glob("*.py")),
        ]
        data = self.policy.data_folder()
        files += sorted(data.glob("*.npz")) if data else []
        parts = [
            (file.name, hashlib.sha256(file.read_bytes()).hexdigest())
            for file in files
            if file.is_file()
        ]
        versions = [importlib.metadata.version(name) for name in _RUN_PACKAGES]
        policy = self.policy.to_json()
        for unrelated in ("data", "idle_seconds", "start_seconds"):
            policy.pop(unrelated)
        return json.dumps([parts, versions, policy, vars(self.limits), os.uname().machine])


def nothing_to_grade(assignment: Assignment, reason: str) -> Verdict:
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
                (CheckResult("Something to look at", False, 0.0, reason, points),),
            )
            for question, points in assignment.auto_points.items()
        ),
        problems=(reason,),
    )
