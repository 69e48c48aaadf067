"""Grades a class: runs in parallel, one writer for the gradebook, and never twice the same work.

The slow part (run and judge) is spread over processes or a Dask cluster and leaves its results in
the store of runs. Then one process has nbgrader write the gradebook and ``autograded/``; every run
that it asks for is there already. Killed at any moment and started again, the first part goes on
where it was, and the second is repeated for submissions that were not finished.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from traitlets.config.loader import PyFileConfigLoader

from autograder.assignment import COURSE_ROOT, Assignment
from autograder.grading import EVIDENCE_ROOT, Grader, Submission
from autograder.nbgrader_plugin import PLACEHOLDER
from autograder.repair import find_submission
from autograder.sandbox import SandboxPolicy
from autograder.verdict_page import INSTRUCTOR_ONLY


@dataclass(frozen=True)
class ClassFolder:
    """Where a class is graded.

    Attributes:
        root: Folder with ``submitted/``, ``autograded/`` and ``gradebook.db``.
        store: Folder for the evidence of runs.
    """

    root: Path = COURSE_ROOT
    store: Path = EVIDENCE_ROOT

    def submitters(self, assignment: str) -> list[str]:
        """Return the students who have a folder for the assignment, sorted."""
        return sorted(
            path.parent.name
            for path in (self.root / "submitted").glob(f"*/{assignment}")
            if path.is_dir() and not path.is_symlink()
        )


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
    """

    student: str
    score: float | None
    problem: str = ""
    seconds: float = 0.0
    fresh: bool = False
    notes: tuple[str, ...] = ()


def read_folder(grader: Grader, folder: Path) -> Submission:
    """Find, read and repair the submission in a student's folder."""
    assignment = grader.assignment
    try:
        found, notes = find_submission(
            folder, f"{assignment.name}.ipynb", source=assignment.release
        )
    except OSError as error:
        reason = f"The folder of this submission cannot be read ({error.strerror})."
        return Submission(assignment.release, problems=(reason,), readable=False)
    messages = tuple(note.message for note in notes)
    if found is None:
        return Submission(assignment.release, problems=messages, readable=False)
    submission = grader.read(found)
    return replace(submission, repairs=(*messages, *submission.repairs))


def run_and_judge(
    assignment: str,
    student: str,
    folder: str,
    store: str,
    policy: dict[str, Any],
    only_judge: bool = False,
) -> Outcome:
    """Run and judge one submission; a task for a worker process, with plain arguments.

    Never raises: a submission that cannot be graded is reported and the others go on.
    """
    started = time.monotonic()
    try:
        grader = _grader_of_this_process(assignment, store, policy)
        submission = read_folder(grader, Path(folder))
        fresh = submission.readable and not (grader.run_folder(submission) / "run.json").is_file()
        if fresh and only_judge:
            raise LookupError("There is no stored run of this submission; use `grade` for it.")
        verdict = grader.grade(submission)
        notes = tuple(text for text in verdict.problems if text.startswith(INSTRUCTOR_ONLY))
        seconds = time.monotonic() - started
        return Outcome(student, verdict.score, seconds=seconds, fresh=fresh, notes=notes)
    except Exception as error:  # one broken submission is one broken submission
        text = str(error) or type(error).__name__
        return Outcome(student, None, text, time.monotonic() - started)


_graders: dict[tuple[str, str], Grader] = {}


def _grader_of_this_process(assignment: str, store: str, policy: dict[str, Any]) -> Grader:
    key = (assignment, store)
    if key not in _graders:
        # One per worker, so that its judge imports TensorFlow at most once.
        _graders[key] = Grader(
            Assignment.find(assignment), store=Path(store), policy=SandboxPolicy.from_json(policy)
        )
    return _graders[key]


def grade_class(
    assignment: Assignment,
    *,
    folder: ClassFolder,
    policy: SandboxPolicy,
    jobs: int = 1,
    cluster: str | None = None,
    students: Iterable[str] | None = None,
    only_judge: bool = False,
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

    Returns:
        One outcome per student, in order.

    Raises:
        ValueError: If ``jobs`` is below 1 or there is nothing to grade.
    """
    from tqdm.auto import tqdm

    if jobs < 1:
        raise ValueError(f"--jobs {jobs}: give a number of at least 1.")
    names = sorted(students) if students is not None else folder.submitters(assignment.name)
    if not names:
        raise ValueError(
            f"There is nothing to grade: no folder {folder.root}/submitted/*/{assignment.name}."
        )
    tasks = [
        (
            assignment.name,
            name,
            str(folder.root / "submitted" / name / assignment.name),
            str(folder.store),
            policy.to_json(),
            only_judge,
        )
        for name in names
    ]
    spread = _on_cluster(tasks, cluster) if cluster else _on_processes(tasks, jobs)
    outcomes = {
        outcome.student: outcome
        for outcome in tqdm(spread, total=len(tasks), desc="run and judge", unit="submission")
    }
    written = write_gradebook(
        assignment,
        [n for n in names if outcomes[n].score is not None],
        folder=folder,
        policy=policy,
    )
    return [
        replace(outcomes[name], score=None, problem=written[name])
        if name in written
        else outcomes[name]
        for name in names
    ]


def _on_processes(tasks: list[tuple], jobs: int) -> Iterator[Outcome]:
    if jobs == 1:
        for task in tasks:
            yield run_and_judge(*task)
        return
    from joblib import Parallel, delayed

    yield from Parallel(n_jobs=jobs, return_as="generator_unordered", batch_size=1)(
        delayed(run_and_judge)(*task) for task in tasks
    )


def _on_cluster(tasks: list[tuple], address: str) -> Iterator[Outcome]:
    try:
        from distributed import Client, as_completed
    except ImportError:
        raise ValueError(
            "--cluster needs Dask; install it with: pip install '.[cluster]'"
        ) from None
    with Client(address, timeout=30) as client:
        # Not pure: the same submission may be worth grading again. A worker that dies has its
        # task done by another.
        futures = [client.submit(run_and_judge, *task, pure=False, retries=3) for task in tasks]
        names = {future.key: task[1] for future, task in zip(futures, tasks, strict=True)}
        for future in as_completed(futures):
            if future.status == "finished":
                yield future.result()
            else:
                yield Outcome(names[future.key], None, f"The cluster lost it: {future.exception()}")


def write_gradebook(
    assignment: Assignment, students: list[str], *, folder: ClassFolder, policy: SandboxPolicy
) -> dict[str, str]:
    """Have nbgrader save marks and write ``autograded/`` for students whose runs are stored.

    Returns:
        Maps students that nbgrader could not write to the reason.
    """
    from tqdm.auto import tqdm

    failures: dict[str, str] = {}
    desk = _Desk(folder, policy)
    desk.require_assignment(assignment)
    for student in tqdm(students, desc="gradebook", unit="submission"):
        reason = desk.autograde(assignment, student)
        if reason:
            failures[student] = reason
    return failures


class _Desk:
    """nbgrader's own API on the course's configuration."""

    def __init__(self, folder: ClassFolder, policy: SandboxPolicy) -> None:
        from nbgrader.apps.api import NbGraderAPI
        from nbgrader.coursedir import CourseDirectory

        config = PyFileConfigLoader("nbgrader_config.py", path=str(COURSE_ROOT)).load_config()
        config.CourseDirectory.root = str(folder.root)
        config.CourseDirectory.db_url = f"sqlite:///{folder.root / 'gradebook.db'}"
        config.RunAndJudge.store = str(folder.store)
        config.RunAndJudge.accept_risk_without_wall = policy.isolation == "none"
        self._folder = folder
        self._api = NbGraderAPI(CourseDirectory(config=config), config=config)
        # Its messages are returned to us; on the screen they would break the progress bar.
        self._api.log.setLevel(logging.CRITICAL)

    def require_assignment(self, assignment: Assignment) -> None:
        with self._api.gradebook as gradebook:
            known = [one.name for one in gradebook.assignments]
        if assignment.name not in known:
            raise ValueError(
                f"The gradebook does not know {assignment.name}; run "
                f"`nbgrader generate_assignment {assignment.name}` first."
            )

    def autograde(self, assignment: Assignment, student: str) -> str:
        """Grade one submission into the gradebook; return the reason if that failed."""
        folder = self._folder.root / "submitted" / student / assignment.name
        if not any(folder.glob("*.ipynb")):
            # nbgrader passes over a folder without a notebook; this way it gets its page.
            (folder / f"{assignment.name}.ipynb").write_bytes(PLACEHOLDER)
        result = self._api.autograde(assignment.name, student, force=True, create=True)
        if result["success"]:
            return ""
        return " ".join((result.get("log") or result.get("error") or "no reason").split())[-500:]
