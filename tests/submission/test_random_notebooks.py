"""Whatever happens to a notebook, its repair is sound."""

from __future__ import annotations

import copy
import json
import random

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell

from autograder.submission import read_submission, repair
from tests.support.course_notebook import (
    ANSWERS,
    GRADE_IDS,
    RELEASE,
    answered,
    check_invariants,
    texts,
)

# The same examples on every run, whatever the machine is doing, and no files left behind.
STEADY = settings(
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],  # a busy machine is
)

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


@pytest.mark.slow
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


@pytest.mark.slow
@settings(STEADY, max_examples=150)
@given(st.lists(JSON, max_size=4), JSON)
def test_any_json_can_be_read_and_repaired(tmp_path_factory, cells, metadata):
    path = tmp_path_factory.mktemp("any") / "x.ipynb"
    path.write_text(json.dumps({"nbformat": 4, "cells": cells, "metadata": metadata}))
    notebook, _ = read_submission(path)
    nbformat.validate(copy.deepcopy(notebook))
    check_invariants(repair(notebook, RELEASE))
