"""Entry point of ``make bench``."""

from __future__ import annotations

import argparse
import os
import platform

from benchmarks import class_grading, grading_run, quick_budget, training_speed

PARTS = ("run", "class", "training", "quick")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument(
        "--only", choices=PARTS, action="append", help="measure this; may be given several times"
    )
    parser.add_argument("--runs", type=int, default=5, help="runs behind each median")
    parser.add_argument(
        "--class-of", type=int, default=12, metavar="N", help="submissions in the class"
    )
    parser.add_argument(
        "--quality-steps",
        type=int,
        default=100,
        metavar="N",
        help="training steps after which the quality of both ways is compared; 0: not at all",
    )
    options = parser.parse_args()
    parts = options.only or PARTS
    print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} processors, Python "
        f"{platform.python_version()}. Medians (lowest to highest); the machine may be busy with "
        "other things.\n",
        flush=True,
    )
    if "run" in parts:
        grading_run.report(runs=options.runs)
    if "class" in parts:
        class_grading.report(submissions=options.class_of)
    if "training" in parts:
        training_speed.report(runs=options.runs, quality_steps=options.quality_steps)
    if "quick" in parts:
        quick_budget.report(runs=options.runs)


if __name__ == "__main__":
    main()
