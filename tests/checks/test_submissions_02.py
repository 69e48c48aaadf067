"""Submissions of assignment 02 with something broken in them are graded as far as they go."""

from __future__ import annotations

import copy

import nbformat
import pytest

from autograder.course import Assignment
from autograder.grading.grader import Grader
from autograder.verdict import Verdict
from tests.support.answer_runs import AnswerRuns
from tests.support.answers import build_notebook

pytestmark = pytest.mark.kernel

ASSIGNMENT = Assignment.find("02_dcgan_experiments")


@pytest.fixture(scope="module", params=[ASSIGNMENT.name])
def runs(request, all_answer_runs) -> AnswerRuns:
    return all_answer_runs(request.param)


def without_cells(*grade_ids: str) -> nbformat.NotebookNode:
    notebook = copy.deepcopy(ASSIGNMENT.source)
    notebook.cells = [
        cell
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade_id") not in grade_ids
    ]
    return notebook


def lost(verdict: Verdict) -> dict[str, float]:
    """Return the questions that lost marks, with what is left."""
    return {q.id: q.points for q in verdict.questions if q.points < q.max_points}


def messages(verdict: Verdict, question: str) -> str:
    return " ".join(check.message for check in verdict.question(question).checks)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("q2_2/wrong_syntax_error", "The cell q2_2 stopped with SyntaxError"),
        ("q2_5/wrong_exception", "The cell q2_5 stopped with AttributeError"),
        ("q2_4/wrong_endless_loop", "The cell q2_4 was still running when its time was over"),
        ("q2_3/wrong_not_answered", "The cell q2_3 has not been answered"),
    ],
)
def test_broken_cell_is_named_and_the_rest_is_graded(
    name: str, words: str, runs: AnswerRuns
) -> None:
    answer = next(answer for answer in runs.answers if answer.name == name)
    assert words in messages(runs.verdict_on(answer), answer.question)


def test_endless_loop_is_told(runs: AnswerRuns) -> None:
    answer = next(answer for answer in runs.answers if answer.name == "q2_4/wrong_endless_loop")
    problems = runs.verdict_on(answer).problems
    assert any("q2_4 was interrupted" in problem for problem in problems)


def test_ended_kernel_is_graded_as_far_as_it_goes(grader_02: Grader) -> None:
    notebook = build_notebook(ASSIGNMENT, {"q2_3": "import os\nos._exit(1)"})
    verdict = grader_02.grade(grader_02.repair(notebook))
    assert lost(verdict) == dict.fromkeys(("q2_3", "q2_4", "q2_5", "q2_6", "q3a", "q4a"), 0)
    assert "The cell q2_3 ended the kernel." in messages(verdict, "q2_3")
    assert "not run: the kernel ended in the cell q2_3" in messages(verdict, "q4a")


def test_missing_cells_cost_what_was_in_them(grader_02: Grader) -> None:
    verdict = grader_02.grade(grader_02.repair(without_cells("q2_3", "q2_3_check", "q3a_check")))
    # The check cells come back; an answer that is not there cannot.
    assert lost(verdict) == {"q2_3": 0}
    assert "make a new one" in messages(verdict, "q2_3")
    assert "The answer cell q2_3 was missing; an empty one is in its place." in verdict.problems
    assert "The cell q3a_check was missing; it has been put back." in verdict.problems


def test_unreadable_file_gets_no_marks_and_a_reason(grader_02: Grader, tmp_path) -> None:
    path = tmp_path / "letter.ipynb"
    path.write_text("Dear grader, my notebook is in the other folder.")
    verdict = grader_02.grade(grader_02.read(path))
    assert verdict.score == 0
    assert verdict.max_score == 10
    assert verdict.problems
    assert all(messages(verdict, question) for question in ASSIGNMENT.auto_points)
