"""nbgrader's own commands on a small class, from hand-in to feedback and export."""

from __future__ import annotations

import csv
import re
import shutil
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_output
from nbgrader_command import nbgrader

from autograder.assignment import Assignment
from autograder.batch import ClassFolder, grade_class
from autograder.grading import Grader
from autograder.sandbox import SandboxPolicy

ROOT = Path(__file__).resolve().parent.parent
NAME = "02_dcgan_experiments"


@pytest.fixture(scope="module")
def course(tmp_path_factory, store, grader_02: Grader) -> Path:
    """A class of seven, graded with plain nbgrader commands."""
    course = tmp_path_factory.mktemp("course")
    shutil.copytree(ROOT / "source" / NAME, course / "source" / NAME)
    nbgrader(course, "generate_assignment", NAME)
    source = nbformat.read(ROOT / "source" / NAME / f"{NAME}.ipynb", as_version=4)
    release = course / "release" / NAME / f"{NAME}.ipynb"

    def folder(student: str) -> Path:
        path = course / "submitted" / student / NAME
        path.mkdir(parents=True)
        return path

    for cell in source.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "q1a":
            # TensorFlow's line on stderr and a warning cost everything with stock nbgrader.
            cell.source = "import warnings\nwarnings.warn('mind the gap')\n" + cell.source
            cell.outputs = [
                new_output("display_data", {"text/html": "<b>mine</b><script>steal()</script>"})
            ]
    nbformat.write(source, folder("right") / f"{NAME}.ipynb")
    nbformat.write(source, folder("renamed") / f"Copy of {NAME}.ipynb")
    shutil.copy(release, folder("untouched") / f"{NAME}.ipynb")
    (folder("broken") / f"{NAME}.ipynb").write_text("{ this is no notebook")
    (folder("linked") / f"{NAME}.ipynb").symlink_to(ROOT / "source" / NAME / f"{NAME}.ipynb")
    extra = folder("extra")
    nbformat.write(source, extra / f"{NAME}.ipynb")
    (extra / "secret.txt").symlink_to(ROOT / "pyproject.toml")
    folder("nothing")
    nbgrader(course, "autograde", NAME, f"--RunAndJudge.store={store}")
    return course


def export(course: Path) -> dict[str, dict[str, str]]:
    marks = course / "grades.csv"
    nbgrader(course, "export", f"--to={marks}")
    with marks.open(newline="") as file:
        return {row["student_id"]: row for row in csv.DictReader(file)}


def test_marks(course, store):
    rows = export(course)
    scores = {student: float(row["score"]) for student, row in rows.items()}
    assert scores["right"] == scores["renamed"] == scores["extra"] == 10
    assert scores["untouched"] == scores["broken"] == scores["linked"] == 0
    assert {float(row["max_score"]) for row in rows.values()} == {25}


def test_check_command_gives_the_same_marks(course, store, grader_02):
    verdict = grader_02.grade(
        grader_02.read(course / "submitted" / "right" / NAME / f"{NAME}.ipynb")
    )
    assert verdict.score == verdict.max_score == 10
    assert float(export(course)["right"]["score"]) == verdict.score


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


def test_nothing_behind_a_link_is_copied(course, store):
    nbgrader(course, "generate_feedback", NAME)
    names = {path.name for path in (course / "autograded" / "extra").rglob("*")}
    names |= {path.name for path in (course / "feedback" / "extra").rglob("*")}
    assert "secret.txt" not in names


def test_a_folder_without_a_notebook_gets_a_reason(course, store):
    outcomes = grade_class(
        Assignment.find(NAME),
        folder=ClassFolder(course, store),
        policy=SandboxPolicy(),
        students=["nothing"],
    )
    assert [outcome.score for outcome in outcomes] == [0]
    assert float(export(course)["nothing"]["score"]) == 0
    notebook = (course / "autograded" / "nothing" / NAME / f"{NAME}.ipynb").read_text()
    assert "No notebook was handed in" in notebook
    assert not any((course / "submitted" / "nothing" / NAME).iterdir())


def test_feedback_says_why_and_gives_nothing_away(course, store):
    nbgrader(course, "generate_feedback", NAME, "--force")
    pages = {
        student: (course / "feedback" / student / NAME / f"{NAME}.html").read_text()
        for student in ("right", "untouched", "broken", "renamed")
    }
    assert "not met" in pages["untouched"] and "✓ passed" in pages["right"]
    assert "is not a notebook" in pages["broken"]
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


def test_grading_again_runs_nothing_again(course, store):
    before = {path: path.stat().st_mtime_ns for path in store.rglob("run.json")}
    outcomes = grade_class(
        Assignment.find(NAME),
        folder=ClassFolder(course, store),
        policy=SandboxPolicy(),
        jobs=2,
    )
    assert {outcome.student: outcome.score for outcome in outcomes} == {
        "right": 10,
        "renamed": 10,
        "extra": 10,
        "untouched": 0,
        "broken": 0,
        "linked": 0,
        "nothing": 0,
    }
    assert not any(outcome.fresh for outcome in outcomes)
    assert {path: path.stat().st_mtime_ns for path in store.rglob("run.json")} == before
    scores = {student: float(row["score"]) for student, row in export(course).items()}
    assert scores["right"] == 10 and scores["nothing"] == 0
