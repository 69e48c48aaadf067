"""Fixtures that several test modules share: one grader, one store of runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # the wheel ships gan_helpers only; autograder runs from the checkout

from autograder.assignment import Assignment  # noqa: E402
from autograder.grading import Grader  # noqa: E402


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder for the evidence of all runs of this test session."""
    return tmp_path_factory.mktemp("evidence")


@pytest.fixture(scope="session")
def assignment_02() -> Assignment:
    return Assignment.find("02_dcgan_experiments")


@pytest.fixture(scope="session")
def grader_02(store: Path, assignment_02: Assignment) -> Iterator[Grader]:
    """One grader, and so one judge process, for all tests on assignment 02."""
    grader = Grader(assignment_02, store=store)
    yield grader
    grader.close()
