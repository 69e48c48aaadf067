"""The repair of submissions: every way a notebook may come back, and attacks on its marks."""

from __future__ import annotations

import copy

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell
from nbgrader.utils import compute_checksum

from autograder.submission import ProblemKind, release_view, repair
from tests.support.course_notebook import (
    ANSWERS,
    RELEASE,
    answered,
    at,
    extra_sources,
    graded,
    kinds,
    make_source,
    picture,
    repaired,
    strip_marks,
    texts,
)

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
