"""One file says where students get the course; every notebook agrees with it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import types
from pathlib import Path

import pytest

from autograder import cli
from autograder.course import Assignment
from autograder.publishing import shared_cells
from autograder.publishing.address import NOT_SET, Address, AddressError
from autograder.publishing.shared_cells import with_shared_cells

ROOT = Path(__file__).resolve().parents[2]
NAMES = Assignment.names()
REAL = Address("https://github.com/some-school/gan-course", "term-2")


def _text(name: str) -> str:
    return (ROOT / "notebooks" / name / f"{name}.md").read_text(encoding="utf-8")


def _release(name: str) -> list[dict]:
    path = ROOT / "release" / name / f"{name}.ipynb"
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def _cell(name: str, grade_id: str) -> str:
    for cell in _release(name):
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == grade_id:
            return "".join(cell["source"])
    raise AssertionError(f"no cell {grade_id}")


def _questions(name: str) -> list[str]:
    assignment = Assignment.find(name)
    return [*assignment.auto_points, *assignment.manual_points]


@pytest.mark.parametrize("name", NAMES)
def test_notebook_agrees_with_the_address(name):
    address = Address.read()
    text = _text(name)
    assert with_shared_cells(text, name, questions=_questions(name), address=address) == text
    assert f'COURSE_URL = "{address.package}"\n' in _cell(name, "install")
    assert f"\n{address.badge(name)} In Colab" in "".join(_release(name)[0]["source"])
    assert [cell for cell in _release(name) if cell["cell_type"] == "code"][-1]["metadata"][
        "nbgrader"
    ]["grade_id"] == "hand_in"


@pytest.mark.parametrize("name", NAMES)
def test_another_address_changes_nothing_else(name):
    text = _text(name)
    changed = with_shared_cells(text, name, questions=_questions(name), address=REAL)
    lines = [
        (old, new)
        for old, new in zip(text.splitlines(), changed.splitlines(), strict=True)
        if old != new
    ]
    assert [new for _, new in lines] == [
        "[![Open this assignment in Google Colab](https://colab.research.google.com/assets/"
        "colab-badge.svg)](https://colab.research.google.com/github/some-school/gan-course/blob/"
        f"term-2/release/{name}/{name}.ipynb) {shared_cells._SAVE_A_COPY}",
        'COURSE_URL = "https://github.com/some-school/gan-course/archive/refs/heads/term-2.zip"',
    ]


def test_notebook_without_shared_parts_gets_them():
    name = NAMES[0]
    text = _text(name)
    start, end = text.index("### Hand in\n"), text.index("## References\n")
    badge = next(line for line in text.splitlines() if line.startswith("[![Open"))
    bare = (text[:start] + text[end:]).replace(f"{badge}\n\n", "")
    bare = re.sub(r"(?m)^3\. In JupyterLab.*\n4\. .*$", "3. Save it and hand it in.", bare)
    address = Address.read()
    assert with_shared_cells(bare, name, questions=_questions(name), address=address) == text
    for part in ("# Assignment", "### Signature", "## References", '"grade_id": "install"'):
        with pytest.raises(ValueError, match="There is no"):
            with_shared_cells(
                bare.replace(part, "gone"), name, questions=_questions(name), address=address
            )


@pytest.mark.parametrize(
    "repository",
    [
        "",
        "github.com/a/b",
        "https://github.com/a",
        "https://gitlab.com/a/b",
        'https://github.com/a/"',
    ],
)
def test_what_is_no_address_is_refused(repository):
    with pytest.raises(AddressError, match="no GitHub repository"):
        Address(repository)
    with pytest.raises(AddressError, match="branch"):
        Address(NOT_SET, "a b")


def test_nobody_can_ever_have_the_address_that_is_not_set():
    # GitHub's owners consist of letters, digits and hyphens.
    assert "_" in NOT_SET.split("/")[3] and not Address(NOT_SET).is_set and REAL.is_set


@pytest.fixture
def course(tmp_path, monkeypatch):
    shutil.copy(ROOT / "course.toml", tmp_path)
    name = NAMES[0]
    for folder in ("source", "notebooks"):
        shutil.copytree(ROOT / folder / name, tmp_path / folder / name)
    for function in (Address.read, Address.write, shared_cells.write_shared_cells):
        monkeypatch.setitem(function.__kwdefaults__, "root", tmp_path)
    return tmp_path


def test_command(course, capsys):
    assert cli.main(["address", f"{REAL.repository}.git", "--branch", "term-2"]) == 0
    assert Address.read(root=course) == REAL
    assert (course / "course.toml").read_text().startswith("# The one place")
    text = (course / "notebooks" / NAMES[0] / f"{NAMES[0]}.md").read_text()
    assert REAL.package in text and REAL.colab_link(NAMES[0]) in text
    assert "make notebooks" in capsys.readouterr().out
    assert cli.main(["address"]) == 0
    assert "Nothing changed" in capsys.readouterr().out
    assert cli.main(["address", "somewhere"]) == 2
    assert "no GitHub repository" in capsys.readouterr().err
    (course / "course.toml").write_text("student_repository = 3")
    assert cli.main(["address"]) == 2
    assert "needs two lines" in capsys.readouterr().err


def _run_install(monkeypatch, *, there: bool, colab: bool, status: int = 0) -> list[list[str]]:
    commands: list[list[str]] = []

    def run(command):
        commands.append(command)
        return types.SimpleNamespace(returncode=status)

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: there or None)
    monkeypatch.delitem(sys.modules, "google.colab", raising=False)
    if colab:
        monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("google.colab"))
    exec(compile(_cell(NAMES[0], "install"), "install", "exec"), {})
    return commands


def test_install_cell(monkeypatch, capsys):
    (command,) = _run_install(monkeypatch, there=False, colab=True)
    assert command[1:] == ["-m", "pip", "install", "--quiet", "--no-deps", Address.read().package]
    assert _run_install(monkeypatch, there=True, colab=True) == []
    assert _run_install(monkeypatch, there=True, colab=False) == []
    assert "nothing to install" in capsys.readouterr().out
    with pytest.raises(ImportError, match="Run `pip install .`"):
        _run_install(monkeypatch, there=False, colab=False)
    with pytest.raises(ImportError, match="tell your instructor"):
        _run_install(monkeypatch, there=False, colab=True, status=1)
