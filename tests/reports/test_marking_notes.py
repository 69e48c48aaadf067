"""What formgrader shows beside a submission, and nobody else gets to see."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from autograder.course import Assignment, ClassFolder
from autograder.reports.marking_notes import DeskNotes
from tests.support.nbgrader_command import NAME


@pytest.fixture
def right(course, tmp_path) -> Path:
    """A graded notebook in a course of its own."""
    folder = tmp_path / "autograded" / "right" / NAME
    shutil.copytree(course / "autograded" / "right" / NAME, folder)
    return folder / f"{NAME}.ipynb"


def shown(path: Path, **more: str) -> NotebookNode:
    resources = {
        "submission_id": "1",
        "assignment_id": NAME,
        "student": "right",
        "metadata": {"path": str(path.parent)},
        **more,
    }
    return DeskNotes().preprocess(nbformat.read(path, as_version=4), resources)[0]


def test_each_free_text_answer_has_its_scheme_below(right):
    cells = shown(right).cells
    manual = Assignment.find(NAME).manual_points
    for place, cell in enumerate(cells):
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name in manual:
            below = cells[place + 1].source
            assert "Marking scheme" in below and "Model answer" in below
            assert "BEGIN" not in below and "END" not in below
            assert "\n\n" not in below, "to Markdown, HTML ends with an empty line"
    assert len(cells) == len(nbformat.read(right, as_version=4).cells) + len(manual) + 1


def test_what_grading_found_is_at_the_top(right):
    (right.parents[3] / "reports").mkdir()
    told = {"likenesses": ["Like eve: <b>all</b>."], "doubts": ["Odd."], "qualities": []}
    known = {"made": "2030-01-01T12:00", "students": {"right": told}}
    ClassFolder(right.parents[3]).report_page(NAME).with_suffix(".json").write_text(
        json.dumps(known)
    )
    top = shown(right).cells[0].source
    assert "Automatic part: 10 of 10." in top and "not verified" in top
    assert "Like eve: &lt;b&gt;all&lt;/b&gt;." in top and "Odd." in top


def test_without_a_report_it_says_how_to_get_one(right):
    assert f"python -m autograder report {NAME}" in shown(right).cells[0].source


def test_other_pages_and_assignments_stay_as_they_are(right):
    notebook = nbformat.read(right, as_version=4)
    assert shown(right, assignment_id="other_course") == notebook
    assert DeskNotes().preprocess(notebook, {"metadata": {}})[0] == notebook


def test_what_was_graded_otherwise_is_named(right):
    right.chmod(0o644)
    notebook = json.loads(right.read_text())
    del notebook["metadata"]["autograder"]
    right.write_text(json.dumps(notebook))
    assert "regrade" in shown(right).cells[0].source
