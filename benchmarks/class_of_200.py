"""A class of 200 is graded, and graded again after a check was edited: nobody is lost.

Then report and feedback are written for all of them.

``python -m benchmarks.class_of_200`` does it with some 25 different codes, which are few real runs;
``--all-distinct`` gives every student code of their own, and runs every one: an hour of CPU.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.simulated_class import NAME, CourseCopy, automatic_marks, compare, make_class

SECONDS = 60  # for a class of 200 on two processors: to grade it again, and to write all its pages

_EDITED = "test_q2_1.py"
_TITLE, _NEW_TITLE = "BATCH_SIZE has its new value", "BATCH_SIZE has its new value (edited)"
_CONDITION, _NEW_CONDITION = "require(size == NEW_BATCH_SIZE,", "require(size == -NEW_BATCH_SIZE,"
_EDITED_QUESTION, _EDITED_POINTS = "q2_1", 0.5


def report(*, size: int, all_distinct: bool, jobs: int, folder: Path) -> bool:
    """Grade a class, grade it again, and print what was found.

    Returns:
        Whether everybody was graded as stated, and again in time, and all pages came in time.
    """
    hand_ins = make_class(size, all_distinct=all_distinct)
    course = CourseCopy(folder, hand_ins)
    kinds = Counter(hand_in.kind.split(",")[0] for hand_in in hand_ins)
    print(f"{size} submissions of {NAME}, {len(kinds)} kinds; {jobs} jobs; all times are wall time")
    wall, cpu, said = _timed(course, "grade", "--jobs", str(jobs))
    before = automatic_marks(course.root)
    wrong = compare(hand_ins, before)
    runs = len(list(course.root.glob(f"evidence/{NAME}/*/run.json")))
    print(
        f"  graded in {wall:.0f} s (CPU {cpu:.0f} s without kernels): {runs} runs of student code"
    )
    print(f"  {said}")
    print(f"  in the gradebook: {len(before)} of {size}; other marks than stated: {len(wrong)}")
    with _edited_check(course):
        again, cpu, _ = _timed(course, "regrade", "--jobs", str(jobs))
        after = automatic_marks(course.root)
    off = [student for student in before if not _lost_the_check(before[student], after[student])]
    kept = "kept" if again <= SECONDS * size / 200 else "NOT KEPT"
    print(f"  a check edited, graded again in {again:.0f} s (CPU {cpu:.0f} s); {SECONDS} s: {kept}")
    print(f"  marks that the edit does not explain: {len(off)}")
    back, _, _ = _timed(course, "regrade", "--jobs", str(jobs))
    same = automatic_marks(course.root) == before
    print(
        f"  the edit undone, graded again in {back:.0f} s: "
        f"{'the marks of before' if same else 'OTHER MARKS THAN BEFORE'}"
    )
    for sentence in [*wrong, *(f"{student} has odd marks after the edit." for student in off)]:
        print(f"    {sentence}")
    written = _pages(course, size)
    return not wrong and not off and same and kept == "kept" and written


@contextmanager
def _edited_check(course: CourseCopy) -> Iterator[None]:
    """Have a check that nobody meets, for a while."""
    path = course.root / "autograder" / "checks" / NAME / _EDITED
    before = path.read_text(encoding="utf-8")
    after = before.replace(_TITLE, _NEW_TITLE).replace(_CONDITION, _NEW_CONDITION)
    if after.count(_NEW_TITLE) != 1 or after.count(_NEW_CONDITION) != 1:
        raise ValueError(f"{path} has changed; correct what this benchmark edits in it.")
    path.write_text(after, encoding="utf-8")
    try:
        yield
    finally:
        path.write_text(before, encoding="utf-8")


def _pages(course: CourseCopy, size: int) -> bool:
    """Write report and feedback of the class; return whether all is there, and in time."""
    report, cpu, _ = _timed(course, "report")
    print(f"  report written in {report:.0f} s (CPU {cpu:.0f} s)")
    feedback, cpu, _ = _timed(course, "feedback")
    print(f"  feedback written in {feedback:.0f} s (CPU {cpu:.0f} s)")
    in_time = report + feedback <= SECONDS * size / 200
    pages = len(list(course.root.glob(f"feedback/*/{NAME}/{NAME}.html")))
    print(
        f"  both in {report + feedback:.0f} s; {SECONDS} s: {'kept' if in_time else 'NOT KEPT'}; "
        f"{pages} feedback pages"
    )
    return in_time and pages == size


def _timed(course: CourseCopy, command: str, *options: str) -> tuple[float, float, str]:
    """Return wall time, CPU time and the first line printed, of a command on the class."""
    use, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    said = course.run("autograder", command, NAME, *options)
    wall, done = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = done.ru_utime + done.ru_stime - use.ru_utime - use.ru_stime
    return wall, cpu, said.partition("\n")[0]


def _lost_the_check(before: dict[str, float], after: dict[str, float]) -> bool:
    """Whether a student lost what the edited check is worth, if there was anything to lose."""
    cell = f"{_EDITED_QUESTION}_check"
    others = {name: points for name, points in before.items() if name != cell}
    lost = before[cell] - after[cell]
    full = before[cell] == 2 * _EDITED_POINTS  # both of the question's checks were met
    return others.items() <= after.items() and lost in (
        {_EDITED_POINTS} if full else {0, _EDITED_POINTS}
    )


def main() -> None:
    """Read the options, report, and end with 1 if anything is not as it should be."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.class_of_200",
        description="Grade a class, edit a check, grade it again, write its pages.",
    )
    parser.add_argument("--size", type=int, default=200, help="students (default: 200)")
    parser.add_argument("--jobs", type=int, default=2, help="jobs (default: 2)")
    parser.add_argument(
        "--all-distinct", action="store_true", help="run every notebook: an hour of CPU for 200"
    )
    parser.add_argument("--keep", type=Path, help="work in this new folder and leave it there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep.resolve() if options.keep else Path(scratch) / "course"
        good = report(
            size=options.size, all_distinct=options.all_distinct, jobs=options.jobs, folder=folder
        )
    sys.exit(not good)


if __name__ == "__main__":
    main()
