"""The student's version of a course notebook is nbgrader's."""

from __future__ import annotations

import copy
import json

import pytest
from nbgrader.converters import GenerateAssignment
from nbgrader.preprocessors import IncludeHeaderFooter, InstantiateTests, SaveCells

from autograder.submission import release_view, repair
from tests.support.course_notebook import (
    ANSWERS,
    RELEASE,
    SOURCE,
    answered,
    at,
    check_invariants,
    repaired,
    texts,
)


def test_the_release_view_is_what_nbgrader_releases():
    skipped = (IncludeHeaderFooter, InstantiateTests, SaveCells)
    expected, resources = copy.deepcopy(SOURCE), {}
    for step in GenerateAssignment.preprocessors.default():
        if step not in skipped:
            expected, resources = step().preprocess(expected, resources)
    assert RELEASE == expected
    text = json.dumps(RELEASE)
    assert "return 2 * x" not in text and "One point" not in text and "assert BATCH" not in text


def test_the_release_view_of_a_release_is_the_release():
    assert release_view(RELEASE) == RELEASE


def test_a_course_notebook_with_invalid_metadata_is_refused():
    broken = copy.deepcopy(SOURCE)
    broken.cells[at(broken, "q2")].metadata.nbgrader["grade_id"] = "q1"
    with pytest.raises(ValueError, match="put the marked cells right|nbgrader metadata"):
        release_view(broken)


def test_an_untouched_release_comes_back_unchanged():
    result = repaired(RELEASE)
    assert result.notebook == RELEASE
    assert result.repairs == [] and result.problems == []


def test_an_intact_answer_comes_back_unchanged():
    result = repaired(answered())
    assert result.notebook == answered()
    assert result.repairs == [] and result.problems == []


def test_the_instructors_own_notebook_keeps_its_answers_and_gets_hidden_tests_back():
    result = repair(answered(), SOURCE)
    check_invariants(result, SOURCE)
    assert texts(result) == ANSWERS
    assert "HIDDEN TESTS" in result.notebook.cells[at(result.notebook, "q2_check")].source
