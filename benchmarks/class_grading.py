"""Twelve submissions of assignment 02 through stock ``nbgrader autograde`` and through ours.

Stock means nbgrader's own configuration and preprocessors, with the same notebooks, data and
budget. It gives other marks, which is why this project exists; here only costs are compared.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat

from autograder.assignment import COURSE_ROOT, Assignment

NAME = "02_dcgan_experiments"


@dataclass(frozen=True)
class Cost:
    """What grading a class has cost, per submission.

    Attributes:
        wall: Wall time in seconds.
        cpu: CPU time in seconds of all processes, kernels included.
    """

    wall: float
    cpu: float


def report(*, submissions: int = 12) -> None:
    """Print wall and CPU time per submission of stock nbgrader and of ours, and the ratios.

    Args:
        submissions: Size of the class; the first three are right, untouched and broken.
    """
    with tempfile.TemporaryDirectory() as folder:
        stock_course = _class_folder(Path(folder) / "stock", submissions)
        stock = _stock(stock_course, submissions)
        costs = {"stock nbgrader autograde": stock}
        memory = 0.0
        for jobs in (1, 2):
            course = _class_folder(Path(folder) / f"ours-{jobs}", submissions)
            costs[f"ours, {jobs} job{'s' if jobs > 1 else ''}"], memory = _ours(
                course, jobs, submissions
            )
    print(f"{NAME}: {submissions} submissions (right, wrong, broken), per submission, 1 run each")
    for name, cost in costs.items():
        ratio = f"{stock.wall / cost.wall:.1f}x" if cost is not stock else "1x"
        print(
            f"  {name:<26} wall {cost.wall:6.1f} s   CPU {cost.cpu:6.1f} s   {ratio} in wall time"
        )
    print(f"  memory of a run of ours: at most {memory:.0f} MiB, shared pages included")


def _class_folder(root: Path, submissions: int) -> Path:
    """Make a course folder with the submissions handed in and the gradebook ready."""
    sys.path.insert(0, str(COURSE_ROOT / "tests"))
    from answers import build_notebook, combine, read_answers

    assignment = Assignment.find(NAME)
    answers = read_answers(NAME)
    wrong = combine(answer for answer in answers if not answer.right)
    right = combine(answer for answer in answers if answer.right)
    shutil.copytree(COURSE_ROOT / "source" / NAME, root / "source" / NAME)
    notebooks = [
        nbformat.writes(assignment.source),
        nbformat.writes(assignment.release),
        "{ broken",
    ]
    for column in [*right[:4], *wrong][: submissions - len(notebooks)]:
        # No endless loops: stock nbgrader would end at the first.
        kept = [one for one in column if "endless" not in one.name]
        cells = {cell: code for one in kept for cell, code in one.cells.items()}
        notebooks.append(nbformat.writes(build_notebook(assignment, cells)))
    for number, text in enumerate(notebooks):
        path = root / "submitted" / f"student{number:02}" / NAME / f"{NAME}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
    _run(root, [sys.executable, "-m", "nbgrader", "generate_assignment", NAME, "--force"])
    return root


def _stock(course: Path, submissions: int) -> Cost:
    # Started in a folder without our nbgrader_config.py, so that nothing of ours is loaded.
    command = [sys.executable, "-m", "nbgrader", "autograde", NAME]
    return _timed(lambda: _run(course, command, check=False), submissions)


def _ours(course: Path, jobs: int, submissions: int) -> tuple[Cost, float]:
    store = course / "evidence"
    command = [
        *(sys.executable, "-m", "autograder", "grade", NAME, "--jobs", str(jobs)),
        *("--course", str(course), "--store", str(store)),
    ]
    cost = _timed(
        lambda: subprocess.run(
            command, cwd=COURSE_ROOT, check=True, capture_output=True, env=_environment()
        ),
        submissions,
    )
    runs = [json.loads(path.read_text())["resources"] for path in store.rglob("run.json")]
    # Kernels are children of the fork server, not of the grader, and keep their own account.
    kernels = sum(run["cpu_seconds"] for run in runs) / submissions
    peak = max(run["peak_memory"] for run in runs) / 2**20
    return Cost(cost.wall, cost.cpu + kernels), peak


def _timed(work: Callable[[], object], submissions: int) -> Cost:
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    work()
    after, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - started
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall / submissions, cpu / submissions)


def _run(course: Path, command: list[str], *, check: bool = True) -> None:
    subprocess.run(command, cwd=course, check=check, capture_output=True, env=_environment())


def _environment() -> dict[str, str]:
    return {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "PYTHONPATH": str(COURSE_ROOT),
    }
