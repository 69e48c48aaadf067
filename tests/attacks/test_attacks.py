"""Attacks on the grading machine: none earns, reads or changes anything that it should not.

Each attack is a small submission in ``attacks/``; ``attacks/course.py`` explains their form. Most
are made on a course of one small notebook, those that forge records on assignment 02. The controls
show that the same attacks succeed without the wall, or without repair and judge.
"""

from __future__ import annotations

import base64
import copy
import dataclasses
import os
import re
import sqlite3
from pathlib import Path

import nbformat
import psutil
import pytest
from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from nbgrader.preprocessors import Execute
from nbgrader.utils import determine_grade

from autograder.course import COURSE_ROOT, Assignment
from autograder.execution.suspicious_code import Findings, look_for_tampering
from autograder.grading.grader import Grader
from autograder.verdict import Verdict
from tests.attacks.course import ATTACKS, POLICY, RIGHT, Attack, Course, all_attacks
from tests.support.answers import read_answers

pytestmark = pytest.mark.kernel

_STOLEN = re.compile("SECRET-[0-9a-f]|loot:")


def sentences(verdict: Verdict) -> list[str]:
    """Return everything that a verdict says."""
    checks = [check for question in verdict.questions for check in question.checks]
    return [*verdict.problems, *(check.message for check in checks)]


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The course that is attacked."""
    return Course(tmp_path_factory.mktemp("attacked") / "course")


@pytest.fixture(scope="module")
def ada(course: Course) -> Path:
    """An honest submission, graded before the attacks."""
    path = course.root / "submitted" / "ada" / "small" / "small.ipynb"
    grader = course.grader()
    verdict = grader.grade(grader.read(path))
    assert verdict.score == verdict.max_score == 3, verdict.to_json()
    return path


# -- attacks on the small course ----------------------------------------------------------------


@pytest.mark.parametrize("attack", all_attacks("small"), ids=lambda attack: attack.name)
def test_attack(attack: Attack, course: Course, ada: Path, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("COURSE_TOKEN", "SECRET-70cea")
    # Looking at the code is not what an attack should fail at: it could be spelled differently.
    monkeypatch.setattr("autograder.execution.runner.look_for_tampering", lambda cells: Findings())
    path = tmp_path / "small.ipynb"
    nbformat.write(attack.notebook(course.release, course.root), path)
    grader, before = course.grader(), course.state()
    submission = grader.read(path)
    verdict = grader.grade(submission)

    assert verdict.score == attack.points, "no undeserved mark"
    assert verdict.max_score == 3
    assert not _STOLEN.search(course.everything_about(submission, verdict)), "nothing read"
    own = str(grader.run_folder(submission).relative_to(course.root))
    others = {name: text for name, text in course.state().items() if not name.startswith(own)}
    assert others == before, "nothing changed"
    said = sentences(verdict)
    assert all(any(re.search(wanted, text) for text in said) for wanted in attack.says), said
    assert all(len(text) < 1500 and text.isprintable() for text in said)


def test_after_all_attacks_everybody_is_graded_as_before(course: Course, ada: Path, tmp_path):
    """Runs anew: what an attack left in a server, a folder or a process would show here."""
    grader = dataclasses.replace(course.grader(), store=tmp_path / "evidence")
    verdict = grader.grade(grader.read(ada))
    assert verdict.score == 3 and not verdict.problems, verdict.to_json()
    release = tmp_path / "release.ipynb"
    nbformat.write(course.release, release)
    assert grader.grade(grader.read(release)).score == 0
    commands = " ".join(
        " ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"])
    )
    assert f"attack-daemon {course.root}" not in commands, "all processes of all attacks have ended"


def test_each_attack_says_what_it_wants_and_there_are_enough_of_them():
    attacks = [*all_attacks("small"), *all_attacks("02_dcgan_experiments")]
    assert len(attacks) >= 25
    assert all(attack.wants.endswith(".") and attack.sections for attack in attacks)


# -- attacks that forge records of assignment 02 -------------------------------------------------


@pytest.mark.parametrize(
    "attack", all_attacks("02_dcgan_experiments"), ids=lambda attack: attack.name
)
def test_attack_on_02(attack: Attack, grader_02: Grader, tmp_path: Path) -> None:
    notebook = attack.notebook(grader_02.release, tmp_path)
    verdict = grader_02.grade(grader_02.repair(notebook))
    said = sentences(verdict)
    assert verdict.score == attack.points, verdict.to_json()
    assert all(any(re.search(wanted, text) for text in said) for wanted in attack.says), said
    assert not any("failed by itself" in text for text in said), said


def test_the_records_of_somebody_elses_right_run_are_worth_nothing(grader_02, tmp_path):
    """Every file of a right run, with the present challenge written into it in the kernel."""
    right = grader_02.run(grader_02.repair(grader_02.assignment.source))
    canned = {
        path.name: base64.b64encode(path.read_bytes()).decode()
        for path in sorted((right / "recorded").iterdir())
        if path.stat().st_size < 200_000
    }
    assert "q2_6.json" in canned and "q2_1.json" in canned
    copied = f"""
import base64, builtins, json, os, pathlib
canned = {{name: base64.b64decode(text) for name, text in {canned!r}.items()}}
training.fit = lambda *args, **options: None
pathlib.Path.replace = pathlib.Path.unlink = os.remove = lambda *args, **options: None

def forge(*ignored):
    from gan_helpers import evidence
    for name, content in canned.items():
        if name.endswith(".json"):
            content = json.dumps(json.loads(content) | {{"challenge": evidence.challenge}}).encode()
        with open(os.path.join(os.environ["GAN_HELPERS_EVIDENCE"], name), "wb") as file:
            file.write(content)

get_ipython().events.register("post_run_cell", forge)
"""
    tasks = re.findall(
        r"=== (q\w+)", (ATTACKS / "02_dcgan_experiments" / "forged_training.txt").read_text()
    )
    attack = Attack(
        "canned", "", sections=[("after imports", copied), *((task, "pass") for task in tasks)]
    )
    notebook = attack.notebook(grader_02.release, tmp_path)
    verdict = grader_02.grade(grader_02.repair(notebook))
    assert verdict.score == 0, verdict.to_json()


def test_honest_answers_are_not_taken_for_tampering():
    assignment = Assignment.find("02_dcgan_experiments")
    cells = [cell for cell in assignment.source.cells if cell.cell_type == "code"]
    answers = [
        new_code_cell(code) for one in read_answers(assignment.name) for code in one.cells.values()
    ]
    honest = """
import importlib, sys, os, time
if "google.colab" in sys.modules:
    print("Colab")
from gan_helpers import evidence
evidence.record("q2_1", train_dataset=train_dataset, batch_size=BATCH_SIZE)
generator.compile(optimizer="adam"); generator.eval(); re.compile("x")
"""
    assert not look_for_tampering([*cells, *answers, new_code_cell(honest)]).tampering


# -- attacks with the submitted file itself -----------------------------------------------------


def link(path: Path, course: Course) -> None:
    path.symlink_to(course.root / "submitted" / "ada" / "small" / "small.ipynb")


def link_to_the_gradebook(path: Path, course: Course) -> None:
    path.symlink_to(course.gradebook)


def pipe(path: Path, course: Course) -> None:
    os.mkfifo(path)


def folder(path: Path, course: Course) -> None:
    path.mkdir()


def of_200_mb(path: Path, course: Course) -> None:
    path.write_bytes(course.submission(**RIGHT))
    with path.open("ab") as file:
        file.truncate(200 * 10**6)


def nested(path: Path, course: Course) -> None:
    path.write_bytes(b'{"cells":' + b"[" * 900_000 + b"]" * 900_000 + b"}")


def of_a_million_cells(path: Path, course: Course) -> None:
    path.write_bytes(b'{"nbformat": 4, "cells": [' + b"{}," * 10**6 + b"{}]}")


def of_numbers(path: Path, course: Course) -> None:
    path.write_bytes(b'{"nbformat": 4, "cells": ' + b"9" * 10**6 + b"}")


@pytest.mark.parametrize(
    "make",
    [link, link_to_the_gradebook, pipe, folder, of_200_mb, nested, of_a_million_cells, of_numbers],
    ids=lambda make: make.__name__,
)
def test_a_file_that_is_no_honest_notebook_gets_nothing_but_a_reason(make, course, ada, tmp_path):
    path = tmp_path / "small.ipynb"
    make(path, course)
    grader, before = course.grader(), course.state()
    verdict = grader.grade(grader.read(path))
    assert verdict.score == 0
    assert verdict.problems and not _STOLEN.search(verdict.to_json())
    assert {name: text for name, text in course.state().items() if name in before} == before


_SCRIPTS = {
    "text/html": "<b onclick=attack()>x</b><script>attack()</script><iframe src=x></iframe>",
    "image/svg+xml": "<svg onload=attack()><script>attack()</script></svg>",
    "application/javascript": "attack()",
    "text/markdown": "[x](javascript:attack())",
    "text/latex": "\\href{javascript:attack()}{x}",
    "application/vnd.jupyter.widget-view+json": {"model_id": "javascript:attack()"},
}


def page(notebook: nbformat.NotebookNode) -> str:
    """Return the part of a feedback page that is made of the notebook."""
    text = HTMLExporter(template_name="basic").from_notebook_node(notebook)[0]
    return text.replace("&lt;", "(")


@pytest.mark.filterwarnings("ignore:Your element with mimetype:UserWarning")  # a widget
def test_scripts_in_the_outputs_and_texts_of_a_notebook_do_not_reach_a_page(course, tmp_path):
    notebook = copy.deepcopy(course.release)
    notebook.cells[1].outputs = [
        new_output("display_data", {kind: text}) for kind, text in _SCRIPTS.items()
    ]
    notebook.cells.append(
        new_markdown_cell("<script>attack()</script><img src=x onerror=attack()>")
    )
    scripts = re.compile(r"<script|<iframe|<svg|<img[^>]*onerror|onclick=|href=.?javascript")
    assert scripts.search(page(notebook)), "the control: without repair they would"
    path = tmp_path / "small.ipynb"
    nbformat.write(notebook, path)
    assert not scripts.search(page(course.grader().read(path).notebook))


# -- controls: the same attacks without the wall, or without repair and judge -------------------


@pytest.fixture
def unguarded(tmp_path: Path) -> Course:
    """Another course, for attacks that are let through."""
    return Course(tmp_path / "course")


def attack_without_wall(name: str, course: Course, store: Path) -> str:
    policy = dataclasses.replace(POLICY, isolation="none")
    grader = dataclasses.replace(course.grader(policy=policy), store=store)
    attack = Attack.read(ATTACKS / "small" / f"{name}.txt")
    submission = grader.repair(attack.notebook(course.release, course.root))
    return grader.run(submission).joinpath("run.json").read_text()


def test_control_without_the_wall_the_checks_and_others_answers_are_read(unguarded, tmp_path):
    text = attack_without_wall("read_the_checks", unguarded, tmp_path / "evidence")
    assert len(_STOLEN.findall(text)) == 4  # the word, and three secrets


def test_control_a_folder_that_kernels_may_read_is_searched(unguarded, tmp_path):
    submitted = unguarded.root / "submitted"
    policy = dataclasses.replace(POLICY, read_only=(submitted,))
    grader = dataclasses.replace(unguarded.grader(policy=policy), store=tmp_path / "evidence")
    attack = Attack.read(ATTACKS / "small" / "search_the_machine.txt")
    submission = grader.repair(attack.notebook(unguarded.release, unguarded.root))
    assert f"{submitted}/ada/small/small.ipynb" in (
        grader.run(submission).joinpath("run.json").read_text()
    )


def test_control_without_the_wall_the_gradebook_is_written(unguarded, tmp_path):
    attack_without_wall("write_the_gradebook", unguarded, tmp_path / "evidence")
    with sqlite3.connect(unguarded.gradebook) as gradebook:
        assert gradebook.execute("SELECT manual_score FROM grade").fetchall() == [(1000,)]
    gradebook.close()


def test_control_without_the_wall_the_work_of_others_is_destroyed(unguarded, tmp_path):
    with pytest.raises(FileNotFoundError, match="call_double"):  # the grader's own files as well
        attack_without_wall("change_others", unguarded, tmp_path / "evidence")
    assert not unguarded.root.exists()


@pytest.mark.parametrize(
    "name", ["skip_execution_tags", "input_transformer", "ast_transformer", "points_in_metadata"]
)
def test_control_stock_nbgrader_gives_full_marks(name, course, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(COURSE_ROOT))
    monkeypatch.chdir(tmp_path)
    attack = Attack.read(ATTACKS / "small" / f"{name}.txt")
    notebook = attack.notebook(course.release, course.root)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "", "language": "python"}
    if name != "points_in_metadata":
        Execute().preprocess(notebook, {"metadata": {"path": str(tmp_path)}})
    marks = {
        cell.metadata.nbgrader.grade_id: determine_grade(cell)[0]
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade")
    }
    assert sum(filter(None, marks.values())) >= 3, marks
