"""Grades a class: runs in parallel, one writer for the gradebook, and never twice the same work.

What takes long (repair, run, judge) is spread over processes or a Dask cluster, and leaves runs and
verdicts in the store. As they come in, this process writes marks and notebooks, some twenty
submissions at a time. Killed at any moment and started again, it finds in the store what was done
and writes every submission once more, which gives the same rows.
"""

from __future__ import annotations

import functools
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import nbformat

from autograder.course import Assignment, ClassFolder
from autograder.grading.gradebook import ClassGradebook
from autograder.grading.graded_notebook import write_verdict
from autograder.grading.grader import Grader, shared_grader
from autograder.grading.stored_runs import remove_abandoned_runs
from autograder.sandbox import SandboxPolicy
from autograder.verdict import Audience

_WRITTEN_AT_ONCE = 20
_WRITTEN_EVERY = 10.0  # seconds, so that formgrader shows marks while others are still run


@dataclass(frozen=True)
class Task:
    """One submission to grade, in plain values that can travel to another machine.

    Attributes:
        assignment: Name of the assignment.
        student: The student.
        folder: What was handed in.
        store: Folder for the evidence of runs.
        policy: What kernels may use, as ``SandboxPolicy.to_json`` gives it.
        only_judge: Whether student code must not be run; a submission without a run then fails.
    """

    assignment: str
    student: str
    folder: Path
    store: Path
    policy: dict[str, Any]
    only_judge: bool = False


@dataclass(frozen=True)
class Outcome:
    """What became of one submission.

    Attributes:
        student: The student.
        score: Autograded points, or None if grading itself failed.
        problem: Why it failed, in one sentence; empty otherwise.
        seconds: Wall time that it took.
        fresh: Whether student code was run for it just now.
        notes: Sentences for the instructor alone.
        notebook: The graded notebook as text, until it has been written.
    """

    student: str
    score: float | None
    problem: str = ""
    seconds: float = 0.0
    fresh: bool = False
    notes: tuple[str, ...] = ()
    notebook: str = ""


def run_and_judge(task: Task) -> Outcome:
    """Repair, run and judge one submission in this process.

    Never raises: a submission that cannot be graded is reported and the others go on.
    """
    started = time.monotonic()
    try:
        # One per process: it keeps its judge, and what it has read and hashed.
        grader = _grader_for(task)
        submission = grader.read_folder(task.folder)
        fresh = submission.readable and not grader.has_run(submission)
        if fresh and task.only_judge:
            raise LookupError("There is no stored run of this submission; use `grade` for it.")
        verdict = grader.grade(submission)
        record = grader.record(submission, verdict)
        write_verdict(submission.notebook, record, grader.assignment.grade_ids)
        return Outcome(
            task.student,
            verdict.score,
            seconds=time.monotonic() - started,
            fresh=fresh,
            notes=tuple(map(str, verdict.notes_for(Audience.INSTRUCTOR))),
            notebook=nbformat.writes(submission.notebook) + "\n",
        )
    except Exception as error:  # one broken submission is one broken submission
        text = str(error) or type(error).__name__
        return Outcome(task.student, None, text, time.monotonic() - started)


def _grader_for(task: Task) -> Grader:
    policy = SandboxPolicy.from_json(task.policy)
    return shared_grader(task.assignment, store=task.store, policy=policy)


def grade_class(
    assignment: Assignment,
    *,
    folder: ClassFolder,
    policy: SandboxPolicy,
    jobs: int = 1,
    cluster: str | None = None,
    students: Iterable[str] | None = None,
    only_judge: bool = False,
    run_again: bool = False,
) -> list[Outcome]:
    """Grade all submissions of an assignment into the gradebook.

    Args:
        assignment: The assignment.
        folder: Where the class is.
        policy: What kernels may use.
        jobs: Number of submissions that are run at the same time on this machine.
        cluster: Address of a Dask scheduler to use instead of this machine's processors.
        students: Only these students; all if left out.
        only_judge: Run no student code; submissions without a stored run are reported.
        run_again: Run student code even if it has been run before.

    Returns:
        One outcome per student, in order.

    Raises:
        ValueError: If ``jobs`` is below 1, there is nothing to grade, or the gradebook does not
            know the assignment as it is.
    """
    from tqdm.auto import tqdm

    if jobs < 1:
        raise ValueError(f"--jobs {jobs}: give a number of at least 1.")
    known = folder.submitters(assignment.name)
    names = known if students is None else sorted(set(students))
    missing = sorted(set(names) - set(known))
    if missing or not names:
        raise ValueError(
            "There is nothing to grade: no folder "
            f"{folder.root}/submitted/{', '.join(missing) or '*'}/{assignment.name}."
        )
    gradebook = ClassGradebook(assignment, folder, policy)
    remove_abandoned_runs(folder.store, assignment.name)
    tasks = [
        Task(
            assignment.name,
            name,
            folder.submission(assignment.name, name),
            folder.store,
            policy.to_json(),
            only_judge,
        )
        for name in names
    ]
    if run_again:  # before anyone starts: students with the same code share a run
        for task in tasks:
            grader = _grader_for(task)
            grader.forget_run(grader.read_folder(task.folder))
    outcomes: dict[str, Outcome] = {}
    waiting: list[Outcome] = []
    spread = _on_cluster(tasks, cluster) if cluster else _on_processes(tasks, jobs)
    written = time.monotonic()
    for outcome in tqdm(spread, total=len(tasks), desc="grading", unit="submission"):
        waiting.append(outcome)
        since = time.monotonic() - written
        if len(waiting) >= _WRITTEN_AT_ONCE or since > _WRITTEN_EVERY:
            outcomes |= _written(gradebook, waiting)
            waiting, written = [], time.monotonic()
    outcomes |= _written(gradebook, waiting)
    return [outcomes[name] for name in names]


def _written(gradebook: ClassGradebook, outcomes: list[Outcome]) -> dict[str, Outcome]:
    """Write what was graded; return the outcomes by student, without their notebooks."""
    graded = [(one.student, one.notebook) for one in outcomes if one.score is not None]
    failures = gradebook.write(graded)
    return {
        one.student: replace(
            one,
            notebook="",
            score=None if one.student in failures else one.score,
            problem=failures.get(one.student, one.problem),
        )
        for one in outcomes
    }


def _on_processes(
    tasks: list[Task], jobs: int, work: Callable[[Task], Outcome] = run_and_judge
) -> Iterator[Outcome]:
    if jobs == 1:
        yield from map(work, tasks)
        return
    from joblib import Parallel, delayed
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    left = {task.student: task for task in tasks}
    one = delayed(functools.partial(_in_worker, work, os.getpid()))
    try:
        parallel = Parallel(n_jobs=jobs, return_as="generator_unordered", batch_size=1)
        for outcome in parallel(map(one, tasks)):
            del left[outcome.student]
            yield outcome
    except TerminatedWorkerError:
        # Most likely Linux has ended a worker for lack of memory; joblib then gives up all of them.
        for task in left.values():
            try:
                # Two jobs, since one would be done in this process; the second has nothing to do.
                yield Parallel(n_jobs=2)([one(task)])[0]
            except TerminatedWorkerError:
                reason = "Its process was killed, perhaps for lack of memory; use fewer --jobs."
                yield Outcome(task.student, None, reason)


def _in_worker(work: Callable[[Task], Outcome], grader: int, task: Task) -> Outcome:
    _end_with(grader)
    return work(task)


@functools.cache
def _end_with(grader: int) -> None:
    """End this process when the grader has been killed; it would wait for ever to give its result.

    Its judge and its kernel end with it.
    """

    def watch() -> None:
        while os.getppid() == grader:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, name="end-with-grader", daemon=True).start()


def _on_cluster(tasks: list[Task], address: str, *, seconds: float = 30) -> Iterator[Outcome]:
    try:
        from distributed import Client, as_completed
    except ImportError:
        raise ValueError(
            "--cluster needs Dask; install it with: pip install '.[cluster]'"
        ) from None
    try:
        client = Client(address, timeout=seconds)
    except (OSError, TimeoutError, ValueError) as error:
        raise ValueError(f"There is no Dask scheduler at {address}: {error}") from None
    with client:
        # Not pure: the same submission may be worth grading again. A worker that dies has its
        # task done by another.
        futures = [client.submit(run_and_judge, task, pure=False, retries=3) for task in tasks]
        students = {future.key: task.student for future, task in zip(futures, tasks, strict=True)}
        for future in as_completed(futures):
            if future.status == "finished":
                yield future.result()
            else:
                reason = f"The cluster lost it: {future.exception()}"
                yield Outcome(students[future.key], None, reason)
