"""What graders keep, what a stored run belongs to, and when neither holds any longer."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from nbformat.v4 import new_notebook

from autograder import course
from autograder.course import Assignment
from autograder.execution.course_policy import course_policy
from autograder.grading.grader import (
    _RUNNING,
    Grader,
    Submission,
    remove_abandoned_runs,
    shared_grader,
)
from autograder.submission import release_view
from tests.support.nbgrader_command import NAME


def test_a_grader_is_shared_until_its_files_change(tmp_path, monkeypatch):
    helper = tmp_path / "helper.py"
    helper.write_text("old")
    monkeypatch.setattr("autograder.grading.grader._run_files", lambda assignment, policy: [helper])

    def grader() -> Grader:
        return shared_grader(NAME, store=tmp_path, policy=course_policy())

    first = grader()
    before = first.run_folder(first.read(first.assignment.source_path))
    assert grader() is first
    helper.write_text("new")
    os.utime(helper, (1, 1))
    second = grader()
    assert second is not first
    assert second.run_folder(second.read(second.assignment.source_path)) != before


def test_everything_odd_about_a_folder_is_told(tmp_path, assignment_02):
    (tmp_path / f"{NAME}.ipynb").symlink_to(assignment_02.source_path)
    verdict = Grader(assignment_02, tmp_path / "store").grade(
        Grader(assignment_02).read_folder(tmp_path)
    )
    assert verdict.score == 0
    assert any("is a link" in problem for problem in verdict.problems)
    assert any("No notebook was handed in" in problem for problem in verdict.problems)


def test_an_unreadable_submission_leaves_the_release_as_it_is(tmp_path, assignment_02):
    (tmp_path / f"{NAME}.ipynb").write_text("{")
    submission = Grader(assignment_02).read_folder(tmp_path)
    submission.notebook.cells.clear()
    assert release_view(assignment_02.source).cells


@pytest.mark.parametrize(("hours", "there"), [(0, True), (23, True), (25, False)])
def test_runs_that_were_abandoned_are_removed(tmp_path, hours, there):
    run = tmp_path / NAME / f"{_RUNNING}abc"
    run.mkdir(parents=True)
    (run / "recorded").mkdir()
    then = run.stat().st_mtime - 3600 * hours
    os.utime(run, (then, then))
    remove_abandoned_runs(tmp_path, NAME)
    assert run.exists() == there


@pytest.mark.parametrize("file", ["probes.py", "in_kernel/stand_ins.py"])
def test_a_changed_probe_makes_stored_runs_stale(
    file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(course, "CHECKS_ROOT", tmp_path)
    path = tmp_path / "small" / file
    path.parent.mkdir(parents=True)
    folders = []
    for content in ("a = 1", "a = 2", "a = 1"):
        path.write_text(content)
        grader = Grader(Assignment("small"), store=tmp_path)
        folders.append(grader.run_folder(Submission(new_notebook())))
    assert folders[0] == folders[2] != folders[1]
