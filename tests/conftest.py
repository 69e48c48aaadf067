"""Fixtures that several test modules share: one grader, one store of runs."""

from __future__ import annotations

import functools
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_output
from nbgrader_command import NAME, nbgrader

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # the wheel ships gan_helpers only; autograder runs from the checkout

from answer_runs import AnswerRuns  # noqa: E402

from autograder.assignment import Assignment  # noqa: E402
from autograder.grading import Grader  # noqa: E402
from autograder.judge import Judge  # noqa: E402


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder for the evidence of all runs of this test session."""
    return tmp_path_factory.mktemp("evidence")


@pytest.fixture(scope="session")
def assignment_02() -> Assignment:
    return Assignment.find("02_dcgan_experiments")


@pytest.fixture(scope="session")
def graders(store: Path) -> Iterator[Callable[[str], Grader]]:
    """Gives the grader of an assignment; all have one store and one judge process."""
    judge = Judge(store / "architectures")

    @functools.cache
    def grader_of(name: str) -> Grader:
        grader = Grader(Assignment.find(name), store=store)
        grader.judge = judge
        return grader

    yield grader_of
    judge.close()


@pytest.fixture(scope="session")
def grader_02(graders: Callable[[str], Grader], assignment_02: Assignment) -> Grader:
    return graders(assignment_02.name)


@pytest.fixture(scope="session")
def all_answer_runs(
    tmp_path_factory: pytest.TempPathFactory, graders: Callable[[str], Grader]
) -> Iterator[Callable[[str], AnswerRuns]]:
    """Gives the runs of an assignment's answers; they begin when they are first asked for."""
    begun: dict[str, AnswerRuns] = {}

    def runs_of(name: str) -> AnswerRuns:
        if name not in begun:
            begun[name] = AnswerRuns(tmp_path_factory.mktemp("runs"), graders(name))
        return begun[name]

    yield runs_of
    for runs in begun.values():
        runs.close()


@pytest.fixture(scope="session")
def course(tmp_path_factory, store, grader_02: Grader) -> Path:
    """A class of seven, graded with plain nbgrader commands."""
    course = tmp_path_factory.mktemp("course")
    shutil.copytree(ROOT / "source" / NAME, course / "source" / NAME)
    nbgrader(course, "generate_assignment", NAME)
    source = nbformat.read(ROOT / "source" / NAME / f"{NAME}.ipynb", as_version=4)
    release = course / "release" / NAME / f"{NAME}.ipynb"

    def folder(student: str) -> Path:
        path = course / "submitted" / student / NAME
        path.mkdir(parents=True)
        return path

    for cell in source.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "q1a":
            # TensorFlow's line on stderr and a warning cost everything with stock nbgrader.
            cell.source = "import warnings\nwarnings.warn('mind the gap')\n" + cell.source
            cell.outputs = [
                new_output("display_data", {"text/html": "<b>mine</b><script>steal()</script>"})
            ]
    nbformat.write(source, folder("right") / f"{NAME}.ipynb")
    nbformat.write(source, folder("renamed") / f"Copy of {NAME}.ipynb")
    shutil.copy(release, folder("untouched") / f"{NAME}.ipynb")
    (folder("broken") / f"{NAME}.ipynb").write_text("{ this is no notebook")
    (folder("linked") / f"{NAME}.ipynb").symlink_to(ROOT / "source" / NAME / f"{NAME}.ipynb")
    extra = folder("extra")
    nbformat.write(source, extra / f"{NAME}.ipynb")
    (extra / "secret.txt").symlink_to(ROOT / "pyproject.toml")
    folder("nothing")
    nbgrader(course, "autograde", NAME, f"--RunAndJudge.store={store}")
    return course
