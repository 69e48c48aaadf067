"""Write the verdict on every answer of tests/submissions and on every attack, to compare versions.

    python -m tools.verdicts --out before.json
    python -m tools.verdicts --out after.json --compare before.json

Everything is drawn from one fixed challenge, so that two versions of the code that should give the
same verdicts do. What follows from a random name of a folder, or from whether an attack was slow
enough to be interrupted, differs now and then.
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from unittest import mock

import nbformat

from autograder.course import Assignment
from autograder.execution.suspicious_code import Findings
from autograder.grading.grader import Grader
from autograder.judging.judge import Judge
from tests.attacks.course import Course, all_attacks
from tests.support.answer_runs import LIMITS, combined_answers, hand_ins
from tests.support.shipped_data import use_test_data

CHALLENGE = "5eed" * 8
_NAME_02 = "02_dcgan_experiments"

Verdicts = dict[str, dict[str, Any]]


def answer_jobs(
    store: Path, judge: Judge, verdicts: Verdicts, names: list[str]
) -> Iterator[Callable[[], None]]:
    """Yield what grades the combined answers, the source and the release of each assignment."""
    for name in names:
        grader = Grader(Assignment.find(name), store=store)
        limited = dataclasses.replace(grader, limits=LIMITS)
        grader.judge = limited.judge = judge

        def grade(
            number: str, notebook: Any, answers: list[str], *, grader: Grader = limited
        ) -> None:
            path = store / f"{grader.assignment.name} {number}.ipynb"
            nbformat.write(notebook, path)
            verdict = grader.grade(grader.read(path))
            key = f"{grader.assignment.name}/{number}"
            verdicts[key] = {"answers": answers, "verdict": verdict.to_dict()}

        combined = [[answer.name for answer in answers] for answers in combined_answers(name)]
        for (number, notebook), answers in zip(hand_ins(grader.assignment), combined, strict=True):
            yield functools.partial(grade, number, notebook, answers)
        for number, notebook in (("source", grader.assignment.source), ("release", grader.release)):
            yield functools.partial(grade, number, notebook, [], grader=grader)


def grade_attacks(store: Path, judge: Judge, verdicts: Verdicts) -> None:
    """Grade the attacks on the small course and those on assignment 02."""
    course = Course(store / "course")
    with mock.patch("autograder.execution.runner.look_for_tampering", lambda cells: Findings()):
        for attack in all_attacks("small"):
            path = store / "small.ipynb"
            nbformat.write(attack.notebook(course.release, course.root), path)
            grader = course.grader()
            verdicts[f"attack/{attack.name}"] = {
                "verdict": grader.grade(grader.read(path)).to_dict()
            }
    grader_02 = Grader(Assignment.find(_NAME_02), store=store)
    grader_02.judge = judge
    for attack in all_attacks(_NAME_02):
        submission = grader_02.repair(attack.notebook(grader_02.release, store))
        verdicts[f"attack02/{attack.name}"] = {"verdict": grader_02.grade(submission).to_dict()}


def differences(before: Verdicts, after: Verdicts) -> Iterator[str]:
    """Yield one line for each thing in which two sets of verdicts differ."""
    for key in sorted(before.keys() | after.keys()):
        if key not in before or key not in after:
            yield f"{key}: only {'before' if key in before else 'after'}"
            continue
        old, new = before[key]["verdict"], after[key]["verdict"]
        if old["score"] != new["score"]:
            yield f"{key}: score {old['score']} -> {new['score']}"
        for old_question, new_question in zip(old["questions"], new["questions"], strict=True):
            if old_question != new_question:
                yield f"{key}: {old_question}\n    -> {new_question}"
        if old["problems"] != new["problems"]:
            yield f"{key}: {old['problems']}\n    -> {new['problems']}"


def main() -> int:
    """Grade everything; with ``--compare``, print differences and return 1 if there are any."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, required=True, help="file for the verdicts")
    parser.add_argument("--compare", type=Path, help="verdicts of before")
    parser.add_argument("--only", metavar="ASSIGNMENT", help="this assignment, and no attacks")
    options = parser.parse_args()
    store = Path(tempfile.mkdtemp(prefix="verdicts-"))
    use_test_data()
    os.environ["COURSE_TOKEN"] = "SECRET-70cea"  # what an attack looks for
    names = [options.only] if options.only else Assignment.names()
    judge, verdicts = Judge(store / "architectures"), Verdicts()
    with mock.patch("autograder.execution.runner.secrets.token_hex", lambda size: CHALLENGE):
        with ThreadPoolExecutor(2) as pool:
            for job in [pool.submit(job) for job in answer_jobs(store, judge, verdicts, names)]:
                job.result()
        if not options.only:
            grade_attacks(store, judge, verdicts)
    judge.close()
    options.out.write_text(json.dumps(verdicts, indent=1, sort_keys=True), encoding="utf-8")
    lines = []
    if options.compare:
        before = json.loads(options.compare.read_text(encoding="utf-8"))
        if options.only:
            before = {key: before[key] for key in before if key.startswith(f"{options.only}/")}
        lines = list(differences(before, verdicts))
        print("\n".join(lines))
    print(f"{len(verdicts)} verdicts, {len(lines)} differences.")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
