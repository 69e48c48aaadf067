"""Fixtures that several test modules share: one grader, one store of runs, one class."""

from __future__ import annotations

import copy
import functools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_output

from autograder.course import Assignment
from autograder.grading.grader import Grader
from autograder.judging.judge import Judge
from tests.support.answer_runs import AnswerRuns, GradingProcess
from tests.support.nbgrader_command import NAME, nbgrader
from tests.support.session import (  # noqa: F401 - pytest calls them
    pytest_ignore_collect,
    pytest_itemcollected,
    pytest_terminal_summary,
)
from tests.support.shipped_data import use_test_data

ROOT = Path(__file__).resolve().parent.parent

use_test_data()


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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests last that read verdicts on answers, as these take minutes to make."""
    items.sort(key=_reads_answers)


def _reads_answers(item: pytest.Item) -> bool:
    return "all_answer_runs" in getattr(item, "fixturenames", ())


@pytest.fixture(scope="session", autouse=True)
def answers_process(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, store: Path
) -> Iterator[GradingProcess | None]:
    """The process that grades the answers that selected tests are about, from the start on."""
    about = [item.nodeid for item in request.session.items if _reads_answers(item)]
    names = [name for name in Assignment.names() if any(name in nodeid for nodeid in about)]
    if not names:
        yield None
        return
    process = GradingProcess(tmp_path_factory.mktemp("answers"), store, names)
    yield process
    process.close()


@pytest.fixture(scope="session")
def all_answer_runs(answers_process: GradingProcess) -> Callable[[str], AnswerRuns]:
    """Gives the verdicts on an assignment's answers."""
    return functools.cache(functools.partial(AnswerRuns, answers_process))


@pytest.fixture(scope="session")
def course(tmp_path_factory, store, grader_02: Grader) -> Path:
    """A class of seven, graded with plain nbgrader commands; whoever changes it takes a copy."""
    course = tmp_path_factory.mktemp("course")
    for part in (f"source/{NAME}", f"notebooks/{NAME}/figures"):
        shutil.copytree(ROOT / part, course / part)
    nbgrader(course, "generate_assignment", NAME)
    source = copy.deepcopy(grader_02.assignment.source)
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
