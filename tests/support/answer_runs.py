"""Grades the answers of tests/submissions, many in one notebook, beside the other tests.

That takes minutes, in which kernels are waited for and one processor is idle as often as not. So a
process of its own, this module, begins it when the test session begins and leaves the verdicts in
files; the tests that read them come last (see conftest.py).
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat

from autograder.course import COURSE_ROOT, Assignment
from autograder.execution.limits import RunLimits
from autograder.grading.grader import Grader
from autograder.judging.judge import Judge
from autograder.verdict import Verdict
from tests.support.answers import Answer, build_notebook, combine, leave_unanswered, read_answers

# So that an answer's endless loop ends soon; no honest notebook takes a third of it altogether.
LIMITS = RunLimits(cell_seconds=60)


def combined_answers(assignment: str) -> list[list[Answer]]:
    """Return the answers in each combined notebook; right and wrong ones do not mix."""
    answers = read_answers(assignment)
    return [
        *combine(answer for answer in answers if not answer.right),
        *combine(answer for answer in answers if answer.right),
    ]


def _verdict_path(folder: Path, assignment: str, name: str) -> Path:
    return folder / f"{assignment} {name}.json"


# -- in the tests ---------------------------------------------------------------------------------


class AnswerRuns:
    """The verdicts on the answers of one assignment, as they come.

    Attributes:
        assignment: The assignment.
        answers: All its answers.
        notebooks: The answers in each combined notebook.
    """

    def __init__(self, process: GradingProcess, assignment: str) -> None:
        self._process = process
        self.assignment = Assignment.find(assignment)
        self.notebooks = combined_answers(assignment)
        self.answers = [answer for answers in self.notebooks for answer in answers]

    def verdict(self, name: str) -> Verdict:
        """Wait for the verdict on a notebook: ``"0"``, ``"1"``, ..., ``source`` or ``release``."""
        return self._process.verdict(self.assignment.name, name)

    def verdict_on(self, answer: Answer) -> Verdict:
        """Wait for the verdict on the notebook that an answer is in."""
        return self.verdict(
            str(next(n for n, answers in enumerate(self.notebooks) if answer in answers))
        )


class GradingProcess:
    """The process that grades the answers of some assignments.

    Args:
        folder: An empty folder for its verdicts.
        store: Folder for the evidence of runs, which other graders may share.
        names: The assignments.
    """

    def __init__(self, folder: Path, store: Path, names: Sequence[str]) -> None:
        self._folder = folder
        self._log = folder / "log.txt"
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__, str(folder), str(store), *names],
                env={**os.environ, "PYTHONPATH": str(COURSE_ROOT)},
                stdout=log,
                stderr=log,
            )

    def verdict(self, assignment: str, name: str) -> Verdict:
        """Wait for a verdict."""
        path = _verdict_path(self._folder, assignment, name)
        while not path.exists():
            running = self._process.poll() is None
            # It may have written the file just before its end.
            assert running or path.exists(), self._log.read_text()[-3000:]
            time.sleep(0.05)
        return Verdict.from_record(json.loads(path.read_text(encoding="utf-8")))

    def close(self) -> None:
        """End the process; after the last test it has ended by itself."""
        self._process.terminate()
        self._process.wait()


# -- in the process -------------------------------------------------------------------------------


def hand_ins(assignment: Assignment) -> Iterator[tuple[str, nbformat.NotebookNode]]:
    """Yield the notebooks to grade, with their names."""
    for number, answers in enumerate(combined_answers(assignment.name)):
        notebook = build_notebook(
            assignment, {cell: code for answer in answers for cell, code in answer.cells.items()}
        )
        # What nobody looks at need not be trained.
        leave_unanswered(notebook, assignment, after=[answer.question for answer in answers])
        yield str(number), notebook


def _grade(
    folder: Path, grader: Grader, name: str, notebook: nbformat.NotebookNode | None = None
) -> None:
    """Grade a notebook; without one, the instructor's version or the release, as it is named."""
    if notebook is None:
        submission = grader.repair(
            grader.release if name == "release" else grader.assignment.source
        )
    else:
        path = folder / f"{grader.assignment.name} {name}.ipynb"
        nbformat.write(notebook, path)
        submission = grader.read(path)
    path = _verdict_path(folder, grader.assignment.name, name)
    path.with_suffix(".part").write_text(json.dumps(grader.grade(submission).to_record()))
    path.with_suffix(".part").rename(path)


def grade_answers(folder: Path, store: Path, names: Iterable[str]) -> None:
    """Grade the answers, the source and the release of some assignments, two at a time."""
    judge = Judge(store / "architectures")
    graders = [Grader(Assignment.find(name), store=store) for name in names]
    jobs = []
    for grader in graders:
        limited = dataclasses.replace(grader, limits=LIMITS)
        grader.judge = limited.judge = judge
        for name, notebook in hand_ins(grader.assignment):
            jobs.append(functools.partial(_grade, folder, limited, name, notebook))
    # Last, as other tests may have run some of these by then.
    for grader in graders:
        jobs += [functools.partial(_grade, folder, grader, name) for name in ("source", "release")]
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(job) for job in jobs]:
            done.result()
    judge.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Grade the answers in tests/submissions.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("store", type=Path)
    parser.add_argument("names", nargs="+")
    options = parser.parse_args()
    grade_answers(options.folder, options.store, options.names)
