"""The arguments of ``python -m autograder``; ``commands`` does what they ask for."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder import commands
from autograder.course import COURSE_ROOT, EVIDENCE_ROOT, UnknownAssignmentError
from autograder.judging.judge import JudgeError
from autograder.lms.presets import SYSTEMS
from autograder.sandbox import SandboxError

if TYPE_CHECKING:  # at run time the class is not generic in Python 3.11
    _Group = argparse._SubParsersAction[argparse.ArgumentParser]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit status: 0 if all went well, 1 if not all, 2 if not at all."""
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        return run(options)
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
    group = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_grading_commands(group)
    _add_page_commands(group)
    _add_lms_commands(group)
    _add_bundle_command(group)
    _add_address_command(group)
    demo = group.add_parser("demo", help="hand in, grade and give feedback, in demo/")
    demo.set_defaults(run=commands.demo)
    return parser


# Options that several commands share, as parents of their parsers.


def _shared(*names: str, **settings: Any) -> argparse.ArgumentParser:
    parent = argparse.ArgumentParser(add_help=False)
    parent.add_argument(*names, **settings)
    return parent


def _assignment() -> argparse.ArgumentParser:
    return _shared("assignment", metavar="ASSIGNMENT")


def _course(contents: str) -> argparse.ArgumentParser:
    return _shared(
        "--course",
        type=Path,
        default=COURSE_ROOT,
        help=f"folder with {contents} and gradebook.db (default: the course)",
    )


def _student() -> argparse.ArgumentParser:
    return _shared(
        "--student", action="append", metavar="ID", help="only this one; may be repeated"
    )


def _store() -> argparse.ArgumentParser:
    return _shared(
        "--store",
        type=Path,
        default=EVIDENCE_ROOT,
        help="folder for the evidence of runs (default: evidence/ of the course)",
    )


def _wall() -> argparse.ArgumentParser:
    return _shared(
        "--without-wall",
        action="store_true",
        help="run student code with all rights of this account; only for notebooks you trust",
    )


def _add_grading_commands(group: _Group) -> None:
    check = group.add_parser(
        "check",
        parents=[_assignment(), _store(), _wall()],
        help="grade one notebook outside the gradebook",
    )
    check.add_argument("notebook", metavar="NOTEBOOK", type=Path)
    check.add_argument("--json", metavar="FILE", type=Path, help="write the verdict there too")
    check.set_defaults(run=commands.check)

    jobs = _shared(
        "--jobs",
        metavar="N",
        type=int,
        default=os.cpu_count() or 1,
        help="submissions at the same time (default: as many as there are processors)",
    )
    cluster = _shared(
        "--cluster", metavar="ADDRESS", help="Dask scheduler to use instead, host:port"
    )
    shared = [_assignment(), jobs, cluster, _student(), _course("submitted/"), _store(), _wall()]
    grade = group.add_parser("grade", parents=shared, help="grade a class into the gradebook")
    grade.add_argument(
        "--run-again",
        action="store_true",
        help="run student code even if it has been run before, for example because the machine was "
        "too busy and a limit on time was hit",
    )
    grade.set_defaults(run=commands.grade, only_judge=False)
    regrade = group.add_parser(
        "regrade",
        parents=shared,
        help="judge the stored runs of a class again; runs no student code",
    )
    regrade.set_defaults(run=commands.grade, only_judge=True, run_again=False)


def _add_page_commands(group: _Group) -> None:
    shared = [_assignment(), _course("autograded/")]
    report = group.add_parser(
        "report", parents=[*shared, _store()], help="write a page on a class, into reports/"
    )
    report.set_defaults(run=commands.report)
    feedback = group.add_parser(
        "feedback",
        parents=[*shared, _student()],
        help="write everybody's feedback page at once",
    )
    feedback.set_defaults(run=commands.feedback)


def _add_lms_commands(group: _Group) -> None:
    lms = _shared("--lms", choices=SYSTEMS, required=True)
    lms.add_argument(
        "--roster", metavar="FILE", type=Path, help="students, as the LMS exports them (CSV)"
    )
    lms.add_argument(
        "--id-column", default="", metavar="NAME", help="column of the roster with the ids"
    )
    shared = [_assignment(), lms, _course("submitted/")]
    collect = group.add_parser(
        "collect", parents=shared, help="sort an LMS's download into submitted/"
    )
    collect.add_argument("archive", metavar="ARCHIVE", type=Path, help="zip file or folder")
    collect.add_argument(
        "--timezone", default="", metavar="ZONE", help="of the times in file names (Europe/Vienna)"
    )
    collect.add_argument(
        "--force", action="store_true", help="replace what students have in submitted/ already"
    )
    collect.set_defaults(run=commands.collect)
    export = group.add_parser(
        "export", parents=shared, help="write marks for an LMS or a spreadsheet"
    )
    export.add_argument("--out", metavar="FILE", type=Path, required=True, help="CSV file to write")
    export.add_argument(
        "--item", default="", metavar="NAME", help="the LMS's name of the grade item"
    )
    export.set_defaults(run=commands.export)


def _add_bundle_command(group: _Group) -> None:
    bundle = group.add_parser("bundle", help="make the repository that students get")
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
    bundle.set_defaults(run=commands.bundle)


def _add_address_command(group: _Group) -> None:
    address = group.add_parser(
        "address", help="say where students get the course, and write that into all notebooks"
    )
    address.add_argument(
        "repository",
        nargs="?",
        metavar="URL",
        help="https://github.com/OWNER/NAME (default: the one in course.toml)",
    )
    address.add_argument("--branch", metavar="NAME", help="its branch (default: as it is)")
    address.set_defaults(run=commands.address)
