"""``kill -9`` of the grader at ten random moments, each time with a restart: the same gradebook.

``python -m benchmarks.crash_recovery`` grades a class of twenty. Before each attempt the gradebook
is empty and some of the runs are missing, so that a kill may fall into the start, into runs of
student code, into judging or into writing. Every second kill hits the grader alone; the others its
workers too.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.support.simulated_class import (
    NAME,
    CourseCopy,
    automatic_marks,
    compare,
    gradebook_rows,
    make_class,
)

SIZE, CODES, MISSING_RUNS = 20, 6, 2


@dataclass
class Attempts:
    """A course whose gradebook and store are put back before every attempt.

    Attributes:
        course: The course, with the class graded once, without a disturbance.
        jobs: Number of jobs.
        pick: Source of chance.
    """

    course: CourseCopy
    jobs: int
    pick: random.Random

    def __post_init__(self) -> None:
        """Keep the state after the undisturbed grading."""
        self.store = self.course.root / "evidence" / NAME
        self.gradebook = self.course.root / "gradebook.db"
        self.complete = self.course.root / "complete"
        shutil.copytree(self.store, self.complete)
        self.expected = gradebook_rows(self.course.root)

    def put_back(self) -> None:
        """Empty the gradebook, forget all verdicts and some runs."""
        shutil.rmtree(self.store)
        shutil.copytree(self.complete, self.store)
        for path in [*self.store.glob("*/verdict.json"), *self.store.glob("*/computed.json")]:
            path.unlink()
        for run in self.pick.sample(sorted(self.store.iterdir()), MISSING_RUNS):
            shutil.rmtree(run)
        shutil.rmtree(self.course.root / "autograded", ignore_errors=True)
        shutil.copy(self.course.root / "empty.db", self.gradebook)

    def start(self) -> subprocess.Popen[str]:
        """Start the grader."""
        command = ("autograder", "grade", NAME, "--jobs", str(self.jobs))
        return self.course.start(*command, output=subprocess.DEVNULL)

    def kill(self, after: float, *, alone: bool) -> str:
        """Kill the grader after some seconds; return where it was, or "" if it was done."""
        grader = self.start()
        try:
            grader.wait(after)
            return ""
        except subprocess.TimeoutExpired:
            pass
        family = psutil.Process(grader.pid).children(recursive=True)
        if alone:
            os.kill(grader.pid, signal.SIGKILL)
        else:
            os.killpg(grader.pid, signal.SIGKILL)
        grader.wait()
        runs = len(list(self.store.glob("[!.]*/run.json"))) - (CODES - MISSING_RUNS)
        verdicts = len(list(self.store.glob("[!.]*/verdict.json")))
        where = f"{runs} of {MISSING_RUNS} runs, {verdicts} of {CODES} verdicts, "
        where += f"{len(automatic_marks(self.course.root))} of {SIZE} in the gradebook"
        if self.start().wait():
            return f"{where}: THE RESTARTED GRADER FAILED"
        if gradebook_rows(self.course.root) != self.expected:
            return f"{where}: ANOTHER GRADEBOOK"
        left = psutil.wait_procs(family, timeout=30)[1]
        return f"{where}: {'LEFT PROCESSES BEHIND' if left else 'same gradebook'}"


def report(*, kills: int, jobs: int, seed: int, folder: Path) -> bool:
    """Kill the grader, restart it, and print what was found.

    Returns:
        Whether every restart gave the gradebook of the undisturbed grading, as stated.
    """
    hand_ins = make_class(SIZE, most_codes=CODES)
    course = CourseCopy(folder, hand_ins)
    shutil.copy(course.root / "gradebook.db", course.root / "empty.db")
    course.run("autograder", "grade", NAME, "--jobs", str(jobs))
    attempts = Attempts(course, jobs, random.Random(seed))
    wrong = compare(hand_ins, automatic_marks(course.root))
    print(f"{SIZE} submissions, {CODES} codes, {jobs} jobs; other marks than stated: {len(wrong)}")
    attempts.put_back()
    started = time.perf_counter()
    attempts.start().wait()
    whole = time.perf_counter() - started
    print(f"undisturbed, with {MISSING_RUNS} runs to make: {whole:.0f} s")
    good, number = not wrong, 0
    while number < kills:
        attempts.put_back()
        moment, alone = attempts.pick.uniform(0, whole), number % 2 == 0
        outcome = attempts.kill(moment, alone=alone)
        if outcome:
            number += 1
            who = "the grader alone" if alone else "all its processes"
            print(f"  {number:2} {who:<17} after {moment:5.1f} s: {outcome}", flush=True)
            good = good and outcome.endswith("same gradebook")
    return good


def main() -> None:
    """Read the options, report, and end with 1 if a gradebook differs."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.crash_recovery",
        description="Kill the grader and start it again.",
    )
    parser.add_argument("--kills", type=int, default=10, help="kills (default: 10)")
    parser.add_argument("--jobs", type=int, default=2, help="jobs (default: 2)")
    parser.add_argument("--seed", type=int, default=0, help="of the random moments (default: 0)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "course"
        good = report(kills=options.kills, jobs=options.jobs, seed=options.seed, folder=folder)
    sys.exit(not good)


if __name__ == "__main__":
    main()
