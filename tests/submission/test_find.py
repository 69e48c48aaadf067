"""The notebook in a student's folder is found, whatever it is called."""

from __future__ import annotations

import os

import nbformat
import pytest

from autograder.submission import PLACEHOLDER, find_submission
from tests.support.course_notebook import RELEASE, answered

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
