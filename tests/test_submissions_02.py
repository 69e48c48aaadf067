"""Every answer in tests/submissions/02_dcgan_experiments gets exactly the marks stated in it."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest
from answers import Answer, build_notebook, combine, read_answers

from autograder.assignment import Assignment
from autograder.grading import Grader
from autograder.run import RunLimits
from autograder.verdict import Verdict

NAME = "02_dcgan_experiments"
ANSWERS = read_answers(NAME)
ASSIGNMENT = Assignment.find(NAME)
NOTEBOOKS = [
    *combine(answer for answer in ANSWERS if not answer.right),
    *combine(answer for answer in ANSWERS if answer.right),
]


class Runs:
    """Grades notebooks two at a time, each when it is first asked for or earlier."""

    def __init__(self, folder: Path, shared: Grader) -> None:
        self.folder = folder
        # A short limit for one cell, so that the endless loop below ends soon.
        self.grader = dataclasses.replace(shared, limits=RunLimits(cell_seconds=60))
        self.grader.judge = shared.judge  # a second one would import TensorFlow again
        self.pool = ThreadPoolExecutor(2)
        self.verdicts: dict[str, Future[Verdict]] = {}

    def start(self, name: str, notebook: nbformat.NotebookNode | bytes) -> None:
        """Hand in a notebook, or a file's bytes, under a name."""
        path = self.folder / f"{name}.ipynb"
        content = notebook if isinstance(notebook, bytes) else nbformat.writes(notebook).encode()
        path.write_bytes(content)
        self.verdicts[name] = self.pool.submit(lambda: self.grader.grade(self.grader.read(path)))

    def verdict(self, name: str) -> Verdict:
        return self.verdicts[name].result()


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, grader_02: Grader) -> Iterator[Runs]:
    runs = Runs(tmp_path_factory.mktemp("runs"), grader_02)
    runs.start("kernel ended", build_notebook(ASSIGNMENT, {"q2_3": "import os\nos._exit(1)"}))
    runs.start("missing cells", without_cells("q2_3", "q2_3_check", "q3a_check"))
    runs.start("no notebook", b"Dear grader, my notebook is in the other folder.")
    for number, answers in enumerate(NOTEBOOKS):
        cells = {cell: code for answer in answers for cell, code in answer.cells.items()}
        runs.start(f"combined {number}", build_notebook(ASSIGNMENT, cells))
    yield runs
    runs.pool.shutdown(cancel_futures=True)


def without_cells(*grade_ids: str) -> nbformat.NotebookNode:
    notebook = copy.deepcopy(ASSIGNMENT.source)
    notebook.cells = [
        cell
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade_id") not in grade_ids
    ]
    return notebook


def notebook_of(answer: Answer) -> str:
    return f"combined {next(n for n, answers in enumerate(NOTEBOOKS) if answer in answers)}"


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: answer.name)
def test_answer_gets_its_marks(answer: Answer, runs: Runs) -> None:
    result = runs.verdict(notebook_of(answer)).question(answer.question)
    seen = "\n".join(f"{'+' if c.passed else '-'} {c.name}: {c.message}" for c in result.checks)
    assert result.points == pytest.approx(answer.points), f"{answer.sentence}\n{seen}"
    assert result.max_points == answer.max_points
    for check in result.checks:
        # One or two sentences that a student can read, and no trace of the check.
        assert check.message.endswith(".")
        assert "\n" not in check.message and len(check.message) < 400
        assert "Traceback" not in check.message and "_grading" not in check.message


@pytest.mark.parametrize("number", range(len(NOTEBOOKS)))
def test_no_check_fails_by_itself(number: int, runs: Runs) -> None:
    problems = runs.verdict(f"combined {number}").problems
    assert not [problem for problem in problems if problem.startswith("INSTRUCTOR")]


@pytest.mark.parametrize("question", sorted(ASSIGNMENT.auto_points))
def test_there_are_enough_answers(question: str) -> None:
    rights = [answer.right for answer in ANSWERS if answer.question == question]
    assert rights.count(False) >= 4
    assert rights.count(True) >= 2


def test_marks_beside_answers_fit_their_names() -> None:
    for answer in ANSWERS:
        assert (answer.points == answer.max_points) == answer.right, answer.name
        assert answer.max_points == ASSIGNMENT.auto_points[answer.question], answer.name


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
def test_broken_cell_is_named_and_the_rest_is_graded(name: str, words: str, runs: Runs) -> None:
    answer = next(answer for answer in ANSWERS if answer.name == name)
    assert words in messages(runs.verdict(notebook_of(answer)), answer.question)


def test_endless_loop_is_told(runs: Runs) -> None:
    answer = next(answer for answer in ANSWERS if answer.name == "q2_4/wrong_endless_loop")
    problems = runs.verdict(notebook_of(answer)).problems
    assert any("q2_4 was interrupted" in problem for problem in problems)


def test_ended_kernel_is_graded_as_far_as_it_goes(runs: Runs) -> None:
    verdict = runs.verdict("kernel ended")
    assert lost(verdict) == {
        question: 0 for question in ("q2_3", "q2_4", "q2_5", "q2_6", "q3a", "q4a")
    }
    assert "The cell q2_3 ended the kernel." in messages(verdict, "q2_3")
    assert "not run: the kernel ended in the cell q2_3" in messages(verdict, "q4a")


def test_missing_cells_cost_what_was_in_them(runs: Runs) -> None:
    verdict = runs.verdict("missing cells")
    # The check cells come back; an answer that is not there cannot.
    assert lost(verdict) == {"q2_3": 0}
    assert "make a new one" in messages(verdict, "q2_3")
    assert "The answer cell q2_3 was missing; an empty one is in its place." in verdict.problems
    assert "The cell q3a_check was missing; it has been put back." in verdict.problems


def test_unreadable_file_gets_no_marks_and_a_reason(runs: Runs) -> None:
    verdict = runs.verdict("no notebook")
    assert verdict.score == 0
    assert verdict.max_score == 10
    assert verdict.problems
    assert all(messages(verdict, question) for question in ASSIGNMENT.auto_points)
