"""The short way into the gradebook leaves what nbgrader itself would."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from autograder.course import Assignment, ClassFolder
from autograder.execution.course_policy import course_policy
from autograder.grading.batch_gradebook import BatchGradebook
from autograder.grading.class_grader import grade_class
from autograder.grading.gradebook import ClassGradebook
from tests.support.nbgrader_command import NAME, forget_students, gradebook_rows


def files(course: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(path.relative_to(course)): (path.read_bytes(), path.stat().st_mode)
        for path in (course / "autograded").rglob("*")
        if path.is_file()
    }


def change(course: Path, statement: str) -> None:
    with sqlite3.connect(course / "gradebook.db") as database:
        assert database.execute(statement).rowcount > 0


@pytest.fixture(scope="module")
def by_nbgrader(course, tmp_path_factory) -> Path:
    """The class as `nbgrader autograde` has graded it; it saw all but the folder without a file."""
    copy = tmp_path_factory.mktemp("by-nbgrader")
    for name in ("autograded", "submitted"):
        shutil.copytree(course / name, copy / name, symlinks=True)
    shutil.rmtree(copy / "submitted" / "nothing")
    shutil.copy(course / "gradebook.db", copy)
    return copy


@pytest.fixture
def ungraded(by_nbgrader, tmp_path) -> Path:
    """The same class before it was graded."""
    shutil.copytree(by_nbgrader / "submitted", tmp_path / "submitted", symlinks=True)
    shutil.copy(by_nbgrader / "gradebook.db", tmp_path)
    forget_students(tmp_path)
    return tmp_path


@pytest.fixture
def nbgrader_itself(monkeypatch) -> list[str]:
    """Counts the submissions that nbgrader itself was asked to write."""
    asked: list[str] = []
    autograde = ClassGradebook._autograde

    def counted(self: ClassGradebook, student: str) -> str:
        asked.append(student)
        return autograde(self, student)

    monkeypatch.setattr(ClassGradebook, "_autograde", counted)
    return asked


def grade(course: Path, store: Path, *students: str):
    return grade_class(
        Assignment.find(NAME),
        folder=ClassFolder(course, store),
        policy=course_policy(),
        students=students or None,
    )


def test_rows_and_files_are_those_of_nbgrader(by_nbgrader, ungraded, store, nbgrader_itself):
    grade(ungraded, store)
    assert not nbgrader_itself
    wanted, found = gradebook_rows(by_nbgrader), gradebook_rows(ungraded)
    for what in wanted:
        assert found[what] == wanted[what], what
    assert len(found["grades"]) == 6 * 18
    assert files(ungraded) == files(by_nbgrader)


def test_a_mark_by_hand_stays_and_is_shown_again(by_nbgrader, ungraded, store):
    grade(ungraded, store, "untouched")
    change(ungraded, "UPDATE grade SET manual_score = 0.5, needs_manual_grade = 0")
    grade(ungraded, store, "untouched")
    marks = gradebook_rows(ungraded)["grades"]
    assert {row[3] for row in marks} == {0.5}
    assert all(row[5] for row in marks), "as nbgrader does after grading again"


def test_a_late_submission_is_written_by_nbgrader(ungraded, store, nbgrader_itself):
    change(ungraded, "UPDATE assignment SET duedate = '2030-01-01 12:00:00.000000'")
    for student, day in (("untouched", "01-02"), ("broken", "12-31")):
        year = 2030 if student == "untouched" else 2029
        folder = ungraded / "submitted" / student / NAME
        (folder / "timestamp.txt").write_text(f"{year}-{day} 12:00:00 UTC")
    outcomes = grade(ungraded, store, "untouched", "broken")
    assert [outcome.score for outcome in outcomes] == [0, 0]
    assert nbgrader_itself == ["untouched"]
    times = {row[0]: row[2] for row in gradebook_rows(ungraded)["submissions"]}
    assert times["untouched"].startswith("2030-01-02 12:00")
    assert times["broken"].startswith("2029-12-31 12:00")


def test_a_damaged_time_is_told_and_the_others_are_graded(ungraded, store, nbgrader_itself):
    (ungraded / "submitted" / "broken" / NAME / "timestamp.txt").write_text("teatime")
    broken, untouched = grade(ungraded, store, "broken", "untouched")
    assert broken.score is None and "timestamp.txt" in broken.problem
    assert untouched.score == 0 and not nbgrader_itself
    assert [row[0] for row in gradebook_rows(ungraded)["submissions"]] == ["untouched"]


def test_what_fails_at_once_is_left_to_nbgrader(
    by_nbgrader, ungraded, store, nbgrader_itself, monkeypatch, caplog
):
    grade(ungraded, store, "untouched")
    wanted = gradebook_rows(ungraded)
    register = BatchGradebook.register_submission

    def fail_at_the_second(self, student, timestamp):
        if student == "untouched":
            raise RuntimeError("no more")
        return register(self, student, timestamp)

    monkeypatch.setattr(BatchGradebook, "register_submission", fail_at_the_second)
    outcomes = grade(ungraded, store, "broken", "untouched")
    assert [outcome.score for outcome in outcomes] == [0, 0]
    assert nbgrader_itself == ["broken", "untouched"], "nothing of the first was committed"
    assert "2 submissions could not be written at once (RuntimeError('no more'))" in caplog.text
    assert set(wanted["grades"]) <= set(gradebook_rows(ungraded)["grades"])


def test_another_version_in_the_gradebook_is_refused(ungraded, store):
    change(ungraded, "UPDATE source_cell SET checksum = 'other' WHERE name = 'q2_1'")
    with pytest.raises(ValueError, match="another version.*nbgrader generate_assignment"):
        grade(ungraded, store, "untouched")


def test_an_unknown_assignment_is_refused(ungraded, store):
    change(ungraded, "UPDATE assignment SET name = 'other'")
    with pytest.raises(ValueError, match="does not know.*nbgrader generate_assignment"):
        grade(ungraded, store, "untouched")
