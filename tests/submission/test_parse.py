"""Any file is read into a valid notebook, or refused in one sentence."""

from __future__ import annotations

import copy
import json
import os

import nbformat
import pytest

from autograder.submission import ProblemKind, read_submission, repair
from tests.support.course_notebook import (
    ANSWERS,
    RELEASE,
    answered,
    at,
    check_invariants,
    texts,
)


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


@pytest.mark.slow
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


def test_very_many_cells_and_a_very_long_cell(tmp_path):
    cells = [{"cell_type": "code", "source": f"value_{n} = {n} * {n}"} for n in range(20_000)]
    cells[0]["source"] = "x = 1\n" * 500_000
    found, problems = read(tmp_path, json.dumps({"cells": cells}))
    assert len(found.cells) == 1000 and len(problems) == 2
