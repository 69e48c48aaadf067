"""What the commands print and how they end; what they do is tested where it is done."""

from __future__ import annotations

import json
import re

import pytest

from autograder import commands
from autograder.cli import main
from autograder.grading.class_grader import Outcome
from autograder.sandbox import SandboxError
from tests.support.nbgrader_command import NAME


def test_check_of_a_broken_file_prints_and_writes_a_verdict(tmp_path, capsys):
    notebook, verdict = tmp_path / "broken.ipynb", tmp_path / "verdict.json"
    notebook.write_text("{")
    assert main(["check", NAME, str(notebook), "--json", str(verdict)]) == 0
    printed = capsys.readouterr().out
    assert f"{NAME}: 0 of 10" in printed and "ends in the middle" in printed
    content = json.loads(verdict.read_text())
    assert content.keys() == {"assignment", "score", "max_score", "questions", "problems"}
    assert (content["score"], content["max_score"]) == (0, 10)
    assert {check["message"] for question in content["questions"] for check in question["checks"]}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["check", "99_nothing", "x.ipynb"],
            "no assignment '99_nothing'; choose one of: .*" + NAME,
        ),
        (["check", NAME, "nowhere.ipynb"], "no file nowhere.ipynb"),
        (
            ["check", NAME, __file__, "--json", "no/such.json"],
            "no folder no for the file",
        ),
        (["grade", NAME, "--course", "nowhere"], "nothing to grade: no folder .*nowhere/submitted"),
        (["grade", NAME, "--jobs", "0"], "--jobs 0: give a number of at least 1"),
    ],
)
def test_bad_input_gives_one_sentence(arguments, said, capsys):
    assert main(arguments) == 2
    printed = capsys.readouterr().err
    assert re.search(said, printed) and len(printed.splitlines()) == 1


def test_the_summary_of_a_class(monkeypatch, capsys):
    outcomes = [
        Outcome("ada", 9.5, fresh=True),
        Outcome("bob", 4.0, notes=("INSTRUCTOR: read q2_1.",)),
        Outcome("eve", None, "No wall."),
        Outcome("zoe", None, "No wall."),
    ]
    monkeypatch.setattr(commands, "grade_class", lambda *_, **__: outcomes)
    assert main(["grade", NAME]) == 1
    printed = capsys.readouterr().out
    assert re.search(r"2 graded in \d+ s, 1 of them run now; 2 not graded\.", printed)
    assert "median 6.75, from 4 to 9.5 of 10" in printed
    assert "bob: INSTRUCTOR: read q2_1." in printed
    assert "eve, zoe not graded: No wall." in printed


@pytest.mark.parametrize(
    ("raised", "status", "said"),
    [
        (KeyboardInterrupt(), 130, "give the same command again"),
        (SandboxError("No namespaces."), 2, "autograder: No namespaces."),
    ],
)
def test_interruptions_and_missing_walls(raised, status, said, monkeypatch, capsys):
    def grade_class(*_, **__):
        raise raised

    monkeypatch.setattr(commands, "grade_class", grade_class)
    assert main(["regrade", NAME]) == status
    assert said in capsys.readouterr().err
