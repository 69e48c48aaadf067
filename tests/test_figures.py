"""Pictures of the texts: files for the instructor, inside the notebook for students."""

from __future__ import annotations

import base64
import io
import shutil
import time
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.converters import GenerateAssignment
from PIL import Image
from traitlets.config.loader import PyFileConfigLoader

from autograder.course import Assignment
from autograder.figures import MAX_FIGURE, FigureError, embed_figures, is_same_text
from autograder.grading.grader import Grader
from autograder.nbgrader_plugins import EmbedFigures
from autograder.submission import gradebook_view, release_view, repair
from tests.support.nbgrader_command import NAME, nbgrader

ROOT = Path(__file__).resolve().parent.parent
HOME = "../../notebooks/07_small/figures"


def picture(kind: str = "PNG") -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (4, 3), "white").save(data, format=kind)
    return data.getvalue()


def as_data(content: bytes, mime: str = "image/png") -> str:
    return f"data:{mime};base64,{base64.b64encode(content).decode()}"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """The folder ``source/07_small`` of a course with some files in ``figures/``."""
    figures = tmp_path / "notebooks" / "07_small" / "figures"
    for folder in (figures, tmp_path / "source" / "07_small", tmp_path / "docs"):
        folder.mkdir(parents=True)
    (figures / "net.png").write_bytes(picture())
    (figures / "two words.png").write_bytes(picture())
    (figures / "photo.jpg").write_bytes(picture("JPEG"))
    (figures / "few.gif").write_bytes(picture("GIF"))
    (figures / "large.png").write_bytes(picture() + b"\0" * MAX_FIGURE)
    (figures / "text.png").write_text("no picture")
    (figures / "bitmap.bmp").write_bytes(picture("BMP"))
    (figures / "drawn.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    (figures / "folder.png").mkdir()
    (tmp_path / "docs" / "other.png").write_bytes(picture())
    (figures / "link.png").symlink_to(tmp_path / "docs" / "other.png")
    return tmp_path / "source" / "07_small"


def embedded(text: str, source: Path) -> str:
    notebook = new_notebook(cells=[new_markdown_cell(text)])
    embed_figures(notebook, source)
    return notebook.cells[0].source


def test_pictures_take_the_place_of_their_paths(source):
    png = as_data(picture())
    assert embedded(f"A.\n\n![x [1]({HOME}/net.png)\nB.", source) == f"A.\n\n![x [1]({png})\nB."
    assert embedded(f'![x]({HOME}/net.png "Title")', source) == f'![x]({png} "Title")'
    assert embedded(f"![x]({HOME}/two%20words.png)", source) == f"![x]({png})"
    html = '<img width="90%" src="{}" alt="x">'
    assert embedded(html.format(f"{HOME}/net.png"), source) == html.format(png)
    jpeg, gif = as_data(picture("JPEG"), "image/jpeg"), as_data(picture("GIF"), "image/gif")
    assert (
        embedded(f"![x]({HOME}/photo.jpg)![y]({HOME}/few.gif)", source)
        == f"![x]({jpeg})![y]({gif})"
    )


@pytest.mark.parametrize(
    "text",
    [
        "[![Open](https://colab.research.google.com/badge.svg)](https://colab.research.google.com/x)",
        "![x](attachment:x.png)",
        f"![x]({as_data(b'...')})",
        "Write `![what it shows](PATH.png)`, or ``![`](b.png)``.",
        "```\n![x](PATH.png)\n```\n",
        "~~~html\n<img src='PATH.png'>",
        "A list ![1] and (2), a < b > c.",
    ],
)
def test_other_pictures_and_examples_stay(source, text):
    assert embedded(text, source) == text


def test_an_open_quote_hides_no_picture(source):
    text = f"A ` alone.\n\n![x]({HOME}/net.png)\n\nAnother `."
    assert as_data(picture()) in embedded(text, source)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"![x]({HOME}/gone.png)", "cannot be read (No such file or directory); put it there"),
        (f"![x]({HOME}/folder.png)", "cannot be read (Is a directory)"),
        (f"![x]({HOME}/large.png)", f"bytes, and at most {MAX_FIGURE:,} go into a notebook"),
        (f"![x]({HOME}/text.png)", "is not a PNG, JPEG or GIF"),
        (f"![x]({HOME}/bitmap.bmp)", "is not a PNG, JPEG or GIF"),
        (f"![x]({HOME}/drawn.svg)", "is not a PNG, JPEG or GIF"),
        (f"![x]({HOME}/link.png)", "is not in notebooks/07_small/figures/"),
        ("![x](../../docs/other.png)", "is not in notebooks/07_small/figures/"),
        (f"![x]({HOME}/../../../docs/other.png)", "is not in notebooks/07_small/figures/"),
        ("![x](../../notebooks/08_other/figures/a.png)", "is not in notebooks/07_small/figures/"),
        ("![x](figures/net.png)", "is not in notebooks/07_small/figures/"),
        ("<img src='/etc/passwd'>", "is not in notebooks/07_small/figures/"),
        (f"See [the net]({HOME}/net.png).", "refers to a file in figures/"),
        (f"![x][net]\n\n[net]: {HOME}/net.png", "refers to a file in figures/"),
    ],
)
def test_what_students_cannot_get_is_one_sentence(source, text, reason):
    with pytest.raises(FigureError) as stopped:
        embedded(text, source)
    sentence = str(stopped.value)
    assert sentence.startswith("07_small, cell ") and reason in sentence
    assert sentence.count(". ") == 0 and sentence.endswith(".") and len(sentence) < 300


def test_code_cannot_open_a_picture_that_students_do_not_have(source):
    notebook = new_notebook(cells=[new_code_cell(f"Image('{HOME}/net.png')")])
    with pytest.raises(FigureError, match="refers to a file in figures/"):
        embed_figures(notebook, source)


def test_a_source_folder_may_be_a_link(source, tmp_path):
    (tmp_path / "elsewhere" / "source").mkdir(parents=True)
    link = tmp_path / "elsewhere" / "source" / "07_small"
    link.symlink_to(source)
    assert embedded(f"![x]({HOME}/net.png)", link) == f"![x]({as_data(picture())})"


# --- nbgrader -------------------------------------------------------------------------------


def test_nbgrader_keeps_its_own_steps():
    config = PyFileConfigLoader("nbgrader_config.py", path=str(ROOT)).load_config()
    steps = [step.rsplit(".", 1) for step in config.GenerateAssignment.preprocessors]
    names = [name for module, name in steps if module == "nbgrader.preprocessors"]
    assert names == [step.__name__ for step in GenerateAssignment.preprocessors.default()]
    ours = [name for module, name in steps if module != "nbgrader.preprocessors"]
    assert ours == [EmbedFigures.__name__]
    order = [name for _, name in steps]
    assert order.index("EmbedFigures") < order.index("ComputeChecksums") < order.index("SaveCells")


@pytest.mark.slow
def test_a_missing_picture_stops_the_release_with_a_sentence(tmp_path):
    for part in (f"source/{NAME}", f"notebooks/{NAME}/figures"):
        shutil.copytree(ROOT / part, tmp_path / part)
    (tmp_path / "notebooks" / NAME / "figures" / "game.png").unlink()
    with pytest.raises(AssertionError) as stopped:
        nbgrader(tmp_path, "generate_assignment", NAME)
    output = str(stopped.value)
    assert "/figures/game.png cannot be read (No such file or directory); put it there" in output
    assert "No release was made." in output and "Traceback" not in output
    assert not (tmp_path / "release" / NAME / f"{NAME}.ipynb").exists()


# --- Without nbgrader -----------------------------------------------------------------------


def test_a_release_is_not_made_of_paths():
    raw = nbformat.read(Assignment.find(NAME).source_path, as_version=4)
    for view in (release_view, gradebook_view):
        with pytest.raises(ValueError, match=r"take it from Assignment\.source"):
            view(raw)


def test_the_instructors_own_notebook_is_shown_with_its_pictures():
    assignment = Assignment.find(NAME)
    raw = nbformat.read(assignment.source_path, as_version=4)
    release = release_view(assignment.source)
    by_path, by_data = repair(raw, release), repair(assignment.source, release)
    assert by_path == by_data
    assert by_path.repairs == [] and by_path.problems == []


def test_a_students_own_words_and_pictures_are_not_taken_for_the_courses():
    released = f"Look:\n\n![x]({as_data(picture())})"
    assert is_same_text(released, released)
    assert is_same_text(f"Look:\n\n![x]({HOME}/net.png)", released)
    assert not is_same_text(f"Look here:\n\n![x]({HOME}/net.png)", released)
    assert not is_same_text(f"Look:\n\n![x]({as_data(picture('GIF'), 'image/gif')})", released)
    assert not is_same_text("Look:\n\n![x]()", released)


@pytest.mark.parametrize(
    "part", ["../", f"{HOME}/", "![", "data:image/a", "data:image/png;base64,"]
)
def test_a_text_made_to_hurt_takes_no_time(part):
    text = f"{HOME}/x.png" + part * 300_000
    started = time.process_time()
    is_same_text(text, text)
    assert time.process_time() - started < 2


@pytest.mark.parametrize("name", Assignment.names())
def test_the_grader_knows_the_release_that_students_get(name):
    committed = nbformat.read(ROOT / "release" / name / f"{name}.ipynb", as_version=4)
    assert Grader(Assignment.find(name)).release == committed
