"""Grading a class: in parallel, on a cluster, again, and after being killed."""

from __future__ import annotations

import functools
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from autograder.course import Assignment
from autograder.execution.course_policy import course_policy
from autograder.grading.class_grader import (
    ClassFolder,
    Outcome,
    Task,
    _on_cluster,
    _on_processes,
    grade_class,
)
from autograder.grading.grader import shared_grader
from tests.support.nbgrader_command import NAME, ROOT, forget_students, gradebook_rows
from tests.support.simulated_class import automatic_marks, compare, make_class

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
    found: dict[str, float] = {}
    for student, _, auto_score, *_ in gradebook_rows(course)["grades"]:
        found[student] = found.get(student, 0.0) + (auto_score or 0.0)
    return found


def test_grading_again_runs_nothing_again(copy, store):
    before = {path: path.stat().st_mtime_ns for path in store.rglob("run.json")}
    outcomes = grade_class(
        Assignment.find(NAME), folder=ClassFolder(copy, store), policy=course_policy(), jobs=2
    )
    assert marks_of(outcomes) == MARKS
    assert not any(outcome.fresh for outcome in outcomes)
    # Runs of other tests may be added to the store in the meantime.
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert scores(copy) == MARKS


def test_regrade_refuses_to_run_student_code(copy, tmp_path):
    outcomes = grade_class(
        Assignment.find(NAME),
        folder=ClassFolder(copy, tmp_path / "empty"),
        policy=course_policy(),
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
            policy=course_policy(),
            cluster=cluster.scheduler_address,
        )
    assert marks_of(outcomes) == MARKS
    assert scores(copy) == MARKS


def test_killed_and_started_again(copy, store):
    """Ten random moments take `python -m benchmarks.crash_recovery`; these two are the worst."""
    command = [
        *(sys.executable, "-m", "autograder", "grade", NAME, "--jobs", "2"),
        *("--course", str(copy), "--store", str(store)),
    ]

    def kill_when(written: int, *, alone: bool) -> None:
        """Kill the grader when it has written some notebooks, alone or with all its processes."""
        grader = subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        while len(list(copy.glob("autograded/*/*/*.ipynb"))) < written:
            assert grader.poll() is None
            time.sleep(0.005)
        family = psutil.Process(grader.pid).children(recursive=True)
        if alone:
            os.kill(grader.pid, signal.SIGKILL)
        else:
            os.killpg(grader.pid, signal.SIGKILL)
        grader.wait()
        _, left = psutil.wait_procs(family, timeout=60)
        assert not left, "no process stays behind"

    kill_when(1, alone=True)
    assert scores(copy) in ({}, MARKS), "all together or none"
    shutil.rmtree(copy / "autograded")
    kill_when(len(MARKS), alone=False)
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert "7 graded" in finished.stdout
    assert scores(copy) == MARKS


def test_a_simulated_class_is_graded_as_stated(copy, store):
    """A small version of `python -m benchmarks.class_of_200`."""
    shutil.rmtree(copy / "submitted")
    hand_ins = make_class(24, most_codes=2, broken_every=4)
    for hand_in in hand_ins:
        hand_in.write(copy)
    outcomes = grade_class(
        Assignment.find(NAME), folder=ClassFolder(copy, store), policy=course_policy()
    )
    assert not compare(hand_ins, automatic_marks(copy))
    assert marks_of(outcomes) == {hand_in.student: hand_in.points for hand_in in hand_ins}
    assert sum(outcome.fresh for outcome in outcomes) <= 2


def end_worker_at_eve(task: Task) -> Outcome:
    if task.student == "eve":
        os.kill(os.getpid(), signal.SIGKILL)
    return Outcome(task.student, 1.0)


@pytest.mark.kernel
def test_a_worker_that_is_killed_costs_nobody_else(tmp_path):
    tasks = [Task(NAME, name, tmp_path, tmp_path, {}) for name in ("ada", "eve", "bob", "zoe")]
    outcomes = {one.student: one for one in _on_processes(tasks, 2, end_worker_at_eve)}
    assert outcomes.keys() == {"ada", "eve", "bob", "zoe"}
    assert outcomes["eve"].score is None and "killed" in outcomes["eve"].problem
    assert {name for name, one in outcomes.items() if one.score == 1} == {"ada", "bob", "zoe"}


def test_running_again_forgets_the_run(copy, tmp_path):
    own = tmp_path / "own"
    assignment, folder = Assignment.find(NAME), ClassFolder(copy, own)
    grader = shared_grader(NAME, store=own, policy=course_policy())
    run = grader.run_folder(grader.read_folder(folder.submission(NAME, "untouched")))
    run.mkdir(parents=True)
    (run / "run.json").write_text("{}")  # as after a run that went wrong
    grade = functools.partial(
        grade_class, assignment, folder=folder, policy=course_policy(), students=["untouched"]
    )
    assert grade()[0].score is None
    assert not grade(only_judge=True, run_again=True)[0].fresh
    assert not run.exists()


@pytest.mark.parametrize("students", [None, ["nobody"]])
def test_nothing_to_grade_is_said(tmp_path, store, students):
    with pytest.raises(ValueError, match="nothing to grade"):
        grade_class(
            Assignment.find(NAME),
            folder=ClassFolder(tmp_path, store),
            policy=course_policy(),
            students=students,
        )


def test_a_missing_scheduler_is_said(copy, store):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{closed.getsockname()[1]}"
    with pytest.raises(ValueError, match=f"no Dask scheduler at {address}"):
        list(_on_cluster([], address, seconds=1))
