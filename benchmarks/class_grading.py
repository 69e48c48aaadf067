"""One class through stock ``nbgrader autograde`` and through ours, with one job and with two.

Stock means nbgrader's own configuration and preprocessors, with the same notebooks, data, budget
and ``gan_helpers``. Everything is counted: the commands' own start, the fork server's import of
TensorFlow, kernels, judging and the gradebook.
"""

from __future__ import annotations

import functools
import itertools
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from autograder.course import COURSE_ROOT
from autograder.sandbox import syscalls
from tests.support.simulated_class import (
    NAME,
    CourseCopy,
    HandIn,
    automatic_marks,
    compare,
    make_class,
)

WANTED = {1: 5.0, 2: 10.0}
"""How many times less wall time than stock a submission should take, by number of jobs."""

_FIRST = ("model answer", "untouched", "cut off in the middle")


@dataclass(frozen=True)
class Cost:
    """What grading a class has cost, per submission.

    Attributes:
        wall: Wall time in seconds.
        cpu: CPU time in seconds of all processes, kernels and the fork server included.
    """

    wall: float
    cpu: float


def report(*, submissions: int = 12) -> None:
    """Print wall and CPU time per submission of stock nbgrader and of ours, ratios and memory.

    Args:
        submissions: Size of the class; the first three are right, untouched and broken.
    """
    hand_ins = _class(submissions)
    print(f"{NAME}: a class of {submissions}, per submission")
    with tempfile.TemporaryDirectory() as scratch:
        stock_course = Path(scratch) / "stock"
        _stock_folder(stock_course, hand_ins)
        stock = _cost(lambda: _nbgrader(stock_course, "autograde", NAME), submissions)
        _say("stock nbgrader autograde", stock)
        _say_marks(hand_ins, stock_course, ours=False)
        for jobs, wanted in WANTED.items():
            course = CourseCopy(Path(scratch) / f"ours-{jobs}", hand_ins)
            grade = functools.partial(course.run, "autograder", "grade", NAME, f"--jobs={jobs}")
            cost = _cost(grade, submissions)
            # Linux does not add the kernels to the fork server's account; each has one of its own.
            cost = replace(cost, cpu=cost.cpu + _kernels_cpu(course.root) / submissions)
            _say(f"ours, {jobs} job{'s' if jobs > 1 else ''}", cost)
            faster, cheaper = stock.wall / cost.wall, stock.cpu / cost.cpu
            kept = "kept" if faster >= wanted else "NOT KEPT"
            print(
                f"    {faster:.1f}x in wall time ({wanted:g}x: {kept}), {cheaper:.1f}x in CPU time"
            )
            _say_marks(hand_ins, course.root, ours=True)
            _say_memory(course.root)


def _class(size: int) -> list[HandIn]:
    """Return a right, an untouched and a broken submission, then right and wrong ones by turns."""
    kinds: dict[str, HandIn] = {}
    for hand_in in make_class(100):  # every code there is, at least once
        kinds.setdefault(hand_in.kind.split(",")[0], hand_in)
    turns = itertools.zip_longest(
        *([kind for kind in kinds if kind.startswith(start)] for start in ("right", "wrong"))
    )
    chosen = [*_FIRST, *(kind for turn in turns for kind in turn if kind)]
    return [kinds[kind] for kind in chosen[:size]]


def _stock_folder(course: Path, hand_ins: list[HandIn]) -> None:
    """Make a course folder without our configuration, so that nothing of ours is loaded."""
    shutil.copytree(COURSE_ROOT / "source" / NAME, course / "source" / NAME)
    for hand_in in hand_ins:
        hand_in.write(course)
    _nbgrader(course, "generate_assignment", NAME)


def _nbgrader(course: Path, *command: str) -> None:
    """Run a command of nbgrader; it ends with an error if any submission is broken."""
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "PYTHONPATH": str(COURSE_ROOT),
        "GAN_HELPERS_BUDGET": "grading",
    }
    subprocess.run(
        [sys.executable, "-m", "nbgrader", *command, "--course", "gan_course"],
        cwd=course,
        env=environment,
        capture_output=True,
        check=False,
    )


def _cost(work: Callable[[], object], submissions: int) -> Cost:
    with _own_fork_server():
        before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        work()
        wall = time.perf_counter() - started
        _end_children()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall / submissions, cpu / submissions)


@contextmanager
def _own_fork_server() -> Iterator[None]:
    """Let a fork server be started anew, and come back to this process when its grader ends."""
    syscalls.prctl(syscalls.PR_SET_CHILD_SUBREAPER, 1)
    before = os.environ.get("XDG_RUNTIME_DIR")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_RUNTIME_DIR"] = folder
        try:
            yield
        finally:
            os.environ.pop("XDG_RUNTIME_DIR")
            if before is not None:
                os.environ["XDG_RUNTIME_DIR"] = before


def _end_children() -> None:
    """End what is left behind, the fork server above all, so that Linux adds up its CPU time."""
    while children := psutil.Process().children():
        for child in children:
            child.send_signal(signal.SIGTERM)
            os.waitpid(child.pid, 0)


def _say(name: str, cost: Cost) -> None:
    load = os.getloadavg()[0]
    print(
        f"  {name:<26} wall {cost.wall:6.1f} s   CPU {cost.cpu:6.1f} s   (load of the machine "
        f"{load:.1f})",
        flush=True,
    )


def _say_marks(hand_ins: list[HandIn], course: Path, *, ours: bool) -> None:
    marks = automatic_marks(course)
    other = compare(hand_ins, marks)
    graded = [sum(grades.values()) for grades in marks.values() if None not in grades.values()]
    print(
        f"    in the gradebook: {len(graded)} of {len(hand_ins)}, {graded.count(0)} with no marks; "
        f"{len(hand_ins) - len(other)} with the marks that the answers deserve"
    )
    if ours:
        for sentence in other:
            print(f"    {sentence}")


def _kernels_cpu(course: Path) -> float:
    return sum(run["cpu_seconds"] for run in _resources(course))


def _resources(course: Path) -> list[dict[str, float]]:
    return [json.loads(path.read_text())["resources"] for path in course.rglob("run.json")]


def _say_memory(course: Path) -> None:
    runs = _resources(course)
    peak, private = (
        max(run[key] for run in runs) / 2**20 for key in ("peak_memory", "private_memory")
    )
    print(
        f"    memory of a run: at most {peak:.0f} MiB, of which {private:.0f} MiB are its own and "
        "not shared with the fork server"
    )
