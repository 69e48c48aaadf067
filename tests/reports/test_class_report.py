"""The class report: marks, failed checks, pictures, likenesses, runs; and it trusts no file."""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from autograder.course import Assignment, ClassFolder
from autograder.reports.class_report import ClassReport, gather, render, write_report
from gan_helpers.sampling import image_grid
from tests.reports.test_feedback import Page
from tests.support.nbgrader_command import NAME


def png(seed: int) -> str:
    grid = image_grid(np.random.default_rng(seed).uniform(-1, 1, (16, 28, 28)))
    buffer = io.BytesIO()
    Image.fromarray(grid).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def show(course: Path, student: str, cell: str, html: str, printed: str = "") -> None:
    """Put outputs into a graded notebook, as if they had been handed in."""
    path = course / "autograded" / student / NAME / f"{NAME}.ipynb"
    path.chmod(0o644)
    notebook = json.loads(path.read_text())
    (target,) = [
        one
        for one in notebook["cells"]
        if one["metadata"].get("nbgrader", {}).get("grade_id") == cell
    ]
    target["outputs"] = [
        {"output_type": "stream", "name": "stdout", "text": [printed]},
        {"output_type": "display_data", "metadata": {}, "data": {"text/html": [html]}},
    ]
    path.write_text(json.dumps(notebook))


@pytest.fixture(scope="module")
def folder(course, store, tmp_path_factory) -> ClassFolder:
    copy = tmp_path_factory.mktemp("report")
    shutil.copytree(course / "autograded", copy / "autograded")
    shutil.copytree(course / "submitted", copy / "submitted", symlinks=True)
    shutil.copy(course / "gradebook.db", copy)
    (copy / "submitted" / "late" / NAME).mkdir(parents=True)
    trained = "Trained {} epochs in 9 minutes. Last losses: generator_loss 0.812.\n"
    words = 'alt="Digits <script>steal()</script>"'
    for number, student in enumerate(("right", "renamed", "extra")):
        picture = png(0 if student != "extra" else 1)
        html = f'<img src="data:image/png;base64,{picture}" {words.replace("<", "&lt;")}>'
        epochs = 5 if student == "extra" else 50
        show(copy, student, "q3a", html, trained.format(epochs) if number else trained.format(50))
        # The course's own cells show the data before the first answer, later what was trained.
        show(copy, student, "run_baseline" if number else "run_section_4", html)
    broken = base64.b64encode(b"\x89PNG\r\n\x1a\nno picture").decode()
    show(copy, "untouched", "q1a", f'<img src="data:image/png;base64,{broken}">')
    return ClassFolder(copy, store)


@pytest.fixture(scope="module")
def report(folder) -> ClassReport:
    return gather(Assignment.find(NAME), folder, data=None)


@pytest.fixture(scope="module")
def page(report) -> Page:
    return Page(render(report))


def test_the_page_is_whole_and_carries_nothing_that_runs(page):
    page.require_sound()
    assert "<script>steal()" not in page.text and "&lt;script&gt;steal()" in page.text


def test_everybody_is_in_it_or_named(report, page):
    students = [entry.student for entry in report.entries]
    assert {"right", "renamed", "extra", "untouched", "broken", "linked"} <= set(students)
    assert report.missing[0].startswith("Handed in and not graded yet: late")
    for student in students:
        assert f'id="student-{student}"' in page.text


def test_marks_of_each_question(report, page):
    right = next(entry for entry in report.entries if entry.student == "right")
    assert right.marks.total == 10 and "q1b" in right.marks.waiting
    row = re.search(r">Question 2.1</th>(.*?)</tr>", page.text, re.DOTALL)
    assert row is not None
    cells = re.findall(r'class="number">([^<]*)', row[1])
    graded = len(report.entries)
    assert cells[0] == "1" and cells[2] == "3" and cells[4] == str(graded - 3)


def test_failed_checks_and_for_whom(page):
    row = page.text[page.text.index("BATCH_SIZE has its new value") :]
    row = row[: row.index("</tr>")]
    assert "The answer&#39;s cell is as it was handed out" in row
    assert 'href="#student-untouched"' in row and 'href="#student-right"' not in row
    assert 'href="#student-broken"' not in row, "that it cannot be read is said elsewhere"
    assert "ends in the middle" in page.text


def test_the_wall_shows_pictures_drawn_anew(report, page):
    tiles = {entry.student: entry.tiles for entry in report.entries}
    assert [tile.title for tile in tiles["right"]] == ["Question 2.6", "Question 3a"]
    assert [tile.title for tile in tiles["renamed"]] == ["Question 3a"]
    assert not tiles["untouched"], "a damaged picture is none"
    data = tiles["right"][-1].source.removeprefix("data:image/jpeg;base64,")
    drawn = Image.open(io.BytesIO(base64.b64decode(data)))
    assert max(drawn.size) == 128
    assert png(0) not in page.text


def test_time_and_memory_of_runs(report, page):
    right = next(entry for entry in report.entries if entry.student == "right")
    assert right.resources["wall_seconds"] > 0 and right.resources["peak_memory"] > 1e8
    assert "Memory at most" in page.text


def test_likeness_and_trainings_are_pointed_out(report, page):
    same = {one.students: one.what for one in report.likenesses}
    assert "Question 3a: the very same pictures" in same["renamed", "right"]
    told = report.to_dict()["students"]
    assert any("Like renamed" in one for one in told["right"]["likenesses"])
    assert told["extra"]["doubts"] == ["Epochs of its trainings: 5; in most hand-ins: 50."]
    assert "q3a: 50 epochs, in 9 minutes, generator_loss 0.812" in page.text
    assert "Nobody has seen these trainings happen" in page.text


def test_it_is_written_beside_what_formgrader_shows(folder):
    written = write_report(Assignment.find(NAME), folder, data=None)
    assert written == folder.report_page(NAME) and written.stat().st_size > 10_000
    assert set(json.loads(written.with_suffix(".json").read_text())) == {"made", "students"}


def test_nobody_graded_is_said(tmp_path, store):
    with pytest.raises(ValueError, match="Nobody has been graded.*grade 02_dcgan"):
        gather(Assignment.find(NAME), ClassFolder(tmp_path, store), data=None)
