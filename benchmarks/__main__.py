"""Entry point of ``make bench``."""

from __future__ import annotations

import argparse
import os
import platform

from benchmarks import class_grading, grading_run


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--runs", type=int, default=5, help="runs behind each median")
    parser.add_argument(
        "--class-of",
        type=int,
        default=0,
        metavar="N",
        help="also grade N submissions with stock nbgrader and with ours (12 take ten minutes)",
    )
    options = parser.parse_args()
    print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} processors, Python "
        f"{platform.python_version()}. Medians (lowest to highest); the machine may be busy with "
        "other things.\n"
    )
    grading_run.report(runs=options.runs)
    if options.class_of:
        class_grading.report(submissions=options.class_of)


if __name__ == "__main__":
    main()
