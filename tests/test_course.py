"""Every assignment: text, notebook and release agree, and the release gives nothing away."""

from __future__ import annotations

import base64
import io
import json
import re
from pathlib import Path

import jupytext
import nbformat
import pytest
from nbgrader.preprocessors import CheckCellMetadata
from PIL import Image, ImageChops, ImageStat

from autograder.course import Assignment
from tests.support.nbgrader_command import nbgrader
from tools.draw_architectures import PICTURES
from tools.drawing import as_png

ROOT = Path(__file__).resolve().parent.parent
NAMES = Assignment.names()
MARKS = {  # assignment: (auto, manual), from the course plan
    "01_dcgan_walkthrough": (20, 0),
    "02_dcgan_experiments": (10, 15),
    "03_dcgan_ablations": (19, 11),
    "04_fashion_gan": (23, 7),
    "05_vae_gan_wgan": (34, 6),
}
SECRETS = (
    "BEGIN SOLUTION",
    "END SOLUTION",
    "MARK SCHEME",
    "HIDDEN TESTS",
    "Model answer",
    "Marking scheme",
    "autograder",
)


@pytest.fixture(scope="module", params=NAMES)
def name(request):
    return request.param


def _release(name: str) -> Path:
    return ROOT / "release" / name / f"{name}.ipynb"


def test_there_are_assignments():
    assert NAMES
    assert set(NAMES) <= set(MARKS)


def test_text_and_notebook_agree(name):
    text = jupytext.read(ROOT / "notebooks" / name / f"{name}.md")
    notebook = nbformat.read(ROOT / "source" / name / f"{name}.ipynb", as_version=4)
    assert [(c.cell_type, c.source) for c in text.cells] == [
        (c.cell_type, c.source) for c in notebook.cells
    ]
    marks = [cell.metadata.get("nbgrader") for cell in notebook.cells]
    assert [cell.metadata.get("nbgrader") for cell in text.cells] == marks


def test_notebook_has_no_outputs_and_valid_ids(name):
    notebook = nbformat.read(ROOT / "source" / name / f"{name}.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert notebook.nbformat_minor >= 5
    assert all(not cell.get("outputs") for cell in notebook.cells)
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    CheckCellMetadata().preprocess(notebook, {})


def test_only_the_notebook_lies_in_the_source_folder(name):
    # nbgrader would copy anything else to students.
    assert [path.name for path in (ROOT / "source" / name).iterdir()] == [f"{name}.ipynb"]


def test_marks_are_those_of_the_plan(name):
    assignment = Assignment.find(name)
    auto, manual = MARKS[name]
    assert sum(assignment.auto_points.values()) == auto
    assert sum(assignment.manual_points.values()) == manual


@pytest.mark.slow
def test_regenerating_the_release_changes_nothing(name, tmp_path):
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / name).symlink_to(ROOT / "source" / name)
    nbgrader(tmp_path, "generate_assignment", name)
    made = (tmp_path / "release" / name / f"{name}.ipynb").read_text()
    assert made == _release(name).read_text()


def test_release_gives_nothing_away(name):
    release = nbformat.read(_release(name), as_version=4)
    nbformat.validate(release)
    text = _release(name).read_text()
    for secret in SECRETS:
        assert secret not in text, secret
    assert not re.search(r"/(home|Users|root|work|tmp)/", text), "a local path"
    source = {cell.id: cell for cell in Assignment.find(name).source.cells}
    for cell in release.cells:
        flags = cell.metadata.get("nbgrader", {})
        if flags.get("solution"):
            assert cell.source != source[cell.id].source
            stub = "raise NotImplementedError()" if cell.cell_type == "code" else "YOUR ANSWER HERE"
            assert stub in cell.source
    assert all(not cell.get("outputs") for cell in release.cells)


def test_release_opens_in_colab(name):
    content = json.loads(_release(name).read_text())
    assert content["nbformat"] == 4
    assert content["metadata"]["kernelspec"]["language"] == "python"
    assert all(cell.get("id") for cell in content["cells"])


def test_texts_are_words_and_pictures_are_files(name):
    text = (ROOT / "notebooks" / name / f"{name}.md").read_text()
    source = (ROOT / "source" / name / f"{name}.ipynb").read_text()
    assert "base64" not in text and "base64" not in source
    assert '"attachments"' not in source


def test_every_picture_is_there_and_used_and_shown(name):
    text = (ROOT / "notebooks" / name / f"{name}.md").read_text()
    pictures = re.findall(r"!\[([^\]]*)\]\((\.\./[^)]+)\)", text)
    assert all(len(alt) > 20 for alt, _ in pictures)
    # As GitHub finds them from notebooks/, and JupyterLab from source/.
    for folder in ("notebooks", "source"):
        shown = {(ROOT / folder / name / path).resolve() for _, path in pictures}
        assert shown == set(Assignment.find(name).figures_folder.iterdir())
    release = _release(name).read_text()
    for path in shown:
        assert f"data:image/png;base64,{base64.b64encode(path.read_bytes()).decode()}" in release
    assert "/figures/" not in release


def test_pictures_are_what_is_drawn(name):
    """Which picture it is: other versions of the drawing package set letters differently."""
    folder = Assignment.find(name).figures_folder
    assert {f"{drawn}.png" for drawn in PICTURES[name]} == {path.name for path in folder.iterdir()}
    for drawn, draw in PICTURES[name].items():
        there = Image.open(folder / f"{drawn}.png").convert("L")
        now = Image.open(io.BytesIO(as_png(draw()))).convert("L")
        assert there.size == now.size
        assert ImageStat.Stat(ImageChops.difference(there, now)).mean[0] < 2, drawn


def test_every_picture_has_alternative_text(name):
    for cell in nbformat.read(_release(name), as_version=4).cells:
        if cell.cell_type == "markdown":
            for alt in re.findall(r"!\[([^\]]*)\]\(", cell.source):
                assert len(alt) > 20, cell.id
            assert "<img" not in cell.source or 'alt="' in cell.source


def test_signature_and_goals(name):
    text = "\n".join(cell.source for cell in nbformat.read(_release(name), as_version=4).cells)
    for expected in ("Student number", "Name:", "By the end you can", "T4"):
        assert expected in text


def test_checks_are_worth_what_their_questions_are(name):
    """The judge refuses checks that do not add up, so read the marks off the files."""
    assignment = Assignment.find(name)
    worth: dict[str, float] = {}
    for path in assignment.checks_folder.glob("test_*.py"):
        for question, points in re.findall(
            r'@check\(\s*"(\w+)",\s*points=([\d.]+)', path.read_text()
        ):
            worth[question] = worth.get(question, 0) + float(points)
    assert worth == pytest.approx(assignment.auto_points)
