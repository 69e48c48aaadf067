"""nbgrader's own commands on a small class, from hand-in to feedback and export."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import nbformat
import pytest

from autograder.course import Assignment, ClassFolder
from autograder.execution.course_policy import course_policy
from autograder.grading.class_grader import grade_class
from tests.support.nbgrader_command import NAME, export, nbgrader


@pytest.fixture(scope="module")
def rows(course) -> dict[str, dict[str, str]]:
    """What nbgrader exports."""
    return export(course)


@pytest.fixture(scope="module")
def feedback(course) -> Path:
    """The folder that nbgrader writes feedback into."""
    nbgrader(course, "generate_feedback", NAME)
    return course / "feedback"


def test_marks(rows):
    scores = {student: float(row["score"]) for student, row in rows.items()}
    assert scores["right"] == scores["renamed"] == scores["extra"] == 10
    assert scores["untouched"] == scores["broken"] == scores["linked"] == 0
    assert {float(row["max_score"]) for row in rows.values()} == {25}


def test_check_command_gives_the_same_marks(course, rows, grader_02):
    verdict = grader_02.grade(
        grader_02.read(course / "submitted" / "right" / NAME / f"{NAME}.ipynb")
    )
    assert verdict.score == verdict.max_score == 10
    assert float(rows["right"]["score"]) == verdict.score


def test_submissions_stay_as_they_were_handed_in(course):
    handed_in = {
        str(path.relative_to(course / "submitted"))
        for path in (course / "submitted").rglob("*")
        if not path.is_dir()
    }
    assert handed_in == {
        f"right/{NAME}/{NAME}.ipynb",
        f"renamed/{NAME}/Copy of {NAME}.ipynb",
        f"untouched/{NAME}/{NAME}.ipynb",
        f"broken/{NAME}/{NAME}.ipynb",
        f"linked/{NAME}/{NAME}.ipynb",
        f"extra/{NAME}/{NAME}.ipynb",
        f"extra/{NAME}/secret.txt",
    }


def test_nothing_behind_a_link_is_copied(course, feedback):
    names = {path.name for path in (course / "autograded" / "extra").rglob("*")}
    names |= {path.name for path in (feedback / "extra").rglob("*")}
    assert "secret.txt" not in names


def test_a_folder_without_a_notebook_gets_a_reason(course, store, tmp_path):
    copy = shutil.copytree(course, tmp_path / "course", symlinks=True)
    outcomes = grade_class(
        Assignment.find(NAME),
        folder=ClassFolder(copy, store),
        policy=course_policy(),
        students=["nothing"],
    )
    assert [outcome.score for outcome in outcomes] == [0]
    assert float(export(copy)["nothing"]["score"]) == 0
    notebook = (copy / "autograded" / "nothing" / NAME / f"{NAME}.ipynb").read_text()
    assert "No notebook was handed in" in notebook
    assert not any((copy / "submitted" / "nothing" / NAME).iterdir())


def test_feedback_says_why_and_gives_nothing_away(feedback):
    pages = {
        student: (feedback / student / NAME / f"{NAME}.html").read_text()
        for student in ("right", "untouched", "broken", "renamed")
    }
    assert "not met" in pages["untouched"] and "✓ passed" in pages["right"]
    assert "ends in the middle" in pages["broken"]
    assert "keep the file" in pages["renamed"]
    checks = [path.read_text() for path in Assignment.find(NAME).checks_folder.glob("*.py")]
    for page in pages.values():
        assert "<script>steal()" not in page and "steal()" not in page
        for secret in ("require(", "evidence.recorded", "_grading_", "plant", "sentinel"):
            assert secret not in page, secret
        for line in "\n".join(checks).splitlines():
            # A long line of a check's code would be found as it is.
            if len(line.strip()) > 60 and not line.strip().startswith(('"', "f'", 'f"')):
                assert line.strip() not in page


def test_the_students_own_pictures_stay_in_the_graded_notebook(course):
    text = (course / "autograded" / "right" / NAME / f"{NAME}.ipynb").read_text()
    assert "<b>mine</b>" in text
    assert "steal" not in text


def test_the_mark_is_in_the_cell_and_nothing_the_kernel_printed(course):
    notebook = nbformat.read(course / "autograded" / "right" / NAME / f"{NAME}.ipynb", as_version=4)
    graded = [c for c in notebook.cells if c.get("metadata", {}).get("nbgrader", {}).get("grade")]
    for cell in graded:
        if cell.cell_type == "code":
            (output,) = cell.outputs
            assert float(output.data["text/plain"]) == cell.metadata.nbgrader.points
            assert re.search(r"<table", output.data["text/html"])
