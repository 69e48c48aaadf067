"""The repair of submissions: every way a notebook may come back, and attacks on its marks."""

from __future__ import annotations

import base64
import copy
import io
import json
import os
import random

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell
from nbgrader.converters import GenerateAssignment
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.preprocessors import IncludeHeaderFooter, InstantiateTests, SaveCells
from nbgrader.utils import compute_checksum, is_solution
from PIL import Image

from autograder.submission import (
    PLACEHOLDER,
    ProblemKind,
    find_submission,
    read_submission,
    release_view,
    repair,
)
from autograder.submission import outputs as limits

# --- The course's notebook ------------------------------------------------------------------


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


# --- The release ----------------------------------------------------------------------------


def test_the_release_view_is_what_nbgrader_releases():
    skipped = (IncludeHeaderFooter, InstantiateTests, SaveCells)
    expected, resources = copy.deepcopy(SOURCE), {}
    for step in GenerateAssignment.preprocessors.default():
        if step not in skipped:
            expected, resources = step().preprocess(expected, resources)
    assert RELEASE == expected
    text = json.dumps(RELEASE)
    assert "return 2 * x" not in text and "One point" not in text and "assert BATCH" not in text


def test_the_release_view_of_a_release_is_the_release():
    assert release_view(RELEASE) == RELEASE


def test_a_course_notebook_with_invalid_metadata_is_refused():
    broken = copy.deepcopy(SOURCE)
    broken.cells[at(broken, "q2")].metadata.nbgrader["grade_id"] = "q1"
    with pytest.raises(ValueError, match="put the marked cells right|nbgrader metadata"):
        release_view(broken)


def test_an_untouched_release_comes_back_unchanged():
    result = repaired(RELEASE)
    assert result.notebook == RELEASE
    assert result.repairs == [] and result.problems == []


def test_an_intact_answer_comes_back_unchanged():
    result = repaired(answered())
    assert result.notebook == answered()
    assert result.repairs == [] and result.problems == []


def test_the_instructors_own_notebook_keeps_its_answers_and_gets_hidden_tests_back():
    result = repair(answered(), SOURCE)
    check_invariants(result, SOURCE)
    assert texts(result) == ANSWERS
    assert "HIDDEN TESTS" in result.notebook.cells[at(result.notebook, "q2_check")].source


# --- What editors and students do to notebooks ----------------------------------------------


def test_stripped_metadata_is_found_by_cell_id():
    result = repaired(strip_marks(answered(), ids=False))
    assert texts(result) == ANSWERS
    assert kinds(result) == {"marks-lost"}


def test_stripped_metadata_and_ids_are_found_by_text_and_place():
    result = repaired(strip_marks(answered()))
    assert texts(result) == ANSWERS
    assert extra_sources(result) == []
    assert kinds(result) == {"marks-lost", "by-place"}


def test_stripped_answers_beside_each_other_keep_their_order():
    source = make_source()
    source.cells = [c for c in source.cells if c.id not in ("ask-1b", "ask-1c")]
    release = release_view(source)
    notebook = strip_marks(copy.deepcopy(release))
    notebook.cells[4].source, notebook.cells[5].source = "first", "second"
    assert [c.cell_type for c in notebook.cells[4:6]] == ["code", "markdown"]
    notebook.cells[5].source, notebook.cells[6].source = "first", "second"
    result = repair(notebook, release)
    assert texts(result)["q1b"] == "first" and texts(result)["q1c"] == "second"


def test_a_copied_cell_with_the_answer_beats_the_stub():
    notebook = copy.deepcopy(RELEASE)
    cell = copy.deepcopy(notebook.cells[at(notebook, "q2")])
    cell.source, cell["id"] = "BATCH_SIZE = 64", "copy"
    notebook.cells.insert(at(notebook, "q2"), cell)
    result = repaired(notebook)
    assert texts(result)["q2"] == "BATCH_SIZE = 64"
    assert extra_sources(result) == []
    assert kinds(result) == {"duplicate"}


def test_of_two_answers_the_last_counts_and_the_other_stays_and_runs_before_it():
    notebook = answered()
    cell = copy.deepcopy(notebook.cells[at(notebook, "q2")])
    cell.source, cell["id"] = "BATCH_SIZE = BATCH_SIZE + 0", "copy"
    notebook.cells.insert(at(notebook, "q2") + 1, cell)
    result = repaired(notebook)
    assert texts(result)["q2"] == "BATCH_SIZE = BATCH_SIZE + 0"
    assert extra_sources(result) == [ANSWERS["q2"]]
    sources = [c.source for c in result.notebook.cells]
    assert sources.index(ANSWERS["q2"]) == sources.index("BATCH_SIZE = BATCH_SIZE + 0") - 1
    assert [n.cell for n in result.repairs if n.kind == "duplicate"] == ["q2"]


def test_an_identical_copy_and_a_copied_grade_cell_are_left_out():
    notebook = answered()
    for name in ("q1", "q1_check", "setup"):
        cell = copy.deepcopy(notebook.cells[at(notebook, name)])
        cell["id"] = f"copy-{name}"
        notebook.cells.append(cell)
    bare = copy.deepcopy(notebook.cells[at(notebook, "q2_check")])
    bare["id"], bare.metadata = "bare", {}
    notebook.cells.append(bare)
    result = repaired(notebook)
    assert texts(result) == ANSWERS and extra_sources(result) == []
    assert sorted(n.cell for n in result.repairs) == ["q1", "q1_check", "q2_check", "setup"]


def test_a_split_answer_runs_in_order():
    notebook = strip_marks(answered())
    k = at(notebook, f"new-{at(RELEASE, 'q1')}")
    notebook.cells[k].source = "def double(x):\n    return helper(x)"
    notebook.cells.insert(k + 1, new_code_cell("def helper(x):\n    return x + x"))
    notebook.cells.insert(k, new_code_cell("import operator"))
    result = repaired(notebook)
    order = [c.source for c in result.notebook.cells if "nbgrader" in c.metadata or c.source]
    pieces = ["import operator", "def double(x):\n    return helper(x)", "def helper(x)"]
    places = [next(n for n, s in enumerate(order) if s.startswith(p)) for p in pieces]
    assert places == sorted(places)
    assert order.index('evidence.record("q1", double=double(21))') > places[-1]


def test_a_grade_cell_merged_into_the_answer_is_cut_out_again():
    notebook = answered()
    k = at(notebook, "q1")
    notebook.cells[k].source += "\n\n" + notebook.cells[k + 1].source
    del notebook.cells[k + 1]
    result = repaired(notebook)
    assert texts(result)["q1"] == ANSWERS["q1"]
    assert kinds(result) == {"merged"}


def test_an_answer_merged_into_the_grade_cell_is_found_again():
    notebook = answered()
    k = at(notebook, "q1")
    notebook.cells[k + 1].source = notebook.cells[k].source + "\n" + notebook.cells[k + 1].source
    del notebook.cells[k]
    result = repaired(notebook)
    assert texts(result)["q1"] == ANSWERS["q1"]
    assert kinds(result) == {"merged", "by-place"}


def test_two_merged_answers_keep_all_code():
    notebook = answered()
    notebook.cells[at(notebook, "q1")].source += "\n\n" + ANSWERS["q2"]
    del notebook.cells[at(notebook, "q2")]
    result = repaired(notebook)
    assert ANSWERS["q2"] in texts(result)["q1"]
    assert texts(result)["q2"].startswith("# This answer cell was missing")


def test_a_deleted_answer_is_reported_and_does_not_stop_the_run():
    notebook = answered()
    del notebook.cells[at(notebook, "q2")]
    del notebook.cells[at(notebook, "q1b")]
    result = repaired(notebook)
    compile(texts(result)["q2"], "q2", "exec")
    assert [(n.kind, n.cell) for n in result.repairs] == [("missing", "q1b"), ("missing", "q2")]
    # nbgrader must not give 0 points by itself: the answer may be in another cell.
    manual = result.notebook.cells[at(result.notebook, "q1b")]
    assert compute_checksum(manual) != manual.metadata.nbgrader.checksum


def test_deleted_locked_cells_are_put_back_after_the_cells_before_them():
    notebook = answered()
    k = at(notebook, "q1_check")
    notebook.cells[k] = new_code_cell("double(4)")
    del notebook.cells[at(notebook, "setup")]
    result = repaired(notebook)
    sources = [c.source for c in result.notebook.cells]
    assert sources.index("double(4)") < sources.index('evidence.record("q1", double=double(21))')
    assert [(n.kind, n.cell) for n in result.repairs] == [
        ("restored", "setup"),
        ("restored", "q1_check"),
    ]


@pytest.mark.parametrize("marks", ["kept", "ids", "none"])
def test_reordered_cells_are_put_in_order(marks):
    notebook = answered()
    k = at(notebook, "ask-2")
    notebook.cells = notebook.cells[k:] + notebook.cells[:k]
    if marks != "kept":
        strip_marks(notebook, ids=marks == "none")
    result = repaired(notebook)
    assert texts(result) == ANSWERS
    assert [c.source for c in result.notebook.cells] == [c.source for c in answered().cells]
    assert "reordered" in kinds(result)


def test_a_plain_cell_that_was_moved_stays_where_the_student_put_it():
    notebook = answered()
    notebook.cells.insert(1, notebook.cells.pop())
    result = repaired(notebook)
    assert [c.source for c in result.notebook.cells] == [c.source for c in notebook.cells]
    assert result.repairs == []


@pytest.mark.parametrize("place", [2, at(RELEASE, "q2")])
def test_an_answer_like_a_lost_locked_cell_is_still_an_answer(place):
    """A course asks for variations of the code it shows."""
    shown = "def model():\n    layers = [Dense(8), ReLU(), Dense(8), ReLU(), Dense(1)]\n"
    shown += "    return layers"
    source = make_source()
    source.cells.insert(place, graded(new_code_cell(shown), "shown", locked=True))
    release = release_view(source)
    notebook = strip_marks(copy.deepcopy(release))
    mine = shown.replace("Dense(8), ReLU(), Dense(8)", "Dense(8)")
    notebook.cells[at(release, "q2")].source = mine
    del notebook.cells[place]
    result = repair(notebook, release)
    assert texts(result)["q2"] == mine
    assert [(n.kind, n.cell) for n in result.repairs if n.kind == "restored"] == [
        ("restored", "shown")
    ]


def test_changed_cell_types_are_changed_back():
    notebook = answered()
    code, words = at(notebook, "q2"), at(notebook, "q1b")
    metadata = [notebook.cells[i].metadata for i in (code, words)]
    notebook.cells[code] = new_markdown_cell(ANSWERS["q2"], metadata=metadata[0])
    notebook.cells[words] = new_code_cell(
        ANSWERS["q1b"], metadata=metadata[1], outputs=[new_output("stream", text="x")]
    )
    result = repaired(notebook)
    assert texts(result) == ANSWERS
    assert [(n.kind, n.cell) for n in result.repairs] == [("cell-type", "q1b"), ("cell-type", "q2")]


def test_tags_of_students_are_taken_away_and_those_of_the_course_stay():
    source = make_source()
    source.cells[at(source, "q2_check")].metadata["tags"] = ["hide-input"]
    release = release_view(source)
    notebook = copy.deepcopy(release)
    for cell in notebook.cells:
        cell.metadata["tags"] = ["skip-execution", "raises-exception", "hide-input", "a\nb"]
    result = repair(notebook, release)
    assert result.notebook == release
    assert [n.kind for n in result.repairs] == ["tags"]
    assert "skip-execution" in result.repairs[0].message


def test_foreign_kernels_and_editor_metadata_are_replaced():
    notebook = answered()
    notebook.metadata["kernelspec"] = {"name": "R\n" * 99, "display_name": "R"}
    notebook.metadata["language_info"] = {"name": "R"}
    notebook.metadata.update(colab={"provenance": []}, widgets={"state": {}}, vscode={"x": 1})
    for cell in notebook.cells:
        cell.metadata.update(outputId="abc", colab={"base_uri": "https://localhost"}, id="x")
    result = repaired(notebook)
    assert result.notebook == answered()
    assert kinds(result) == {"kernel", "editor"}


def test_extra_cells_stay_in_place_with_their_pictures():
    notebook = answered()
    output = new_output("display_data", data={"image/png": picture(), "text/plain": "a plot"})
    cell = new_code_cell("plot()", id="mine", outputs=[output], execution_count=7)
    notebook.cells.insert(at(notebook, "ask-2"), cell)
    notebook.cells.append(new_raw_cell("<script>alert(1)</script>", id="raw"))
    result = repaired(notebook)
    k = at(result.notebook, "mine")
    assert result.notebook.cells[k] == cell
    assert result.notebook.cells[k - 1].id == "id-q1c"
    assert result.notebook.cells[-1].cell_type == "markdown"
    assert "<script" not in result.notebook.cells[-1].source


@pytest.mark.parametrize("where", ["extra", "question"])
def test_an_answer_beside_an_untouched_answer_cell_is_shown_to_the_marker(where):
    notebook = copy.deepcopy(RELEASE)
    if where == "extra":
        notebook.cells.insert(at(notebook, "q1b") + 1, new_markdown_cell("My answer.", id="mine"))
    else:
        notebook.cells[at(notebook, "ask-1b")].source += "\n\nMy answer."
    result = repaired(notebook)
    cell = result.notebook.cells[at(result.notebook, "q1b")]
    assert compute_checksum(cell) != cell.metadata.nbgrader.checksum
    assert ("answer-beside", "q1b") in [(n.kind, n.cell) for n in result.repairs]
    other = result.notebook.cells[at(result.notebook, "q1c")]
    assert compute_checksum(other) == other.metadata.nbgrader.checksum


def test_the_wrong_notebook_is_a_problem():
    wrong = new_notebook(cells=[new_code_cell("print(1)", id="a")])
    result = repaired(wrong)
    (problem,) = result.problems
    assert problem.kind is ProblemKind.WRONG_NOTEBOOK and "right one" in problem.message
    assert extra_sources(result) == ["print(1)"]


# --- Attacks on points and metadata ---------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "change"),
    [
        ("q1_check", {"points": 1000}),
        ("q1b", {"points": -5}),
        ("q1b", {"points": float("inf")}),
        ("q1_check", {"grade": False}),
        ("q1_check", {"locked": False}),
        ("q1_check", {"solution": True}),
        ("q1", {"grade": True, "points": 50}),
        ("setup", {"locked": False, "solution": True}),
        ("q1_check", {"schema_version": 99}),
        ("q1_check", {"schema_version": "3"}),
        ("q1b", {"solution": False}),
        ("q1_check", {"grade_id": "q2_check"}),
        ("q1", {"grade_id": "q2"}),
        ("q1", {"grade_id": "q1_check"}),
        ("q1_check", {"grade_id": "q1"}),
        ("q1", {"grade_id": ["q1"]}),
        ("q1", {"grade_id": ""}),
        ("q1", {"grade_id": "../../x"}),
        ("q1b", {"checksum": "0" * 32}),
        ("q1b", {"cell_type": "code"}),
        ("q1b", {"task": True}),
    ],
)
def test_changed_nbgrader_metadata_changes_nothing(cell, change):
    notebook = answered()
    notebook.cells[at(notebook, cell)].metadata.nbgrader.update(change)
    result = repaired(notebook)
    assert result.notebook == answered()
    if {"points", "grade", "locked", "solution"} & change.keys():
        assert (result.repairs[0].kind, result.repairs[0].cell) == ("flags", cell)


def test_a_locked_cell_made_editable_and_changed_is_restored():
    notebook = answered()
    cell = notebook.cells[at(notebook, "setup")]
    cell.metadata["editable"] = True
    cell.source = cell.source.replace("prepare()", "evidence.record = print")
    result = repaired(notebook)
    assert result.notebook == answered()
    assert [(n.kind, n.cell) for n in result.repairs] == [("restored", "setup")]


def test_an_answer_written_into_a_grade_cell_is_kept_before_it():
    notebook = answered()
    notebook.cells[at(notebook, "q1_check")].source = "my_own = [n ** 2 for n in range(3)]"
    result = repaired(notebook)
    assert extra_sources(result) == ["my_own = [n ** 2 for n in range(3)]"]
    k = at(result.notebook, "q1_check")
    assert result.notebook.cells[k - 1].source.startswith("my_own")


def test_a_new_grade_cell_becomes_an_ordinary_cell():
    notebook = answered()
    cell = graded(new_code_cell("100"), "q99", grade=True, locked=True, points=100)
    notebook.cells.append(cell)
    result = repaired(notebook)
    assert result.notebook.cells[-1].metadata == {}
    assert kinds(result) == {"extra-graded"}


def test_swapped_grade_ids_follow_the_cells_own_ids():
    notebook = answered()
    one, two = notebook.cells[at(notebook, "q1")], notebook.cells[at(notebook, "q2")]
    one.metadata.nbgrader.grade_id, two.metadata.nbgrader.grade_id = "q2", "q1"
    assert texts(repaired(notebook)) == ANSWERS


def test_a_grade_id_taken_by_another_cell_without_ids_loses_no_answer():
    notebook = answered()
    notebook.cells[at(notebook, "q1")].metadata.nbgrader.grade_id = "q2"
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"new-{number}"
    assert texts(repaired(notebook)) == ANSWERS


@pytest.mark.parametrize("bad", [[], "text", 7, None, {"grade_id": {}}, {"nbgrader": {}}])
def test_odd_metadata_is_no_obstacle(bad):
    notebook = answered()
    one, two = (notebook.cells[at(notebook, name)] for name in ("q1", "q2"))
    one.metadata["nbgrader"], two["metadata"] = bad, bad
    assert texts(repaired(notebook)) == ANSWERS


# --- Outputs and text in the instructor's browser -------------------------------------------


def picture(size=(8, 8), kind="PNG"):
    buffer = io.BytesIO()
    Image.new("RGB", size).save(buffer, kind)
    return base64.b64encode(buffer.getvalue()).decode()


def outputs_after(*outputs):
    notebook = answered()
    notebook.cells[at(notebook, "q1")]["outputs"] = list(outputs)
    result = repaired(notebook)
    return result.notebook.cells[at(result.notebook, "q1")].outputs, result


def display(**data):
    return new_output("display_data", data={k.replace("_", "/"): v for k, v in data.items()})


def test_good_outputs_are_kept_on_answers_and_on_locked_cells():
    good = [
        new_output("stream", name="stderr", text="warning\n"),
        new_output("error", ename="ValueError", evalue="no", traceback=["a", "b"]),
        display(image_png=picture(), text_plain="<Figure>"),
        display(image_jpeg=picture(kind="JPEG")),
        display(image_gif=picture(kind="GIF")),
        new_output("execute_result", data={"text/plain": "4"}, execution_count=3),
    ]
    notebook = answered()
    for name in ("q1", "setup"):
        notebook.cells[at(notebook, name)]["outputs"] = copy.deepcopy(good)
        notebook.cells[at(notebook, name)]["execution_count"] = 3
    result = repaired(notebook)
    assert result.notebook == notebook
    assert result.repairs == []


def test_scripts_widgets_svg_and_unknown_types_are_left_out():
    kept, result = outputs_after(
        new_output("display_data", data={"application/javascript": "alert(1)"}),
        new_output("display_data", data={"application/vnd.jupyter.widget-view+json": {"a": 1}}),
        new_output("display_data", data={"image/svg+xml": "<svg onload='alert(1)'/>"}),
        new_output("display_data", data={"application/x-own": "x", "text/plain": "seen"}),
    )
    assert [dict(o.data) for o in kept] == [{"text/plain": "seen"}]
    said = " ".join(n.message for n in result.repairs)
    assert all(w in said for w in ("scripts", "widgets", "SVG", "unknown kind"))


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg onload=alert(1)></svg>",
        "<iframe src='https://evil.example'></iframe>",
        "<a href='javascript:alert(1)'>x</a>",
        "<a href='JaVa&#x0A;script:alert(1)'>x</a>",
        "<img src='https://evil.example/pixel.png'>",
        "<img src='data:image/svg+xml;base64,PHN2Zy8+'>",
        "<style>body{display:none}</style>",
        "<form action=/formgrader><input name=x></form>",
        "<p style='position:fixed;top:0'>x</p>",
        "<b onmouseover=alert(1) class=score id=score>x</b>",
        "<math><mtext></p><style><img src=x onerror=alert(1)></style></mtext></math>",
        "<base href='https://evil.example'><link rel=stylesheet href=x><meta http-equiv=refresh>",
    ],
)
def test_html_attacks_do_not_survive(attack):
    kept, _ = outputs_after(display(text_html=f"<b>kept</b>{attack}"))
    html = kept[0].data["text/html"].lower()
    assert html.startswith("<b>kept</b>")
    for word in ("script", "onerror", "onload", "onmouse", "svg", "evil", "style", "form", "class"):
        assert word not in html


def test_tables_and_embedded_pictures_in_html_are_kept():
    html = (
        f'<table><tr><td>1</td></tr></table><img src="data:image/gif;base64,{picture(kind="GIF")}">'
    )
    kept, result = outputs_after(display(text_html=html))
    assert "<td>1</td>" in kept[0].data["text/html"]
    assert "data:image/gif;base64," in kept[0].data["text/html"]
    assert result.repairs == []


def test_pictures_must_be_pictures():
    bomb = bytearray(base64.b64decode(picture()))
    bomb[16:24] = (100_000).to_bytes(4, "big") * 2
    kept, result = outputs_after(
        display(image_png='x" onerror="alert(1)'),
        display(image_png=base64.b64encode(b"no picture").decode()),
        display(image_jpeg=picture()),
        display(image_png=base64.b64encode(bomb).decode()),
        display(image_png="A" * 4_000_000),
    )
    assert kept == []
    assert any("damaged pictures (4)" in n.message for n in result.repairs)
    assert any("more than 2 MB (1)" in n.message for n in result.repairs)


def test_long_text_and_too_many_outputs_are_cut_and_said():
    kept, result = outputs_after(
        new_output("stream", text="x" * 300_000),
        *[new_output("stream", text="y") for _ in range(5000)],
    )
    assert len(kept) == 500
    assert kept[0].text.startswith("x" * limits.MAX_TEXT) and "was cut" in kept[0].text
    assert [n.kind for n in result.repairs] == ["outputs", "outputs"]


def test_all_outputs_together_stay_below_20_mb():
    notebook = answered()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell["outputs"] = [new_output("stream", text="x" * 90_000) for _ in range(100)]
    result = repaired(notebook)
    assert len(json.dumps(result.notebook)) < limits.MAX_NOTEBOOK * 1.1
    assert any("20 MB" in n.message for n in result.repairs)


@pytest.mark.timeout(60)
def test_html_and_markdown_made_to_be_slow_are_left_out():
    notebook = answered()
    slow = [display(text_html="<div>" * 400_000), display(text_html="<p " + "a=b " * 500_000)]
    notebook.cells[at(notebook, "q1")]["outputs"] = slow
    for number in range(60):
        text = ("\\begin{a}" * 10_000)[: 19_000 + number]
        notebook.cells.append(new_markdown_cell(text, id=f"slow-{number}"))
    result = repaired(notebook)
    assert result.notebook.cells[at(result.notebook, "q1")].outputs == []


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "a <img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](jav&#x61;script:alert(1))",
        "[x]: javascript:alert(1)\n\n[x]",
        "![x](https://evil.example/pixel.png)",
        "![x](attachment:missing.png)",
        "<!-- > <img src=x onerror=alert(1)> -->",
        "<a href='javascript:alert(1)'>x</a>",
        "```\n</code></pre><script>alert(1)</script>\n```",
    ],
)
def test_markdown_answers_run_no_script_in_the_feedback_page(attack):
    from nbconvert import HTMLExporter

    notebook = answered()
    notebook.cells[at(notebook, "q1b")].source = f"My answer.\n\n{attack}"
    result = repaired(notebook)
    answer = copy.deepcopy(result.notebook.cells[at(result.notebook, "q1b")])
    page, _ = HTMLExporter(template_name="basic").from_notebook_node(new_notebook(cells=[answer]))
    page = page.lower()
    assert "my answer." in page
    for part in ("<script>alert", "<img", 'href="javascript', "<!--"):
        assert part not in page
    assert kinds(result) == {"markup"}


def test_formulas_code_and_attached_pictures_of_an_answer_are_kept():
    notebook = answered()
    cell = notebook.cells[at(notebook, "q1b")]
    cell.source = "<!-- note -->If $a < b$ then **see** `x[i]`, a > c & [this](https://keras.io):\n\n![p](attachment:p.png)"
    cell["attachments"] = {
        "p.png": {"image/png": picture()},
        "q.svg": {"image/svg+xml": "<svg/>"},
    }
    result = repaired(notebook)
    answer = result.notebook.cells[at(result.notebook, "q1b")]
    assert answer.source == cell.source
    assert answer.attachments == {"p.png": {"image/png": picture()}}


# --- Reading --------------------------------------------------------------------------------


def read(tmp_path, data, **options):
    path = tmp_path / "x.ipynb"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    notebook, problems = read_submission(path, **options)
    assert all(p.message.endswith(".") and "\n" not in p.message for p in problems)
    assert (notebook is None) == any(p.kind is ProblemKind.UNREADABLE for p in problems)
    if notebook is not None:
        nbformat.validate(copy.deepcopy(notebook))
        check_invariants(repair(notebook, RELEASE))
    else:
        assert problems
    return notebook, problems


def test_a_good_file_is_read_as_it_is(tmp_path):
    notebook, problems = read(tmp_path, nbformat.writes(answered()))
    assert problems == []
    assert repair(notebook, RELEASE).notebook == answered()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"\0\0\0", "empty"),
        (b"<html>404</html>", "not a notebook"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "not a notebook"),
        (b"[1, 2]", "not a notebook|no notebook cells"),
        (b"{}", "no notebook cells"),
        (b'{"cells": 5, "nbformat": 4}', "no notebook cells"),
        (b'{"cells": [], }', "damaged at line 1"),
        (b'{"cells": ' + b"9" * 10_000 + b"}", "damaged"),
        (b"[" * 100_000, "not a notebook|nested"),
        (b'{"cells":' + b"[" * 100_000, "nested"),
        (b'{"cells":' + b'{"a":' * 100_000, "nested"),
        (b"{" * 6_000_000, "millions"),
        (b'{"nbformat": 3, "worksheets": 7}', "old format"),
        (b'{"nbformat": [3], "worksheets": []}', "old format"),
        (b'{"nbformat": 2, "worksheets": [{"cells": [7]}]}', "old format"),
    ],
)
def test_files_that_are_no_notebooks_are_refused_in_one_sentence(tmp_path, data, said):
    notebook, problems = read(tmp_path, data)
    assert notebook is None
    assert any(word in problems[-1].message for word in said.split("|")), problems


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_said_to_be_one(tmp_path, share):
    data = nbformat.writes(answered()).encode()
    notebook, problems = read(tmp_path, data[: int(len(data) * share)])
    assert notebook is None and "ends in the middle" in problems[-1].message


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1"])
def test_encodings(tmp_path, encoding):
    notebook = answered()
    notebook.cells[at(notebook, "q1b")].source = "Für große Zahlen"
    found, problems = read(tmp_path, nbformat.writes(notebook).encode(encoding))
    assert found.cells[at(found, "q1b")].source == "Für große Zahlen"
    assert bool(problems) == (encoding == "latin-1")


@pytest.mark.parametrize("minor", range(6))
def test_every_minor_version_of_format_4(tmp_path, minor):
    raw = json.loads(nbformat.writes(answered()))
    raw["nbformat_minor"] = minor
    for cell in raw["cells"]:
        if minor < 5:
            del cell["id"]
    found, problems = read(tmp_path, json.dumps(raw))
    assert problems == [] and found.nbformat_minor == 5
    assert texts(repair(found, RELEASE)) == ANSWERS


def test_format_3_is_converted(tmp_path):
    old = nbformat.convert(answered(), 3)
    found, problems = read(tmp_path, json.dumps(old))
    assert "old format 3" in problems[0].message
    assert texts(repair(found, RELEASE)) == ANSWERS


def test_a_huge_file_a_link_a_folder_and_a_pipe_are_refused(tmp_path):
    huge = tmp_path / "huge.ipynb"
    with huge.open("wb") as file:
        file.truncate(200_000_000)
    link = tmp_path / "link.ipynb"
    link.symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "pipe.ipynb")
    (tmp_path / "folder.ipynb").mkdir()
    for name, said in [
        ("huge.ipynb", "200 MB"),
        ("link.ipynb", "link"),
        ("pipe.ipynb", "not a file"),
        ("folder.ipynb", "not a file"),
        ("none.ipynb", "could not be opened"),
    ]:
        notebook, problems = read_submission(tmp_path / name)
        assert notebook is None and said in problems[-1].message


ODD = [None, 7, -1, 2.5, "text", "\ud800", "a\0b", [], {}, ["a", 1, None], {"a": {"b": [1]}}]


def test_odd_fields_never_raise(tmp_path):
    base = json.loads(nbformat.writes(answered()))
    output = {"output_type": "display_data", "data": {"text/plain": "x"}, "metadata": {}}
    base["cells"][1]["outputs"] = [output, {"output_type": "stream", "name": "stdout", "text": "a"}]
    for odd in ODD:
        for key in ("metadata", "nbformat_minor"):
            read(tmp_path, json.dumps({**base, key: odd}))
        for key in (*base["cells"][1], "attachments", "input"):
            raw = copy.deepcopy(base)
            for cell in raw["cells"]:
                cell[key] = odd
            read(tmp_path, json.dumps(raw))
        for key in ("output_type", "data", "metadata", "text", "name", "execution_count"):
            raw = copy.deepcopy(base)
            for found in raw["cells"][1]["outputs"]:
                found[key] = odd
            read(tmp_path, json.dumps(raw))
        for raw in ({**base, "cells": [odd] * 3}, {**base, "cells": [{}, {"cell_type": odd}]}):
            read(tmp_path, json.dumps(raw))


def test_deep_metadata_and_numbers_that_are_none(tmp_path):
    deep = '{"a":' * 900 + "1" + "}" * 900
    text = '{"cells": [{"cell_type": "code", "metadata": %s, "source": "1"}], "metadata": %s}'
    found, _ = read(tmp_path, text % (deep, deep))
    assert found.cells[0].source == "1"
    found, _ = read(tmp_path, text % ('{"a": NaN, "b": 1e999}', '{"c": Infinity}'))
    assert found.cells[0].metadata == {"a": None, "b": None}


@pytest.mark.timeout(120)
def test_very_many_cells_and_a_very_long_cell(tmp_path):
    cells = [{"cell_type": "code", "source": f"value_{n} = {n} * {n}"} for n in range(20_000)]
    cells[0]["source"] = "x = 1\n" * 500_000
    found, problems = read(tmp_path, json.dumps({"cells": cells}))
    assert len(found.cells) == 1000 and len(problems) == 2


# --- Random mutations -----------------------------------------------------------------------

# The same examples on every run, and no files left beside the tests.
STEADY = settings(derandomize=True, database=None, deadline=None)

PIECES = st.sampled_from(
    ["drop marks", "drop ids", "shuffle", "duplicate", "delete", "rename", "points", "type",
     "edit", "merge", "split", "extra", "clash"]
)  # fmt: skip


def mutate(notebook, kind, rng):
    cells = notebook.cells
    if kind == "shuffle":
        rng.shuffle(cells)
        return
    if kind == "extra":
        cells.insert(rng.randrange(len(cells) + 1), new_code_cell("extra = 1", id="extra"))
        return
    if not cells:
        return
    k = rng.randrange(len(cells))
    cell, other = cells[k], rng.choice(cells)
    if kind == "drop marks":
        for one in cells:
            one.metadata.pop("nbgrader", None)
    elif kind == "drop ids":
        for number, one in enumerate(cells):
            one["id"] = f"fresh-{number}"
    elif kind == "duplicate":
        cells.insert(rng.randrange(len(cells) + 1), copy.deepcopy(cell))
    elif kind == "delete":
        del cells[k]
    elif kind == "rename":
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader.grade_id = rng.choice([*GRADE_IDS, "other", ""])
    elif kind == "points":
        cell.metadata["nbgrader"] = {"grade": True, "points": 99, "grade_id": rng.choice(GRADE_IDS)}
    elif kind == "type":
        cells[k] = new_markdown_cell(cell.source, metadata=cell.metadata, id=cell.id)
    elif kind == "edit":
        cell.source = rng.choice(["", "changed = True", other.source, cell.source + "\nmore"])
    elif kind == "merge":
        cell.source += "\n" + other.source
        if other is not cell:
            cells.remove(other)
    elif kind == "split":
        half = copy.deepcopy(cell)
        lines = cell.source.split("\n")
        cell.source, half.source = lines[0], "\n".join(lines[1:])
        cells.insert(k + 1, half)
    elif kind == "clash":
        cell["id"] = other.id


@settings(STEADY, max_examples=150)
@given(st.lists(PIECES, max_size=8), st.integers(0, 2**16), st.booleans())
def test_any_mutation_gives_a_sound_notebook(mutations, seed, with_answers):
    notebook = answered() if with_answers else copy.deepcopy(RELEASE)
    rng = random.Random(seed)
    for kind in mutations:
        mutate(notebook, kind, rng)
    result = repair(notebook, RELEASE)
    check_invariants(result)
    # Repairing again finds nothing more to do, apart from notes on what the first repair wrote.
    again = repair(result.notebook, RELEASE)
    check_invariants(again)
    assert texts(again) == texts(result)
    # The same submission always gives the same notebook: runs are cached by content.
    assert repair(notebook, RELEASE) == result


@settings(STEADY, max_examples=60)
@given(st.permutations(range(len(RELEASE.cells))))
def test_any_order_of_marked_cells_is_put_right(order):
    notebook = answered()
    notebook.cells = [notebook.cells[k] for k in order]
    result = repair(notebook, RELEASE)
    check_invariants(result)
    assert texts(result) == ANSWERS


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(
            ["cells", "metadata", "cell_type", "source", "outputs", "nbgrader", "grade_id", "tags",
             "output_type", "data", "text", "name", "id", "kernelspec", "attachments"]
        ) | st.text(max_size=3),
        inner, max_size=4,
    ),
    max_leaves=20,
)  # fmt: skip


@settings(STEADY, max_examples=150)
@given(st.lists(JSON, max_size=4), JSON)
def test_any_json_can_be_read_and_repaired(tmp_path_factory, cells, metadata):
    path = tmp_path_factory.mktemp("any") / "x.ipynb"
    path.write_text(json.dumps({"nbformat": 4, "cells": cells, "metadata": metadata}))
    notebook, _ = read_submission(path)
    nbformat.validate(copy.deepcopy(notebook))
    check_invariants(repair(notebook, RELEASE))


# --- Finding --------------------------------------------------------------------------------

NAME = "02_dcgan_experiments.ipynb"


def put(folder, name, notebook=None, *, age=0):
    path = folder / name
    nbformat.write(notebook or answered(), path)
    os.utime(path, (2_000_000_000 - age, 2_000_000_000 - age))
    return path


def test_the_expected_name_needs_no_words(tmp_path):
    path = put(tmp_path, NAME)
    assert find_submission(tmp_path, NAME) == (path, [])


@pytest.mark.parametrize(
    "name",
    [
        "Copy of 02_dcgan_experiments.ipynb",
        "Copy_of_02_dcgan_experiments.ipynb",
        "02_dcgan_experiments (1).ipynb",
        "02_dcgan_experiments-Copy1.ipynb",
        "02_DCGAN_Experiments.ipynb",
        "02_dcgan_experiments_jane.ipynb",
        "02 dcgan experiments.IPYNB",
        "02_dcgan_experiments.ipynb.txt",
        "homework.ipynb",
        "Ünnamed ✓.ipynb",
    ],
)
def test_a_renamed_notebook_is_found(tmp_path, name):
    path = put(tmp_path, name)
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / ".ipynb_checkpoints").mkdir()
    found, notes = find_submission(tmp_path, NAME)
    assert found == path and [n.kind for n in notes] == ["renamed"]


def test_a_name_that_fits_beats_one_that_does_not(tmp_path):
    path = put(tmp_path, "02_dcgan_experiments (1).ipynb", age=500)
    put(tmp_path, "03_dcgan_ablations.ipynb")
    found, notes = find_submission(tmp_path, NAME, source=RELEASE)
    assert found == path and {n.kind for n in notes} == {"several", "renamed"}
    assert "03_dcgan_ablations" in notes[0].message


def test_an_answered_copy_beats_the_untouched_and_the_broken(tmp_path):
    put(tmp_path, NAME, RELEASE)
    answered_copy = put(tmp_path, "02_dcgan_experiments (1).ipynb", age=500)
    (tmp_path / "02_dcgan_experiments (2).ipynb").write_text("{")
    assert find_submission(tmp_path, NAME, source=RELEASE)[0] == answered_copy
    put(tmp_path, NAME, answered())
    assert find_submission(tmp_path, NAME, source=RELEASE)[0].name == NAME


def test_of_two_alike_the_newest_counts(tmp_path):
    put(tmp_path, "02_dcgan_experiments (1).ipynb", age=500)
    newest = put(tmp_path, "02_dcgan_experiments (0).ipynb")
    assert find_submission(tmp_path, NAME)[0] == newest
    assert find_submission(tmp_path, NAME, source=RELEASE)[0] == newest


def test_links_are_refused_and_nothing_is_said_to_be_missing(tmp_path):
    other = put(tmp_path.parent, "other-student.ipynb")
    (tmp_path / NAME).symlink_to(other)
    found, notes = find_submission(tmp_path, NAME)
    assert found is None and [n.kind for n in notes] == ["link", "not-found"]
    mine = put(tmp_path, "mine.ipynb")
    assert find_submission(tmp_path, NAME)[0] == mine
    folder = tmp_path.parent / f"{tmp_path.name}-link"
    folder.symlink_to(tmp_path)
    assert find_submission(folder, NAME)[0] is None
    assert find_submission(tmp_path / "none", NAME)[0] is None


def test_the_expected_name_is_found_among_very_many(tmp_path):
    path = put(tmp_path, NAME, age=900)
    for number in range(25):
        put(tmp_path, f"draft {number}.ipynb", age=number)
    assert find_submission(tmp_path, NAME, source=RELEASE)[0] == path


def test_what_programs_put_beside_a_notebook_is_not_one(tmp_path):
    path = put(tmp_path, "Copy of 02_dcgan_experiments.ipynb")
    (tmp_path / "._Copy of 02_dcgan_experiments.ipynb").write_bytes(b"\0\5\x16\7")
    (tmp_path / NAME).write_bytes(PLACEHOLDER)
    found, notes = find_submission(tmp_path, NAME, source=RELEASE)
    assert found == path and [n.kind for n in notes] == ["renamed"]
