"""What students get: all that they need, nothing that is the instructor's."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.cli import main
from autograder.course import Assignment
from autograder.publishing.address import Address
from autograder.publishing.bundle import check_bundle, make_bundle
from autograder.publishing.bundle_files import BundleError, gather, student_project
from autograder.publishing.inspector import Inspector
from autograder.submission import release_view
from tests.support.wheels import build_wheel

ROOT = Path(__file__).resolve().parents[2]
NAME = "02_dcgan_experiments"
RELEASE = f"release/{NAME}/{NAME}.ipynb"


@pytest.fixture(scope="module")
def inspector() -> Inspector:
    return Inspector(ROOT, Assignment.names())


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return gather(ROOT, Assignment.names())


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("bundle") / "students"
    make_bundle(target, without_address=True)
    return target


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the course to tamper with, with one assignment."""
    tree = tmp_path / "course"
    figures = f"notebooks/{NAME}/figures"
    for name in (f"source/{NAME}", f"release/{NAME}", figures, "gan_helpers", "docs"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("LICENSE", "LICENSE-course-text", "pyproject.toml", "course.toml"):
        shutil.copy(ROOT / name, tree)
    (tree / "autograder").symlink_to(ROOT / "autograder")
    (tree / "tests").symlink_to(ROOT / "tests")
    return tree


def _source(grade_id: str) -> str:
    return next(
        cell.source
        for cell in Assignment.find(NAME).source.cells
        if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id
    )


def _changed(data: bytes, change: Callable[[dict], None]) -> bytes:
    notebook = json.loads(data)
    change(notebook)
    return json.dumps(notebook, indent=1, ensure_ascii=False).encode() + b"\n"


def _cell(notebook: dict, grade_id: str) -> dict:
    return next(
        cell
        for cell in notebook["cells"]
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == grade_id
    )


def test_bundle_holds_what_students_need(bundle):
    names = {path.relative_to(bundle).as_posix() for path in bundle.rglob("*") if path.is_file()}
    assert {"README.md", "pyproject.toml", "LICENSE", "LICENSE-course-text"} <= names
    assert "docs/students.md" in names
    for name in Assignment.names():
        assert f"release/{name}/{name}.ipynb" in names
        assert f"(release/{name}/{name}.ipynb)" in (bundle / "README.md").read_text()
    helpers = {f"gan_helpers/{path.name}" for path in (ROOT / "gan_helpers").glob("*.py")}
    assert helpers <= names and "gan_helpers/_scorer/weights/mnist_scorer.npz" in names
    tops = {name.split("/")[0] for name in names}
    assert not tops & {"source", "notebooks", "autograder", "tests", "nbgrader_config.py", ".git"}
    links = (bundle / "README.md").read_text().split("](")[1:]
    for link in (part.split(")")[0] for part in links):
        assert link.startswith("http") or (bundle / link).exists(), link


def test_no_answer_and_no_check_can_be_found_in_it(bundle):
    """Independent of the bundle's own check: the answers as they are, in any file."""
    contents = {path: path.read_bytes() for path in bundle.rglob("*") if path.is_file()}
    assignments = [Assignment.find(name) for name in Assignment.names()]
    # An assignment shows what an earlier one has asked.
    released = "\n".join(
        cell.source for one in assignments for cell in release_view(one.source).cells
    )
    for assignment in assignments:
        hidden = {
            (cell.metadata.nbgrader.grade_id, line.strip())
            for cell in assignment.source.cells
            if cell.metadata.get("nbgrader", {}).get("solution")
            for line in cell.source.splitlines()
            if len(line.strip()) > 30 and line.strip() not in released
        }
        assert len(hidden) > 10
        for grade_id, line in hidden:
            written = json.dumps(line, ensure_ascii=False)[1:-1].encode()
            found = [path for path, content in contents.items() if written in content]
            assert not found, (grade_id, line, found)
    everything = b"\n".join(contents.values())
    for path in (ROOT / "autograder" / "checks").rglob("*.py"):
        for line in path.read_text().splitlines():
            if line.startswith(("def test", "@check")):
                assert line.encode() not in everything, line


def test_bundle_installs(bundle, tmp_path):
    (wheel,) = build_wheel(tmp_path, project=bundle).glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = archive.read(next(one for one in names if one.endswith("METADATA"))).decode()
        archive.extractall(tmp_path / "installed")  # a pure wheel is installed by unpacking
    assert "gan_helpers/_scorer/weights/mnist_scorer.npz" in names
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    required = {
        line.removeprefix("Requires-Dist: ")
        for line in metadata.splitlines()
        if line.startswith("Requires-Dist")
    }
    assert required == set(project["dependencies"])
    code = "from gan_helpers import budget, workspace; print(workspace.__file__)"
    imported = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "installed")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert imported.stdout.startswith(str(tmp_path / "installed"))


def test_project_of_the_bundle_leaves_out_the_instructors_tools():
    text = student_project((ROOT / "pyproject.toml").read_text())
    assert "nbgrader" not in text and "ruff" not in text and "pytest" not in text
    with pytest.raises(ValueError, match="not in one piece"):
        student_project(
            '[build-system]\nrequires = []\n[project]\nname = "x"\n[project.urls]\na = "b"\n'
        )


def test_course_is_clean(inspector, files):
    assert inspector.problems(files) == []


def test_bundle_of_the_first_assignments_only():
    first = "01_dcgan_walkthrough"
    files = gather(ROOT, [first])
    assert [name for name in files if name.startswith("release/")] == [
        f"release/{first}/{first}.ipynb"
    ]
    assert NAME not in files["README.md"].decode()
    inspector = Inspector(ROOT, [first])
    assert inspector.problems(files) == []
    # Assignment 2 shows the networks that assignment 1 asks for.
    second = (ROOT / RELEASE).read_bytes()
    problems = inspector.problems({RELEASE: second, "copy.ipynb": second})
    assert any("not a release of this bundle's assignments" in text for text in problems)
    assert any("copy.ipynb" in text and f"of source/{first}" in text for text in problems)


# What somebody might do to a release, and what the refusal must name.
def _solution_left(notebook: dict) -> None:
    _cell(notebook, "q2_1")["source"] = _source("q2_1").splitlines(keepends=True)


def _solution_without_markers(notebook: dict) -> None:
    lines = [line for line in _source("q2_1").splitlines(keepends=True) if "SOLUTION" not in line]
    _cell(notebook, "q2_1")["source"] = lines


def _model_answer(notebook: dict) -> None:
    _cell(notebook, "q1b")["source"] = [_source("q1b")]


def _answer_in_an_output(notebook: dict) -> None:
    _cell(notebook, "q2_1")["outputs"] = [
        {"output_type": "stream", "name": "stdout", "text": _source("q2_1").splitlines(True)}
    ]


def _answer_in_metadata(notebook: dict) -> None:
    notebook["metadata"]["note"] = _source("q2_1")


def _other_text(notebook: dict) -> None:
    notebook["cells"][0]["source"][0] += " (changed)"


def _cell_removed(notebook: dict) -> None:
    del notebook["cells"][-1]


def _cell_added(notebook: dict) -> None:
    notebook["cells"].append({**notebook["cells"][-1], "id": "extra"})


def _other_points(notebook: dict) -> None:
    _cell(notebook, "q2_1_check")["metadata"]["nbgrader"]["points"] = 99


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (_solution_left, "cell q2_1 differs"),
        (_solution_left, "cell q2_1: holds"),
        (_solution_without_markers, "cell q2_1: holds"),
        (_model_answer, "cell q1b: holds"),
        (_answer_in_an_output, "cell q2_1: holds"),
        (_answer_in_metadata, "metadata: holds"),
        (_answer_in_metadata, "its metadata differs"),
        (_other_text, "differs from what nbgrader makes of source/"),
        (_cell_removed, "is missing from what nbgrader makes"),
        (_cell_added, "cell extra differs"),
        (_other_points, "cell q2_1_check differs"),
    ],
)
def test_tampered_release_is_refused(inspector, files, change, named):
    problems = inspector.problems({RELEASE: _changed(files[RELEASE], change)})
    assert any(text.startswith(RELEASE) and named in text for text in problems), problems


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b"[]", b'{"cells": [1]}'])
def test_release_that_is_no_notebook_is_refused(inspector, content):
    (problem,) = inspector.problems({RELEASE: content})
    assert "cannot be read as a notebook" in problem


def _zip_of(text: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.txt", text)
    return data.getvalue()


def test_answer_in_any_other_file_is_refused(inspector):
    answer = _source("q2_1")
    line = next(one for one in answer.splitlines() if "BATCH_SIZE =" in one)
    model_answer = _source("q1b")
    sentence = max(model_answer.replace("\n", " ").split(". "), key=len)
    check = (ROOT / "autograder/checks" / NAME / "test_q2_1.py").read_text()
    helper = (ROOT / "gan_helpers/budget.py").read_text()
    right = next((ROOT / "tests/submissions" / NAME / "q1a").glob("right_*.py")).read_text()
    cases = {
        "gan_helpers/budget.py": helper + answer,
        "docs/students.md": f"Hint:\n\n    > {line}\n",
        "README.md": f"Remember: {sentence}.",
        "notes.txt": "# " + "\n# ".join(answer.splitlines()),
        "gan_helpers/new.py": check,
        "gan_helpers/other.py": "\n".join(check.splitlines()[20:40]),
        "example.py": right,
        "data.npz": _zip_of(answer),
        "picture.png": b"\x89PNG\xff" + sentence.encode(),
        "x.ipynb": json.dumps({"no": "cells", "but": [{"deep": model_answer}]}),
        "plain.md": "### BEGIN SOLUTION",
    }
    for name, content in cases.items():
        data = content if isinstance(content, bytes) else content.encode()
        problems = inspector.problems({name: data})
        assert problems and all(text.startswith(name) for text in problems), name


def test_files_that_are_the_instructors_are_refused(inspector):
    for name in (
        f"source/{NAME}/{NAME}.ipynb",
        "autograder/course.py",
        f"notebooks/{NAME}/{NAME}.md",
        f"release/{NAME}/extra.py",
        "release/unknown/unknown.ipynb",
        "gan_helpers/notes.md",
    ):
        (problem,) = inspector.problems({name: b""})
        assert problem.startswith(f"{name}: ")


def test_bundle_of_a_tampered_tree_is_refused_and_nothing_is_written(tree, tmp_path):
    release = tree / RELEASE
    release.write_bytes(_changed(release.read_bytes(), _solution_left))
    target = tmp_path / "bundle.zip"
    with pytest.raises(BundleError, match=f"{RELEASE}: cell q2_1 differs"):
        make_bundle(target, root=tree, without_address=True)
    assert not target.exists()


def test_bundle_of_a_tree_whose_source_has_moved_on_is_refused(tree, tmp_path):
    source = tree / "source" / NAME / f"{NAME}.ipynb"
    source.write_bytes(_changed(source.read_bytes(), _other_text))
    with pytest.raises(BundleError, match="run `make notebooks`"):
        make_bundle(tmp_path / "bundle", root=tree, without_address=True)
    (tree / RELEASE).unlink()
    with pytest.raises(BundleError, match="There is no release of"):
        make_bundle(tmp_path / "bundle", root=tree, without_address=True)


def test_bundle_says_where_students_get_it_or_is_refused(tree, tmp_path, capsys):
    target = tmp_path / "bundle.zip"
    with pytest.raises(BundleError, match="autograder address https://github.com/OWNER/NAME"):
        make_bundle(target, root=tree)
    address = Address("https://github.com/some-school/gan-course")
    address.write(root=tree)
    with pytest.raises(BundleError, match="has another address than course.toml"):
        make_bundle(target, root=tree)
    assert not target.exists()
    assert address.colab_link(NAME) in gather(tree, [NAME])["README.md"].decode()
    assert "colab.research" not in gather(ROOT, [NAME])["README.md"].decode()


def test_same_tree_gives_the_same_zip(tree, tmp_path, bundle):
    make_bundle(tmp_path / "one.zip", root=tree, without_address=True)
    make_bundle(tmp_path / "two.zip", root=tree, without_address=True)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    check_bundle(tmp_path / "one.zip", root=tree)


def test_earlier_bundle_is_replaced_and_the_rest_of_the_folder_stays(tree, tmp_path):
    target = tmp_path / "repository"
    (target / ".git").mkdir(parents=True)
    (target / ".git" / "config").write_text("[core]")
    make_bundle(target, root=tree, without_address=True)
    (target / "announcements.md").write_text("Office hours are on Monday.")
    (target / "gan_helpers" / "old.py").write_text("removed since")
    with pytest.raises(ValueError, match="exists already; replace it with --force"):
        make_bundle(target, root=tree, without_address=True)
    make_bundle(target, root=tree, replace=True, without_address=True)
    assert (target / ".git" / "config").exists() and (target / "announcements.md").exists()
    assert not (target / "gan_helpers" / "old.py").exists()
    (target / "announcements.md").write_text(_source("q1b"))
    with pytest.raises(BundleError, match="announcements.md"):
        check_bundle(target, root=tree)
    with pytest.raises(BundleError, match="announcements.md"):
        make_bundle(target, root=tree, replace=True, without_address=True)


def test_no_other_folder_is_written_to(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("years of work")
    for target in (tmp_path / "mine", ROOT, ROOT / "docs", ROOT / "docs" / "new"):
        with pytest.raises(ValueError, match="name another folder|inside of the course's own"):
            make_bundle(target, replace=True, without_address=True)


def test_command(tmp_path, capsys):
    (tmp_path / "no.zip").write_text("x")
    assert main(["bundle", "--check", str(tmp_path / "no.zip")]) == 2
    assert "is no zip file" in capsys.readouterr().err
    assert main(["bundle", "--check", str(tmp_path / "nothing")]) == 2
    assert "There is no bundle" in capsys.readouterr().err
    assert main(["bundle", str(tmp_path / "no.zip")]) == 2
    assert "--force" in capsys.readouterr().err
