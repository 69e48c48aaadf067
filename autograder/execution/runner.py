"""Runs one repaired submission in a walled kernel and writes down what happened.

Everything here is on the trusted side. Of what the kernel sends or writes, only data is kept:
recorded JSON and npz files, pictures that cells displayed, names and texts of errors. Marks are
none of its business.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import msgspec
from nbformat import NotebookNode
from nbgrader import utils

from autograder.challenges.hooks import Hook, Plan, Watch
from autograder.challenges.rendering import Step, render
from autograder.course import question_of
from autograder.evidence.arrays import MAX_ARRAYS_BYTES
from autograder.evidence.reader import MAX_JSON_BYTES
from autograder.evidence.schema import CellRecord, CellStatus, Resources, RunRecord
from autograder.execution.cells import CellRunner
from autograder.execution.client import CappedClient
from autograder.execution.course_policy import course_policy
from autograder.execution.limits import RunLimits
from autograder.execution.pictures import PictureStore, displayed
from autograder.execution.suspicious_code import look_for_tampering
from autograder.sandbox import SandboxedKernel, SandboxError, SandboxPolicy, UnsafeFileError
from autograder.sandbox.manager import SandboxedKernelManager, sandboxed_kernel_manager
from autograder.verdict import Note, without_repeats

_RECORDER = Path(__file__).parent / "kernel" / "fresh_recorder.py"


@dataclass(frozen=True)
class _Surroundings:
    """What a notebook runs in; see :func:`run_notebook`."""

    folder: Path
    plan: Plan
    policy: SandboxPolicy
    limits: RunLimits
    inputs: Path | None


def run_notebook(
    notebook: NotebookNode,
    folder: Path,
    *,
    plan: Plan,
    policy: SandboxPolicy | None = None,
    limits: RunLimits | None = None,
    inputs: Path | None = None,
) -> None:
    """Run a notebook and leave its evidence in a folder (see ``autograder.evidence.reader``).

    Student errors, dead kernels and limits are part of the evidence and raise nothing.

    Args:
        notebook: A repaired submission. It is not changed.
        folder: Where the evidence goes; made if needed, and complete once ``run.json`` exists.
        plan: The assignment's hooks.
        policy: What the kernel may use.
        limits: Limits on time and output.
        inputs: Folder with further files of the submission, copied into the kernel's own.

    Raises:
        SandboxError: If no kernel could be started; nobody's fault but this machine's.
    """
    surroundings = _Surroundings(
        folder, plan, policy or course_policy(), limits or RunLimits(), inputs
    )
    failure: list[BaseException] = []

    def work() -> None:
        try:
            asyncio.run(_run(notebook, surroundings))
        except BaseException as error:  # handed to the caller below
            failure.append(error)

    # A thread with its own event loop: the caller may be a server that has one running already.
    thread = threading.Thread(target=work, name="run-notebook")
    thread.start()
    thread.join()
    if failure:
        raise failure[0]


async def _run(notebook: NotebookNode, surroundings: _Surroundings) -> None:
    folder = surroundings.folder
    for name in ("recorded", "pictures"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    code_cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    runner = await _Runner.start(surroundings)
    try:
        await runner.run(code_cells)
        sandbox_limits, resources = runner.report()
    finally:
        runner.close()
    resources.wall_seconds = time.monotonic() - started
    findings = look_for_tampering(code_cells)
    notes = [*map(Note, sandbox_limits), *runner.notes, *findings.notes]
    record = runner.record
    record.unanswered = _unanswered(code_cells)
    record.tampering = list(findings.tampering)
    record.notes = list(without_repeats(notes))
    record.resources = resources
    # Last and at one stroke: a folder with a run.json is a complete run.
    partial = folder / "run.json.part"
    partial.write_bytes(msgspec.json.format(msgspec.json.encode(record), indent=1))
    partial.replace(folder / "run.json")


class _Runner:
    """Runs the cells of a notebook, with the hooks between them; ``start`` makes one.

    Args:
        surroundings: What the notebook runs in.
        client: Connected to the kernel.
        sandbox: The kernel.

    Attributes:
        record: What is written down about the run.
    """

    def __init__(
        self, surroundings: _Surroundings, client: CappedClient, sandbox: SandboxedKernel
    ) -> None:
        self.record = RunRecord(challenge=secrets.token_hex(16))
        self._folder = surroundings.folder
        self._plan = surroundings.plan
        self._outputs = surroundings.policy.outputs
        self._client = client
        self._sandbox = sandbox
        self._cells = CellRunner(client, sandbox, surroundings.limits)
        self._pictures = PictureStore(surroundings.folder / "pictures")
        self._watch: Watch | None = None
        self._displayed: dict[str, list[bytes]] = {}

    @classmethod
    async def start(cls, surroundings: _Surroundings) -> _Runner:
        """Start a kernel and return what runs cells in it.

        Raises:
            SandboxError: If no kernel could be started.
        """
        manager = sandboxed_kernel_manager(surroundings.policy, surroundings.inputs)
        client = CappedClient(manager, surroundings.limits)
        try:
            await client.async_start_new_kernel()
            await client.async_start_new_kernel_client()
            return cls(surroundings, client, manager.sandbox)
        except BaseException:
            _close(client, manager)
            raise

    @property
    def notes(self) -> list[Note]:
        """What went wrong."""
        return self._cells.notes

    def report(self) -> tuple[list[str], Resources]:
        """Return a sentence for each limit of the kernel that was reached, and what it has used."""
        limits: list[str] = []
        resources = Resources()
        with contextlib.suppress(SandboxError):
            limits = self._sandbox.limit_report()
        with contextlib.suppress(SandboxError):
            use = self._sandbox.use(memory=True)
            resources = Resources(
                cpu_seconds=use.cpu_seconds,
                peak_memory=use.peak_memory,
                private_memory=use.private,
            )
        return limits, resources

    def close(self) -> None:
        """End the kernel."""
        manager = self._client.km
        assert isinstance(manager, SandboxedKernelManager)
        _close(self._client, manager)

    async def run(self, cells: list[NotebookNode]) -> None:
        """Run code cells in order, until something stops the notebook."""
        for number, cell in enumerate(cells):
            grade_id: str | None = cell.metadata.get("nbgrader", {}).get("grade_id")
            record = self.record.cells.setdefault(grade_id or f"cell {number + 1}", CellRecord())
            if self._cells.stopped:
                continue
            if grade_id is None:
                await self._run_cell(cell, f"code cell number {number + 1}", record)
            else:
                await self._run_known_cell(cell, grade_id, record)
        self.record.stopped = self._cells.stopped

    async def _run_known_cell(self, cell: NotebookNode, grade_id: str, record: CellRecord) -> None:
        """Run a cell that the release has, with the hooks at its place."""
        if self._watch and self._watch.until == grade_id:
            self._watch = None
        grade = cell.metadata.nbgrader.get("grade")
        question = question_of(grade_id)
        await self._run_hooks("before", grade_id)
        if grade and not self._cells.stopped:
            await self._cells.run(self._recorder(question), "the grader's own step", CellRecord())
        watches = (watch for watch in self._plan.watches if watch.cell == grade_id)
        self._watch = next(watches, self._watch)
        await self._run_cell(cell, f"the cell {grade_id}", record)
        if grade:
            self._fetch(question)
        await self._run_hooks("after", grade_id)

    async def _run_cell(self, cell: NotebookNode, where: str, record: CellRecord) -> None:
        outputs = await self._cells.run(cell.source, where, record)
        if self._watch:
            pictures = self._displayed.setdefault(self._watch.cell, [])
            pictures.extend(displayed(outputs))
            self._keep_pictures(self._watch.cell, pictures)

    async def _run_hooks(self, when: str, cell: str) -> None:
        for hook in self._plan.at(when, cell):
            if self._cells.stopped:
                return
            await self._run_hook(hook)

    async def _run_hook(self, hook: Hook) -> None:
        record = CellRecord()
        code = self._recorder(*hook.records) + hook.code(self.record.challenge)
        outputs = await self._cells.run(code, f"the grader's step {hook.name}", record)
        if record.status is not CellStatus.OK:
            self.record.hook_errors[hook.name] = record.error or record.status
        if hook.pictures:
            self._keep_pictures(hook.name, displayed(outputs))
        for name in hook.records:
            self._fetch(name)

    def _recorder(self, *names: str) -> str:
        """Return code that gives the kernel an untouched recorder which knows this run's challenge.

        Args:
            names: What is recorded next; no code if there is nothing.
        """
        if not names:
            return ""
        arguments = {"challenge": self.record.challenge, "names": list(names)}
        return render([Step(_RECORDER, arguments)])

    def _fetch(self, name: str) -> None:
        for ending, most in ((".json", MAX_JSON_BYTES), (".npz", MAX_ARRAYS_BYTES)):
            try:
                content = self._sandbox.read_file(f"{self._outputs}/{name}{ending}", most)
            except FileNotFoundError:
                continue
            except UnsafeFileError as error:
                self.notes.append(Note(f"The record of {name} was refused: {error}"))
                continue
            (self._folder / "recorded" / f"{name}{ending}").write_bytes(content)

    def _keep_pictures(self, name: str, pictures: list[bytes]) -> None:
        sentence = self._pictures.keep(name, pictures)
        if sentence:
            self.notes.append(Note(sentence))


def _close(client: CappedClient, manager: SandboxedKernelManager) -> None:
    with contextlib.suppress(Exception):
        if client.kc is not None:
            client.kc.stop_channels()
    with contextlib.suppress(RuntimeError):
        manager.sandbox.close()


def _unanswered(cells: list[NotebookNode]) -> list[str]:
    """Return the questions whose cells are all as they were handed out.

    Cells that the student has added before a question's grade cell count as an answer to it.
    """
    unanswered: list[str] = []
    tasks, answers = 0, 0
    for cell in cells:
        nbgrader = cell.metadata.get("nbgrader", {})
        if nbgrader.get("grade"):
            if tasks and not answers:
                unanswered.append(question_of(nbgrader["grade_id"]))
            tasks, answers = 0, 0
        elif nbgrader.get("solution"):
            tasks += 1
            answers += nbgrader.get("checksum") != utils.compute_checksum(cell)
        elif not nbgrader:
            answers += bool(cell.source.strip())
    return unanswered
