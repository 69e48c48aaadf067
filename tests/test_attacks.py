"""Attacks on the grading machine: none earns, reads or changes anything that it should not.

Each attack is a small submission in ``attacks/``. See ``attacks/course.py`` for their form.
"""

from __future__ import annotations

import re

import pytest
from attacks.course import Course, all_attacks


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """The course that is attacked; its files are compared after every attack."""
    return Course(tmp_path_factory.mktemp("course") / "course")


@pytest.fixture(scope="module")
def victim(course):
    """The verdict on somebody who was graded before all attacks."""
    path = course.root / "submitted" / "ada" / "small" / "small.ipynb"
    grader = course.grader()
    verdict = grader.grade(grader.read(path))
    assert verdict.score == verdict.max_score == 3, verdict.to_json()
    return path, verdict


@pytest.mark.parametrize("attack", all_attacks("small"), ids=lambda attack: attack.name)
def test_attack(attack, course, victim, tmp_path, monkeypatch):
    import nbformat

    monkeypatch.setenv("COURSE_TOKEN", "SECRET-70cea")
    path = tmp_path / "small.ipynb"
    nbformat.write(attack.notebook(course.assignment.release, course.root), path)
    grader = course.grader()
    before = course.state()
    submission = grader.read(path)
    verdict = grader.grade(submission)
    sentences = [*verdict.problems, *(c.message for q in verdict.questions for c in q.checks)]
    print(attack.wants, *sentences, sep="\n- ")

    assert verdict.score == attack.points, "no undeserved mark"
    assert verdict.max_score == 3
    assert not re.search("SECRET-[0-9a-f]|loot:", course.everything_about(submission, verdict))
    after = course.state()
    own = str(grader.run_folder(submission).relative_to(course.root))
    assert {k: v for k, v in after.items() if not k.startswith(own)} == before, "nothing changed"
    for wanted in attack.says:
        assert any(re.search(wanted, sentence) for sentence in sentences), wanted
    assert all(len(sentence) < 1500 and sentence.isprintable() for sentence in sentences)
