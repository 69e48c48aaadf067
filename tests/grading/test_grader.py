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
    Grader,
    Submission,
    shared_grader,
)
from autograder.grading.stored_runs import _RUNNING, StoredRuns, remove_abandoned_runs
from autograder.submission import release_view
from tests.support.nbgrader_command import NAME


def test_a_grader_is_shared_until_its_files_change(tmp_path, monkeypatch):
    helper = tmp_path / "helper.py"
    helper.write_text("old")
    monkeypatch.setattr(StoredRuns, "_files_of_the_kernel", lambda runs: [helper])

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


PLAN = """
from pathlib import Path

from autograder.challenges.hooks import Plan, run_file

KERNEL = Path(__file__).parent / "kernel"
PLAN = Plan((run_file("hook", "after", "cell", KERNEL / "step.py", number=1),))
"""
STEP = "def main(space, *, number):\n    space['number'] = number\n"


@pytest.mark.parametrize(
    ("file", "before", "after", "stale"),
    [
        ("plan.py", "number=1", "number=2", True),
        ("plan.py", '"after"', '"before"', True),
        ("kernel/step.py", "= number", "= 2 * number", True),
        ("plan.py", "\nKERNEL", "\nTOLERANCE = 0.1\nKERNEL", False),
        ("test_cell.py", "", "a check", False),
        ("right.py", "", "what is right", False),
    ],
)
def test_a_stored_run_holds_until_what_is_sent_to_the_kernel_changes(
    file: str, before: str, after: str, stale: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(course, "CHECKS_ROOT", tmp_path)
    checks = tmp_path / "small"
    (checks / "kernel").mkdir(parents=True)
    (checks / "plan.py").write_text(PLAN)
    (checks / "kernel" / "step.py").write_text(STEP)

    def run_folder() -> Path:
        grader = Grader(Assignment("small"), store=tmp_path)
        return grader.run_folder(Submission(new_notebook()))

    first = run_folder()
    path = checks / file
    content = path.read_text() if path.exists() else ""
    path.write_text(content.replace(before, after) if before else after)
    assert (run_folder() != first) == stale
    path.write_text(content)
    assert run_folder() == first
