"""Runs of student code, each stored under what it follows from and never made twice.

A run follows from the code of the notebook, the text that is really sent to the kernel besides it,
the packages that run it, ``gan_helpers``, the data and the versions of libraries. Whatever else is
edited (a right answer, a tolerance, a message) judges stored runs again and runs nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import msgspec
from nbformat import NotebookNode

from autograder.cache import fingerprint, source_files
from autograder.challenges.hooks import Plan, load_plan
from autograder.challenges.rendering import KERNEL
from autograder.course import COURSE_ROOT, Assignment, ClassFolder
from autograder.evidence.schema import FORMAT, Resources
from autograder.execution.limits import RunLimits
from autograder.execution.runner import run_notebook
from autograder.sandbox import SandboxPolicy

_PACKAGES = ("tensorflow", "keras", "numpy", "ipykernel", "matplotlib", "pillow")
# Hashed when this process begins: it goes on with the code that it has loaded, also when the files
# change.
_CODE = fingerprint(source_files("execution", "sandbox"), ())
_RUNNING = ".running-"
_ABANDONED_SECONDS = 86_400  # no run takes as long


@dataclass
class StoredRuns:
    """The runs of an assignment.

    Attributes:
        assignment: The assignment.
        store: Folder for the evidence of runs.
        policy: What kernels may use.
        limits: Limits on time and output.
    """

    assignment: Assignment
    store: Path
    policy: SandboxPolicy
    limits: RunLimits

    @cached_property
    def plan(self) -> Plan:
        """What is added to the run of a notebook."""
        return load_plan(self.assignment.checks_folder)

    def folder(self, code_hash: str) -> Path:
        """Return the folder where the evidence of a run is, or will be.

        Args:
            code_hash: Hash of the notebook's code.
        """
        key = hashlib.sha256(f"{code_hash}/{self._surroundings}".encode()).hexdigest()
        return self.store / self.assignment.name / key[:24]

    def run(self, notebook: NotebookNode, folder: Path) -> None:
        """Run a notebook and leave its evidence in a folder of :meth:`folder`.

        Raises:
            SandboxError: If no kernel could be started.
        """
        folder.parent.mkdir(parents=True, exist_ok=True)
        # Under another name until it is complete: a killed run leaves nothing behind that looks
        # finished.
        partial = Path(tempfile.mkdtemp(prefix=_RUNNING, dir=folder.parent))
        try:
            run_notebook(notebook, partial, plan=self.plan, policy=self.policy, limits=self.limits)
            with contextlib.suppress(OSError):  # another grader was first: its run stands
                partial.rename(folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def files_in_memory(self) -> list[Path]:
        """Return the files of which something is in memory, besides this package's code."""
        return [
            self.assignment.source_path,
            *sorted(self.assignment.figures_folder.glob("*")),
            *sorted(self.assignment.checks_folder.rglob("*.py")),
            *sorted(KERNEL.glob("*.py")),
            *self._files_of_the_kernel(),
        ]

    def _files_of_the_kernel(self) -> list[Path]:
        """Return the files that a notebook uses in its kernel."""
        data = self.policy.data_folder()
        return [
            *sorted((COURSE_ROOT / "gan_helpers").rglob("*.py")),
            *(sorted(data.glob("*.npz")) if data else ()),
        ]

    @cached_property
    def _surroundings(self) -> str:
        """Hash of everything that a notebook runs against.

        Of the checks that is the text that is really sent to the kernel, here for a run whose
        challenge is "0".
        """
        return fingerprint(
            self._files_of_the_kernel(),
            _PACKAGES,
            _CODE,
            FORMAT,
            self.plan.rendered("0"),
            self.policy.conditions(),
            vars(self.limits),
            os.uname().machine,
        )


class _UseOfRun(msgspec.Struct):
    """What is read of a ``RunRecord`` for reports, whatever else is in it."""

    resources: Resources


def read_resources(folder: ClassFolder, assignment: str, run: str) -> Resources | None:
    """Return what a run has used; None if there was no run or it is no longer stored.

    Args:
        folder: Where the class is.
        assignment: Name of the assignment.
        run: Name of the run's folder; empty if there was none.
    """
    try:
        record = folder.run_record(assignment, run).read_bytes() if run else b""
        return msgspec.json.decode(record, type=_UseOfRun).resources
    except (OSError, msgspec.DecodeError):
        return None


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
