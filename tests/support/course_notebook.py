"""A small course notebook, and what must hold for every repaired submission of it."""

from __future__ import annotations

import base64
import copy
import io
import json

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.utils import is_solution
from PIL import Image

from autograder.submission import release_view, repair


def graded(cell, grade_id, *, points=None, **flags):
    flags = {"grade": False, "solution": False, "locked": False, "task": False, **flags}
    cell.metadata["nbgrader"] = {"schema_version": 3, "grade_id": grade_id, **flags}
    if points is not None:
        cell.metadata.nbgrader["points"] = points
    cell["id"] = f"id-{grade_id}"
    return cell


def plain(cell, cell_id):
    cell["id"] = cell_id
    return cell


def make_source():
    def code(text, *args, **flags):
        return graded(new_code_cell(text), *args, **flags)

    def text(words, *args, **flags):
        return graded(new_markdown_cell(words), *args, **flags)

    cells = [
        plain(new_markdown_cell("# Experiments\n\nRead every question first."), "title"),
        code("import math\nfrom course import evidence, prepare\nprepare()", "setup", locked=True),
        plain(new_markdown_cell("## Question 1\nWrite a function that doubles."), "ask-1"),
        code(
            "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION",
            "q1",
            solution=True,
        ),
        code(
            'evidence.record("q1", double=double(21))',
            "q1_check",
            grade=True,
            locked=True,
            points=2,
        ),
        plain(new_markdown_cell("Why does it work?"), "ask-1b"),
        text(
            "### BEGIN SOLUTION\nBecause.\n### BEGIN MARK SCHEME\nOne point for any reason."
            "\n### END MARK SCHEME\n### END SOLUTION",
            "q1b",
            grade=True,
            solution=True,
            points=3,
        ),
        plain(new_markdown_cell("What would happen with strings?"), "ask-1c"),
        text("It repeats them.", "q1c", grade=True, solution=True, points=1),
        plain(new_markdown_cell("## Question 2\nSet the batch size to 64."), "ask-2"),
        code("BATCH_SIZE = 64", "q2", solution=True),
        code(
            'evidence.record("q2", batch_size=BATCH_SIZE)\n'
            "### BEGIN HIDDEN TESTS\nassert BATCH_SIZE == 64\n### END HIDDEN TESTS",
            "q2_check",
            grade=True,
            locked=True,
            points=1,
        ),
        plain(new_code_cell("print('the end')"), "end"),
    ]
    notebook = new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    return notebook


SOURCE = make_source()
RELEASE = release_view(SOURCE)
GRADE_IDS = [c.metadata.nbgrader.grade_id for c in RELEASE.cells if "nbgrader" in c.metadata]
ANSWERS = {
    "q1": "def double(x):\n    total = x + x\n    return total",
    "q1b": "Adding a number to itself doubles it.",
    "q1c": "The text comes twice.",
    "q2": "BATCH_SIZE = 2 ** 6",
}


def answered():
    notebook = copy.deepcopy(RELEASE)
    for cell in notebook.cells:
        if grade_id(cell) in ANSWERS:
            cell.source = ANSWERS[grade_id(cell)]
    return notebook


def grade_id(cell):
    return cell.metadata.get("nbgrader", {}).get("grade_id")


def at(notebook, name):
    return next(i for i, c in enumerate(notebook.cells) if name in (grade_id(c), c.id))


def strip_marks(notebook, *, ids=True):
    for number, cell in enumerate(notebook.cells):
        cell.metadata.pop("nbgrader", None)
        if ids:
            cell["id"] = f"new-{number}"
    return notebook


def repaired(notebook, source=RELEASE):
    """Repair, and check what must hold for every repaired notebook."""
    before = copy.deepcopy(notebook)
    result = repair(notebook, source)
    assert notebook == before
    check_invariants(result, source)
    return result


def check_invariants(result, source=RELEASE):
    nbformat.validate(copy.deepcopy(result.notebook))
    MetadataValidator().validate_nb(result.notebook)
    assert len({cell.id for cell in result.notebook.cells}) == len(result.notebook.cells)
    found = [cell for cell in result.notebook.cells if "nbgrader" in cell.metadata]
    assert [grade_id(cell) for cell in found] == GRADE_IDS
    given = {grade_id(c): c for c in source.cells if "nbgrader" in c.metadata}
    for cell in found:
        original = given[grade_id(cell)]
        assert cell.metadata == original.metadata
        assert cell.cell_type == original.cell_type
        if not is_solution(cell):
            assert cell.source == original.source
    json.dumps(result.notebook, allow_nan=False).encode("utf-8")
    for note in result.repairs:
        assert note.kind and note.cell and note.message.endswith(".") and "\n" not in note.message


def texts(result):
    return {grade_id(c): c.source for c in result.notebook.cells if grade_id(c) in ANSWERS}


def kinds(result):
    return {note.kind for note in result.repairs}


def extra_sources(result):
    known = {cell.id for cell in RELEASE.cells}
    return [cell.source for cell in result.notebook.cells if cell.id not in known]


def picture(size=(8, 8), kind="PNG"):
    buffer = io.BytesIO()
    Image.new("RGB", size).save(buffer, kind)
    return base64.b64encode(buffer.getvalue()).decode()
