"""What the commands of ``python -m autograder`` do with their options, and what they print.

Each takes the options that ``cli`` has parsed and returns the exit status: 0 if all went well, 1 if
not all of it did. Commands import what they alone need when they are run.
"""

from __future__ import annotations

import argparse
import statistics
import time

from autograder.course import Assignment, ClassFolder
from autograder.execution.course_policy import course_policy, data_folder
from autograder.grading.class_grader import Outcome, grade_class
from autograder.grading.grader import Grader
from autograder.sandbox import SandboxPolicy
from autograder.verdict import Verdict


def _policy(options: argparse.Namespace) -> SandboxPolicy:
    return course_policy(isolation="none" if options.without_wall else "namespaces")


def check(options: argparse.Namespace) -> int:
    """Grade one notebook and print its verdict."""
    assignment = Assignment.find(options.assignment)
    if not options.notebook.exists():
        raise ValueError(f"There is no file {options.notebook}.")
    if options.json and not options.json.parent.is_dir():
        raise ValueError(f"There is no folder {options.json.parent} for the file of --json.")
    grader = Grader(assignment, store=options.store, policy=_policy(options))
    try:
        verdict = grader.grade(grader.read(options.notebook))
    finally:
        grader.close()
    if options.json:
        options.json.write_text(verdict.to_json(), encoding="utf-8")
    print(_table(verdict))
    return 0


def grade(options: argparse.Namespace) -> int:
    """Grade a class, or judge its stored runs again, and print a summary."""
    assignment = Assignment.find(options.assignment)
    started = time.monotonic()
    outcomes = grade_class(
        assignment,
        folder=ClassFolder(options.course.resolve(), options.store.resolve()),
        policy=_policy(options),
        jobs=options.jobs,
        cluster=options.cluster,
        students=options.student,
        only_judge=options.only_judge,
        run_again=not options.only_judge and options.run_again,
    )
    _print_outcomes(assignment, outcomes, time.monotonic() - started)
    return int(any(outcome.score is None for outcome in outcomes))


def _print_outcomes(assignment: Assignment, outcomes: list[Outcome], seconds: float) -> None:
    graded = [outcome for outcome in outcomes if outcome.score is not None]
    failed = [outcome for outcome in outcomes if outcome.score is None]
    print(
        f"{assignment.name}: {len(graded)} graded in {seconds:.0f} s, "
        f"{sum(outcome.fresh for outcome in graded)} of them run now; {len(failed)} not graded."
    )
    if graded:
        scores = [outcome.score or 0.0 for outcome in graded]
        total = sum(assignment.auto_points.values())
        print(
            f"Marks of the automatic part: median {statistics.median(scores):g}, from "
            f"{min(scores):g} to {max(scores):g} of {total:g}."
        )
    for outcome in graded:
        for note in outcome.notes:
            print(f"  {outcome.student}: {note}")
    reasons: dict[str, list[str]] = {}
    for outcome in failed:
        reasons.setdefault(outcome.problem, []).append(outcome.student)
    for reason, students in reasons.items():  # where the machine is at fault, all have the same
        print(f"  {', '.join(students)} not graded: {reason}")


def report(options: argparse.Namespace) -> int:
    """Write the page on a class."""
    from autograder.reports.class_page import write_report

    folder = ClassFolder(options.course.resolve(), options.store.resolve())
    page = write_report(Assignment.find(options.assignment), folder, data=data_folder())
    print(f"Written: {page}.")
    return 0


def feedback(options: argparse.Namespace) -> int:
    """Write everybody's feedback pages."""
    from autograder.reports.feedback import write_feedback

    folder = ClassFolder(options.course.resolve())
    written, failures = write_feedback(
        Assignment.find(options.assignment), folder, students=options.student
    )
    print(f"{len(written)} pages written, {len(failures)} not.")
    for student, reason in failures.items():
        print(f"  {student}: {reason}")
    return 1 if failures else 0


def collect(options: argparse.Namespace) -> int:
    """Sort an LMS's download into ``submitted/``."""
    from autograder.lms import collect as lms_collect

    collected = lms_collect.collect(
        Assignment.find(options.assignment),
        options.archive,
        system=options.lms,
        course=options.course.resolve(),
        roster=options.roster,
        id_column=options.id_column,
        timezone=options.timezone,
        replace=options.force,
    )
    print("\n".join(collected.lines()))
    return 1 if collected.needs_attention else 0


def export(options: argparse.Namespace) -> int:
    """Write marks for an LMS."""
    from autograder.lms.export import export_marks

    table = export_marks(
        Assignment.find(options.assignment),
        options.out,
        system=options.lms,
        course=options.course.resolve(),
        roster=options.roster,
        id_column=options.id_column,
        item=options.item,
    )
    print("\n".join((f"Written: {options.out}.", *table.notes)))
    return 1 if table.notes else 0


def bundle(options: argparse.Namespace) -> int:
    """Make the repository that students get, or look through one."""
    from autograder.publishing.bundle import check_bundle, make_bundle

    if options.check:
        check_bundle(options.target)
        print(f"{options.target} holds what students may have, and nothing else.")
    else:
        names = make_bundle(
            options.target,
            assignments=options.assignment,
            replace=options.force,
            without_address=options.without_address,
        )
        print(f"{options.target}: {len(names)} files, looked through for answers and checks.")
    return 0


def address(options: argparse.Namespace) -> int:
    """Write into all notebooks where students get the course."""
    from autograder.publishing.address import Address
    from autograder.publishing.shared_cells import write_shared_cells

    address = Address.read()
    if options.repository or options.branch:
        address = Address(
            (options.repository or address.repository).removesuffix("/").removesuffix(".git"),
            options.branch or address.branch,
        )
        address.write()
    changed = write_shared_cells()
    print(f"Students get the course from {address.repository}, branch {address.branch}.")
    print(f"{len(changed)} texts in notebooks/ were changed." if changed else "Nothing changed.")
    if changed:
        print("Run `make notebooks` to carry that on to source/ and release/.")
    return 0


def demo(options: argparse.Namespace) -> int:
    """Run the demonstration."""
    from tools.demo import run_demo  # lies beside this package

    run_demo()
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
