"""Every answer in tests/submissions gets exactly the marks stated in it, in every assignment."""

from __future__ import annotations

import pytest

from autograder.course import Assignment
from tests.support.answer_runs import AnswerRuns
from tests.support.answers import Answer, read_answers

pytestmark = pytest.mark.kernel

NAMES = Assignment.names()
# By assignment, as they are graded.
ANSWERS = [(name, answer) for name in NAMES for answer in read_answers(name)]
QUESTIONS = [(name, question) for name in NAMES for question in Assignment.find(name).auto_points]


def label(value: object) -> str:
    return value.name if isinstance(value, Answer) else str(value)


@pytest.fixture(scope="session")
def runs(request, all_answer_runs) -> AnswerRuns:
    return all_answer_runs(request.param)


@pytest.mark.parametrize(("runs", "answer"), ANSWERS, ids=label, indirect=["runs"])
def test_answer_gets_its_marks(answer: Answer, runs: AnswerRuns) -> None:
    result = runs.verdict_on(answer).question(answer.question)
    seen = "\n".join(f"{'+' if c.passed else '-'} {c.name}: {c.message}" for c in result.checks)
    assert result.points == pytest.approx(answer.points), f"{answer.sentence}\n{seen}"
    assert result.max_points == answer.max_points
    for check in result.checks:
        # One or two sentences that a student can read, and no trace of the check.
        assert check.message.endswith(".")
        assert "\n" not in check.message and len(check.message) < 400
        assert "Traceback" not in check.message and "_grading" not in check.message


@pytest.mark.parametrize("runs", NAMES, indirect=True)
def test_no_check_fails_by_itself(runs: AnswerRuns) -> None:
    for number, answers in enumerate(runs.notebooks):
        problems = runs.verdict(str(number)).problems
        told = [problem for problem in problems if problem.startswith("INSTRUCTOR")]
        # Two wrong answers load modules anew, which a person is asked to look at.
        anew = any("importlib" in code for one in answers for code in one.cells.values())
        assert [problem for problem in told if "which no answer needs" in problem] == told
        assert bool(told) == anew


@pytest.mark.parametrize("runs", NAMES, indirect=True)
def test_the_instructors_version_gets_everything_and_the_release_nothing(runs: AnswerRuns) -> None:
    for notebook, share in (("source", 1), ("release", 0)):
        verdict = runs.verdict(notebook)
        lost = [check for one in verdict.questions for check in one.checks if not check.passed]
        assert verdict.score == share * verdict.max_score, lost
        assert verdict.max_score == sum(runs.assignment.auto_points.values())


@pytest.mark.parametrize(("name", "question"), QUESTIONS)
def test_there_are_enough_answers(name: str, question: str) -> None:
    rights = [answer.right for answer in read_answers(name) if answer.question == question]
    assert rights.count(False) >= 4
    assert rights.count(True) >= 2


@pytest.mark.parametrize("name", NAMES)
def test_marks_beside_answers_fit_their_names(name: str) -> None:
    assignment = Assignment.find(name)
    for answer in read_answers(name):
        assert (answer.points == answer.max_points) == answer.right, answer.name
        assert answer.max_points == assignment.auto_points[answer.question], answer.name
