"""Grading a class: in parallel, on a cluster, again, and after being killed."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from nbgrader_command import NAME, ROOT, export, forget_students

from autograder.assignment import Assignment
from autograder.batch import ClassFolder, grade_class
from autograder.sandbox import SandboxPolicy

MARKS = {
    "broken": 0,
    "extra": 10,
    "linked": 0,
    "nothing": 0,
    "renamed": 10,
    "right": 10,
    "untouched": 0,
}


@pytest.fixture
def copy(course, tmp_path) -> Path:
    """The class before anything was graded, with the assignment in a new gradebook."""
    for folder in ("source", "submitted"):
        shutil.copytree(course / folder, tmp_path / folder, symlinks=True)
    shutil.copy(course / "gradebook.db", tmp_path / "gradebook.db")
    forget_students(tmp_path)
    return tmp_path


def marks_of(outcomes) -> dict[str, float | None]:
    return {outcome.student: outcome.score for outcome in outcomes}


def scores(course: Path) -> dict[str, float]:
    return {student: float(row["score"]) for student, row in export(course).items()}


def test_grading_again_runs_nothing_again(copy, store):
    before = {path: path.stat().st_mtime_ns for path in store.rglob("run.json")}
    outcomes = grade_class(
        Assignment.find(NAME), folder=ClassFolder(copy, store), policy=SandboxPolicy(), jobs=2
    )
    assert marks_of(outcomes) == MARKS
    assert not any(outcome.fresh for outcome in outcomes)
    assert {path: path.stat().st_mtime_ns for path in store.rglob("run.json")} == before
    assert scores(copy) == MARKS


def test_regrade_refuses_to_run_student_code(copy, tmp_path):
    outcomes = grade_class(
        Assignment.find(NAME),
        folder=ClassFolder(copy, tmp_path / "empty"),
        policy=SandboxPolicy(),
        only_judge=True,
        students=["right", "broken"],
    )
    assert marks_of(outcomes) == {"broken": 0, "right": None}
    assert "no stored run" in outcomes[1].problem
    assert not list((tmp_path / "empty").rglob("run.json"))


def test_a_cluster_gives_the_same_marks_and_survives_a_lost_worker(copy, store):
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address=None,
        env={"PYTHONPATH": str(ROOT)},
    ) as cluster:
        victim = next(iter(cluster.workers.values()))
        os.kill(victim.pid, signal.SIGKILL)  # its nanny starts another
        outcomes = grade_class(
            Assignment.find(NAME),
            folder=ClassFolder(copy, store),
            policy=SandboxPolicy(),
            cluster=cluster.scheduler_address,
        )
    assert marks_of(outcomes) == MARKS
    assert scores(copy) == MARKS


def test_killed_at_any_moment_and_started_again(copy, store):
    command = [
        *(sys.executable, "-m", "autograder", "grade", NAME, "--jobs", "2"),
        *("--course", str(copy), "--store", str(store)),
    ]
    pick = random.Random(0)
    for _ in range(2):
        grader = subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(pick.uniform(2, 12))
        os.killpg(grader.pid, signal.SIGKILL)
        grader.wait()
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert "7 graded" in finished.stdout
    assert scores(copy) == MARKS


def test_nothing_to_grade_is_said(tmp_path, store):
    with pytest.raises(ValueError, match="nothing to grade"):
        grade_class(
            Assignment.find(NAME), folder=ClassFolder(tmp_path, store), policy=SandboxPolicy()
        )
