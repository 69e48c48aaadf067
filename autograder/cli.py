"""The commands of ``python -m autograder``."""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from autograder.course import (
    COURSE_ROOT,
    EVIDENCE_ROOT,
    Assignment,
    ClassFolder,
    UnknownAssignmentError,
)
from autograder.execution.course_policy import course_policy, data_folder
from autograder.grading.class_grader import grade_class
from autograder.grading.grader import Grader
from autograder.judging.judge import JudgeError
from autograder.lms.presets import SYSTEMS
from autograder.sandbox import SandboxError, SandboxPolicy
from autograder.verdict import Verdict


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit status: 0 if all went well, 1 if not all, 2 if not at all."""
    options = _parser().parse_args(arguments)
    try:
        return options.command(options)
    except KeyboardInterrupt:
        print("\nautograder: interrupted; give the same command again to go on.", file=sys.stderr)
        return 130
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

    for name, only_judge, text in (
        ("grade", False, "grade a class into the gradebook"),
        ("regrade", True, "judge the stored runs of a class again; runs no student code"),
    ):
        grade = commands.add_parser(name, help=text)
        grade.add_argument("assignment", metavar="ASSIGNMENT")
        grade.add_argument(
            "--jobs",
            metavar="N",
            type=int,
            default=os.cpu_count() or 1,
            help="submissions at the same time (default: as many as there are processors)",
        )
        grade.add_argument(
            "--cluster", metavar="ADDRESS", help="Dask scheduler to use instead, host:port"
        )
        grade.add_argument(
            "--student", action="append", metavar="ID", help="only this one; may be repeated"
        )
        grade.add_argument(
            "--course",
            type=Path,
            default=COURSE_ROOT,
            help="folder with submitted/ and gradebook.db (default: the course)",
        )
        if not only_judge:
            grade.add_argument(
                "--run-again",
                action="store_true",
                help="run student code even if it has been run before, for example because the "
                "machine was too busy and a limit on time was hit",
            )
        _add_run_options(grade)
        grade.set_defaults(command=_grade, only_judge=only_judge)

    _add_page_commands(commands)
    _add_lms_commands(commands)
    bundle = commands.add_parser("bundle", help="make the repository that students get")
    bundle.add_argument(
        "target",
        metavar="FOLDER or ZIP",
        type=Path,
        nargs="?",
        default=COURSE_ROOT / "bundle",
        help="where to put it (default: bundle/ of the course)",
    )
    bundle.add_argument(
        "--force", action="store_true", help="write into an earlier bundle or a git repository"
    )
    bundle.add_argument(
        "--assignment",
        action="append",
        default=[],
        metavar="NAME",
        help="only this one; repeatable",
    )
    bundle.add_argument(
        "--without-address",
        action="store_true",
        help="make it although course.toml does not say where students get it (then no Colab)",
    )
    bundle.add_argument("--check", action="store_true", help="only look through one made before")
    bundle.set_defaults(command=_bundle)
    address = commands.add_parser(
        "address", help="say where students get the course, and write that into all notebooks"
    )
    address.add_argument(
        "repository",
        nargs="?",
        metavar="URL",
        help="https://github.com/OWNER/NAME (default: the one in course.toml)",
    )
    address.add_argument("--branch", metavar="NAME", help="its branch (default: as it is)")
    address.set_defaults(command=_address)
    demo = commands.add_parser("demo", help="hand in, grade and give feedback, in demo/")
    demo.set_defaults(command=_demo)
    return parser


def _add_page_commands(commands: argparse._SubParsersAction) -> None:
    report = commands.add_parser("report", help="write a page on a class, into reports/")
    feedback = commands.add_parser("feedback", help="write everybody's feedback page at once")
    feedback.add_argument(
        "--student", action="append", metavar="ID", help="only this one; may be repeated"
    )
    for parser, command in ((report, _report), (feedback, _feedback)):
        parser.add_argument("assignment", metavar="ASSIGNMENT")
        parser.add_argument(
            "--course",
            type=Path,
            default=COURSE_ROOT,
            help="folder with autograded/ and gradebook.db (default: the course)",
        )
        parser.set_defaults(command=command)
    _add_store_option(report)


def _add_lms_commands(commands: argparse._SubParsersAction) -> None:
    collect = commands.add_parser("collect", help="sort an LMS's download into submitted/")
    collect.add_argument("assignment", metavar="ASSIGNMENT")
    collect.add_argument("archive", metavar="ARCHIVE", type=Path, help="zip file or folder")
    collect.add_argument(
        "--timezone", default="", metavar="ZONE", help="of the times in file names (Europe/Vienna)"
    )
    collect.add_argument(
        "--force", action="store_true", help="replace what students have in submitted/ already"
    )
    collect.set_defaults(command=_collect)
    export = commands.add_parser("export", help="write marks for an LMS or a spreadsheet")
    export.add_argument("assignment", metavar="ASSIGNMENT")
    export.add_argument("--out", metavar="FILE", type=Path, required=True, help="CSV file to write")
    export.add_argument(
        "--item", default="", metavar="NAME", help="the LMS's name of the grade item"
    )
    export.set_defaults(command=_export)
    for parser in (collect, export):
        parser.add_argument("--lms", choices=SYSTEMS, required=True)
        parser.add_argument(
            "--roster", metavar="FILE", type=Path, help="students, as the LMS exports them (CSV)"
        )
        parser.add_argument(
            "--id-column", default="", metavar="NAME", help="column of the roster with the ids"
        )
        parser.add_argument(
            "--course",
            type=Path,
            default=COURSE_ROOT,
            help="folder with submitted/ and gradebook.db (default: the course)",
        )


def _add_store_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--store",
        type=Path,
        default=EVIDENCE_ROOT,
        help="folder for the evidence of runs (default: evidence/ of the course)",
    )


def _add_run_options(parser: argparse.ArgumentParser) -> None:
    _add_store_option(parser)
    parser.add_argument(
        "--without-wall",
        action="store_true",
        help="run student code with all rights of this account; only for notebooks you trust",
    )


def _policy(options: argparse.Namespace) -> SandboxPolicy:
    return course_policy(isolation="none" if options.without_wall else "namespaces")


def _check(options: argparse.Namespace) -> int:
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


def _grade(options: argparse.Namespace) -> int:
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
    graded = [outcome for outcome in outcomes if outcome.score is not None]
    failed = [outcome for outcome in outcomes if outcome.score is None]
    print(
        f"{assignment.name}: {len(graded)} graded in {time.monotonic() - started:.0f} s, "
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
    for reason, students in reasons.items():  # where the machine is at fault, it is one for all
        print(f"  {', '.join(students)} not graded: {reason}")
    return 1 if failed else 0


def _report(options: argparse.Namespace) -> int:
    from autograder.reports.class_report import write_report

    folder = ClassFolder(options.course.resolve(), options.store.resolve())
    page = write_report(Assignment.find(options.assignment), folder, data=data_folder())
    print(f"Written: {page}.")
    return 0


def _feedback(options: argparse.Namespace) -> int:
    from autograder.reports.feedback import write_feedback

    folder = ClassFolder(options.course.resolve())
    written, failures = write_feedback(
        Assignment.find(options.assignment), folder, students=options.student
    )
    print(f"{len(written)} pages written, {len(failures)} not.")
    for student, reason in failures.items():
        print(f"  {student}: {reason}")
    return 1 if failures else 0


def _collect(options: argparse.Namespace) -> int:
    from autograder.lms.collect import collect

    collected = collect(
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


def _export(options: argparse.Namespace) -> int:
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


def _bundle(options: argparse.Namespace) -> int:
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


def _address(options: argparse.Namespace) -> int:
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


def _demo(options: argparse.Namespace) -> int:
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
