"""The commands of ``python -m autograder``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from autograder.assignment import Assignment, UnknownAssignmentError
from autograder.grading import EVIDENCE_ROOT, Grader
from autograder.judge import JudgeError
from autograder.sandbox import SandboxError, SandboxPolicy
from autograder.verdict import Verdict


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit status: 0 if it did what was asked, 2 if it could not."""
    options = _parser().parse_args(arguments)
    try:
        return options.command(options)
    except (SandboxError, JudgeError, UnknownAssignmentError, ValueError) as error:
        print(f"autograder: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m autograder", description="Grades the course's notebooks."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    check = commands.add_parser("check", help="grade one notebook outside the gradebook")
    check.add_argument("assignment", metavar="ASSIGNMENT")
    check.add_argument("notebook", metavar="NOTEBOOK", type=Path)
    check.add_argument("--json", metavar="FILE", type=Path, help="write the verdict there too")
    _add_run_options(check)
    check.set_defaults(command=_check)
    return parser


def _add_run_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--store",
        type=Path,
        default=EVIDENCE_ROOT,
        help="folder for the evidence of runs (default: evidence/ of the course)",
    )
    parser.add_argument(
        "--without-wall",
        action="store_true",
        help="run student code with all rights of this account; only for notebooks you trust",
    )


def _policy(options: argparse.Namespace) -> SandboxPolicy:
    return SandboxPolicy(isolation="none" if options.without_wall else "namespaces")


def _check(options: argparse.Namespace) -> int:
    assignment = Assignment.find(options.assignment)
    grader = Grader(assignment, store=options.store, policy=_policy(options))
    try:
        verdict = grader.grade(grader.read(options.notebook))
    finally:
        grader.close()
    if options.json:
        options.json.write_text(verdict.to_json(), encoding="utf-8")
    print(_table(verdict))
    return 0


def _table(verdict: Verdict) -> str:
    lines = [f"{verdict.assignment}: {verdict.score:g} of {verdict.max_score:g}"]
    for question in verdict.questions:
        lines.append(f"  {question.id:<8} {question.points:g} of {question.max_points:g}")
        lines += [
            f"    {'passed' if check.passed else 'failed'}  {check.name}"
            + ("" if check.passed else f": {check.message}")
            for check in question.checks
        ]
    lines += [f"  note: {problem}" for problem in verdict.problems]
    return "\n".join(lines)
