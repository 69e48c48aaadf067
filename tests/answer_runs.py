"""Runs the answers of tests/submissions, many in one notebook, and gives their verdicts."""

from __future__ import annotations

import dataclasses
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import nbformat
from answers import Answer, build_notebook, combine, read_answers

from autograder.grading import Grader
from autograder.run import RunLimits
from autograder.verdict import Verdict


class AnswerRuns:
    """Grades the answers of one assignment, two notebooks at a time.

    Attributes:
        assignment: The assignment.
        answers: All its answers.
        notebooks: The answers in each combined notebook; right and wrong ones do not mix.
    """

    def __init__(self, folder: Path, shared: Grader) -> None:
        self.assignment = shared.assignment
        self.answers = read_answers(self.assignment.name)
        self.notebooks = [
            *combine(answer for answer in self.answers if not answer.right),
            *combine(answer for answer in self.answers if answer.right),
        ]
        self._folder = folder
        # A short limit for one cell, so that an answer's endless loop ends soon.
        self._grader = dataclasses.replace(shared, limits=RunLimits(cell_seconds=60))
        self._grader.judge = shared.judge  # a second one would import TensorFlow again
        self._pool = ThreadPoolExecutor(2)
        self._verdicts: dict[str, Future[Verdict]] = {}
        for number, answers in enumerate(self.notebooks):
            cells = {cell: code for answer in answers for cell, code in answer.cells.items()}
            self.start(f"combined {number}", build_notebook(self.assignment, cells))

    def start(self, name: str, notebook: nbformat.NotebookNode | bytes) -> None:
        """Hand in a notebook, or a file's bytes, under a name."""
        path = self._folder / f"{name}.ipynb"
        content = notebook if isinstance(notebook, bytes) else nbformat.writes(notebook).encode()
        path.write_bytes(content)
        self._verdicts[name] = self._pool.submit(
            lambda: self._grader.grade(self._grader.read(path))
        )

    def verdict(self, name: str) -> Verdict:
        """Wait for the verdict on what was handed in under a name."""
        return self._verdicts[name].result()

    def verdict_on(self, answer: Answer) -> Verdict:
        """Wait for the verdict on the notebook that an answer is in."""
        return self.verdict(
            f"combined {next(n for n, answers in enumerate(self.notebooks) if answer in answers)}"
        )

    def close(self) -> None:
        """Drop what has not begun and wait for the rest."""
        self._pool.shutdown(cancel_futures=True)
