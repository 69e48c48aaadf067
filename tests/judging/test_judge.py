"""The judge: what checks give, and what happens when a check itself is broken."""

from __future__ import annotations

import json
import os
import signal
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

import pytest

from autograder.cache import store
from autograder.course import Assignment
from autograder.evidence.reader import Evidence
from autograder.judging.judge import Judge, JudgeError
from autograder.judging.networks import Rebuilder
from autograder.judging.pytest_plugin import judge_here
from autograder.verdict import Verdict
from tests.support.made_up_run import write_run


@dataclass(frozen=True)
class SmallAssignment(Assignment):
    """An assignment of one question, with checks from a test."""

    folder: Path = Path()

    @property
    def checks_folder(self) -> Path:
        return self.folder

    @property
    def auto_points(self) -> dict[str, float]:  # type: ignore[override]
        return {"q1": 2.0}


@pytest.fixture
def evidence(tmp_path) -> Path:
    return write_run(
        tmp_path / "run",
        {"q1": {"size": {"kind": "number", "value": 3}}},
        cells={
            "q1_check": {"status": "ok", "error": None, "seconds": 0.1},
            "q2_check": {"status": "error", "error": "NameError: name 'x' is not defined"},
        },
        notes=[{"text": "The cell q9 was interrupted."}],
    )


def judged(tmp_path: Path, evidence: Path, checks: str) -> Verdict:
    folder = tmp_path / "checks"
    folder.mkdir(exist_ok=True)
    head = (
        "from autograder.evidence.schema import Number\n"
        "from autograder.judging.check import check, require\n"
    )
    (folder / "test_small.py").write_text(head + textwrap.dedent(checks))
    return judge_here(SmallAssignment("small", folder=folder), evidence, Rebuilder())


def test_points_and_sentences(tmp_path, evidence):
    verdict = judged(
        tmp_path,
        evidence,
        """
        @check("q1", points=1.5, title="The size is odd")
        def test_odd(evidence):
            require(evidence.recorded("q1").get("size", Number).value % 2, "It is even.")

        @check("q1", points=0.5, title="The size is large")
        def test_large(evidence):
            size = evidence.recorded("q1").get("size", Number).value
            require(size > 5, f"The size is {size}.")
        """,
    )
    assert (verdict.score, verdict.max_score) == (1.5, 2.0)
    first, second = verdict.question("q1").checks
    assert (first.passed, first.points, first.message) == (True, 1.5, "Met.")
    assert (second.passed, second.points, second.message) == (False, 0.0, "The size is 3.")
    assert verdict.problems == ("The cell q9 was interrupted.",)
    assert Verdict.from_record(json.loads(json.dumps(verdict.to_record()))) == verdict


def test_a_check_file_may_import_a_file_beside_it_and_no_other_assignment_gets_that(
    tmp_path, evidence
):
    checks = """
    from shared_part import objection

    @check("q1", points=2, title="Anything")
    def test_anything(evidence):
        require(not objection, objection)
    """
    for name, sentence in (("first one", "It is the first."), ("second one", "")):
        folder = tmp_path / name
        (folder / "checks").mkdir(parents=True)
        (folder / "checks" / "shared_part.py").write_text(f"objection = {sentence!r}\n")
        (result,) = judged(folder, evidence, checks).question("q1").checks
        assert result.message == (sentence or "Met.")
    assert "shared_part" not in sys.modules
    assert not any(str(tmp_path) in path for path in sys.path)


def test_missing_evidence_is_zero_with_the_reason(tmp_path, evidence):
    verdict = judged(
        tmp_path,
        evidence,
        """
        @check("q1", points=2, title="Anything")
        def test_anything(evidence):
            evidence.recorded("q2")
        """,
    )
    assert verdict.score == 0
    assert "NameError: name 'x' is not defined" in verdict.question("q1").checks[0].message


def test_a_broken_check_costs_no_trust(tmp_path, evidence):
    verdict = judged(
        tmp_path,
        evidence,
        """
        @check("q1", points=2, title="Broken")
        def test_broken(evidence):
            {}["secret constant"]
        """,
    )
    (result,) = verdict.question("q1").checks
    assert not result.passed
    assert "secret" not in result.message
    assert any(problem.startswith("INSTRUCTOR:") for problem in verdict.problems)


@pytest.mark.parametrize(
    ("checks", "said"),
    [
        ("@check('q1', points=1, title='t')\ndef test_a(): pass\n", "worth 1 together"),
        (
            "@check('q1', points=2, title='t')\ndef test_a(): pass\n"
            "@check('q7', points=2, title='t')\ndef test_b(): pass\n",
            "unknown questions: q7",
        ),
        ("this is no Python", "do not load"),
    ],
)
def test_checks_that_do_not_add_up_are_refused(tmp_path, evidence, checks, said):
    with pytest.raises(JudgeError, match=said):
        judged(tmp_path, evidence, checks)


def test_a_judge_that_dies_leaves_no_mark_and_says_so(tmp_path, assignment_02, monkeypatch):
    judge = Judge(tmp_path)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    verdict = judge.judge(assignment_02, tmp_path)
    assert verdict.score == 0
    assert verdict.problems[0].startswith("INSTRUCTOR:")
    assert not (tmp_path / "verdict.json").exists()


def test_a_judge_that_was_killed_is_replaced(tmp_path, evidence):
    judge = Judge(tmp_path)
    judge.start()
    assert judge._worker is not None
    os.kill(judge._worker.pid, signal.SIGKILL)
    try:
        with pytest.raises(JudgeError, match="no assignment"):
            judge.judge(SmallAssignment("99_nothing", folder=tmp_path), evidence)
    finally:
        judge.close()


@pytest.fixture
def judge(tmp_path, monkeypatch):
    """A judge whose worker is this process; counts what it is asked."""
    judge = Judge(tmp_path)
    judge.asked = 0

    def ask(question: dict) -> dict:
        judge.asked += 1
        small = SmallAssignment("small", folder=tmp_path / "checks")
        return judge_here(small, Path(question["folder"]), Rebuilder()).to_record()

    monkeypatch.setattr(judge, "_ask", ask)
    return judge


def write_check(tmp_path: Path, code: str) -> SmallAssignment:
    folder = tmp_path / "checks"
    folder.mkdir(exist_ok=True)
    head = (
        "from autograder.evidence.schema import Number\n"
        "from autograder.judging.check import check, require\n"
    )
    check = "@check('q1', points=2, title='t')\ndef test_a(evidence):\n    "
    (folder / "test_small.py").write_text(head + check + code)
    return SmallAssignment("small", folder=folder)


def test_a_verdict_holds_until_a_check_changes(tmp_path, evidence, judge):
    small = write_check(tmp_path, "require(True, 'Yes.')")
    first = judge.judge(small, evidence)
    assert first.score == 2
    assert judge.judge(small, evidence) == first
    assert judge.asked == 1
    small = write_check(tmp_path, "require(False, 'No.')")
    assert judge.judge(small, evidence).score == 0
    assert judge.asked == 2


def test_a_verdict_without_a_sound_judgement_is_not_kept(tmp_path, evidence, judge):
    small = write_check(tmp_path, "raise MemoryError")
    assert judge.judge(small, evidence).score == judge.judge(small, evidence).score == 0
    assert judge.asked == 2


def test_a_check_edited_during_a_judgement_is_judged_with_again(
    tmp_path, evidence, judge, monkeypatch
):
    small = write_check(tmp_path, "require(True, 'Yes.')")
    ask = judge._ask

    def ask_and_edit(question: dict) -> dict:
        answer = ask(question)
        write_check(tmp_path, "require(False, 'No.')")
        return answer

    monkeypatch.setattr(judge, "_ask", ask_and_edit)
    judge.judge(small, evidence)
    monkeypatch.setattr(judge, "_ask", ask)
    small = SmallAssignment("small", folder=tmp_path / "checks")
    assert judge.judge(small, evidence).score == 0


def test_what_takes_long_is_computed_once(evidence):
    def compute() -> list[int]:
        times.append(1)
        return [3, 4]

    times: list[int] = []
    assert Evidence(evidence).computed("sum of q1", compute) == [3, 4]
    assert Evidence(evidence).computed("sum of q1", compute) == [3, 4]
    assert times == [1]
    assert Evidence(evidence).computed("sum of q2", lambda: [5]) == [5]
    store(evidence / "computed.json", "older code", {"sum of q1": [0]})
    assert Evidence(evidence).computed("sum of q1", compute) == [3, 4]
    assert times == [1, 1]
