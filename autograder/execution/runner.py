"""Runs one repaired submission in a walled kernel and writes down what happened.

Everything here is on the trusted side. Of what the kernel sends or writes, only data is kept:
recorded JSON and npz files, pictures that cells displayed, names and texts of errors. Marks are
none of its business.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import logging
import re
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbclient
import psutil
from nbclient.exceptions import (
    CellExecutionComplete,
    CellExecutionError,
    CellTimeoutError,
    DeadKernelError,
)
from nbformat import NotebookNode
from nbgrader import utils

from autograder.challenges.hooks import Probe, ProbePlan
from autograder.challenges.markers import decode_picture, embedded_pictures, load_picture
from autograder.evidence.reader import MAX_ARRAYS_BYTES, MAX_JSON_BYTES, one_line
from autograder.execution.suspicious_code import look_for_tampering
from autograder.sandbox import (
    SandboxError,
    SandboxPolicy,
    UnsafeFileError,
    explain_error,
)
from autograder.sandbox.manager import SandboxedKernelManager, sandboxed_kernel_manager

_client_log = logging.getLogger(f"{__name__}.client")
_client_log.setLevel(logging.CRITICAL)  # dead kernels and errors are evidence, not log messages

FORMAT = 1
_MAX_PICTURES = 40
_MAX_GROWTH = 2**30  # bytes of this process; an honest run takes a tenth of it
# Looking for sentinels takes three seconds and 100 MB per million pixels if they are made for it.
_MAX_SIDE = 1600
_MAX_PIXELS = 12_000_000
_OUTPUT_SECONDS = 30  # how long a cell's output may come after its end


@dataclass(frozen=True, kw_only=True)
class RunLimits:
    """Limits that the runner keeps itself; those of the kernel are in ``SandboxPolicy``.

    Attributes:
        cell_seconds: Longest time for one cell. It is then interrupted, and the notebook goes on.
        notebook_seconds: Longest time for the whole notebook.
        grace_seconds: How long a cell may take to obey an interrupt before its kernel is ended.
        output_bytes: Most output of one cell; the cell is interrupted beyond it.
    """

    cell_seconds: float = 180.0
    notebook_seconds: float = 600.0
    grace_seconds: float = 5.0
    output_bytes: int = 16 * 2**20

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            ValueError: If one is not positive.
        """
        for name, value in vars(self).items():
            if value <= 0:
                raise ValueError(f"{name} is {value}; give a number above zero.")


@dataclass
class _CellRecord:
    status: str = "not run"
    error: str | None = None
    seconds: float = 0.0


@dataclass
class _RunState:
    cells: dict[str, _CellRecord] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    probe_errors: dict[str, str] = field(default_factory=dict)
    stopped: str | None = None


def run_notebook(
    notebook: NotebookNode,
    folder: Path,
    *,
    plan: ProbePlan,
    policy: SandboxPolicy | None = None,
    limits: RunLimits | None = None,
    inputs: Path | None = None,
) -> None:
    """Run a notebook and leave its evidence in a folder (see ``autograder.evidence.reader``).

    Student errors, dead kernels and limits are part of the evidence and raise nothing.

    Args:
        notebook: A repaired submission. It is not changed.
        folder: Where the evidence goes; made if needed, and complete once ``run.json`` exists.
        plan: The assignment's probes.
        policy: What the kernel may use.
        limits: Limits on time and output.
        inputs: Folder with further files of the submission, copied into the kernel's own.

    Raises:
        SandboxError: If no kernel could be started; nobody's fault but this machine's.
    """
    failure: list[BaseException] = []

    def work() -> None:
        try:
            runner = _Runner(notebook, folder, plan, policy, limits, inputs)
            asyncio.run(runner.run())
        except BaseException as error:  # handed to the caller below
            failure.append(error)

    # A thread with its own event loop: the caller may be a server that has one running already.
    thread = threading.Thread(target=work, name="run-notebook")
    thread.start()
    thread.join()
    if failure:
        raise failure[0]


class _CappedClient(nbclient.NotebookClient):
    """An nbclient that stops taking in output after a number of bytes per cell."""

    def __init__(self, *args: Any, most: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.most = most
        self.taken = 0

    @property
    def flooded(self) -> bool:
        return self.taken > self.most

    def process_message(
        self, msg: dict[str, Any], cell: NotebookNode, cell_index: int
    ) -> NotebookNode | None:
        kind = msg["msg_type"]
        if kind != "status":  # by which the end of the cell is known
            self.taken += len(repr(msg["content"]))
            if self.flooded or kind.startswith("comm"):  # widgets have no part in grading
                return None
        try:
            return super().process_message(msg, cell, cell_index)
        except CellExecutionComplete:
            raise
        except Exception:  # a student's kernel may leave out of its messages what it likes
            return None


class _Runner:
    def __init__(
        self,
        notebook: NotebookNode,
        folder: Path,
        plan: ProbePlan,
        policy: SandboxPolicy | None,
        limits: RunLimits | None,
        inputs: Path | None,
    ) -> None:
        self.cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        self.folder = folder
        self.plan = plan
        self.policy = policy or SandboxPolicy()
        self.limits = limits or RunLimits()
        self.inputs = inputs
        self.challenge = secrets.token_hex(16)
        self.state = _RunState()
        self.pixels: dict[str, int] = {}
        self.scratch = NotebookNode(cells=[], metadata=NotebookNode(), nbformat=4, nbformat_minor=5)
        self.process = psutil.Process()  # made once: it is asked many times a second

    async def run(self) -> None:
        for name in ("recorded", "pictures"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        started = time.monotonic()
        self.deadline = started + self.limits.notebook_seconds
        self.memory_at_start = self.process.memory_info().rss
        self.manager: SandboxedKernelManager = sandboxed_kernel_manager(self.policy, self.inputs)
        self.client = _CappedClient(
            self.scratch,
            km=self.manager,
            allow_errors=True,
            timeout=None,
            startup_timeout=120,
            # Its default of 4 seconds loses the pictures of a cell when the machine pauses as long.
            iopub_timeout=_OUTPUT_SECONDS,
            raise_on_iopub_timeout=True,
            store_widget_state=False,
            most=self.limits.output_bytes,
            # Its default is the logger of the whole application, such as nbgrader's.
            log=_client_log,
        )
        self.client.reset_execution_trackers()
        resources: dict[str, Any] = {}
        sandbox_limits: list[str] = []
        try:
            await self.client.async_start_new_kernel()
            await self.client.async_start_new_kernel_client()
            try:
                await self._run_cells()
            finally:
                with contextlib.suppress(SandboxError):
                    sandbox_limits = self.manager.sandbox.limit_report()
                with contextlib.suppress(SandboxError):
                    use = self.manager.sandbox.use(memory=True)
                    resources = {
                        "cpu_seconds": use.cpu_seconds,
                        "peak_memory": use.peak_memory,
                        "private_memory": use.private,
                    }
        finally:
            with contextlib.suppress(Exception):
                if self.client.kc is not None:
                    self.client.kc.stop_channels()
            with contextlib.suppress(RuntimeError):
                self.manager.sandbox.close()
        resources["wall_seconds"] = time.monotonic() - started
        findings = look_for_tampering(self.cells)
        problems = [*sandbox_limits, *self.state.problems, *findings.notes]
        self._write(
            {
                "format": FORMAT,
                "challenge": self.challenge,
                "cells": {name: vars(record) for name, record in self.state.cells.items()},
                "stopped": self.state.stopped,
                "unanswered": _unanswered(self.cells),
                "tampering": findings.tampering,
                "problems": list(dict.fromkeys(problems)),
                "probe_errors": self.state.probe_errors,
                "resources": resources,
            }
        )

    def _write(self, content: dict[str, Any]) -> None:
        # Last and at one stroke: a folder with a run.json is a complete run.
        partial = self.folder / "run.json.part"
        partial.write_text(json.dumps(content, indent=1), encoding="utf-8")
        partial.replace(self.folder / "run.json")

    async def _run_cells(self) -> None:
        watching: tuple[str, str] | None = None
        shown: dict[str, list[bytes]] = {}
        for number, cell in enumerate(self.cells):
            grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
            name = grade_id or f"cell {number + 1}"
            record = self.state.cells.setdefault(name, _CellRecord())
            if self.state.stopped:
                continue
            if watching and watching[1] == name:
                watching = None
            if grade_id:
                await self._probe("before", grade_id)
                if cell.metadata.nbgrader.get("grade") and not self.state.stopped:
                    recorder = self._recorder(_recorded_name(grade_id))
                    await self._execute(recorder, _CellRecord(), "the grader's own step")
                watching = next(
                    ((w.cell, w.until) for w in self.plan.watches if w.cell == grade_id), watching
                )
            where = f"the cell {name}" if grade_id else f"code cell number {number + 1}"
            outputs = await self._execute(cell.source, record, where)
            if watching:
                shown.setdefault(watching[0], []).extend(_displayed(outputs))
                self._keep_pictures(watching[0], shown[watching[0]])
            if grade_id:
                if cell.metadata.nbgrader.get("grade"):
                    self._fetch(_recorded_name(grade_id))
                await self._probe("after", grade_id)

    async def _probe(self, when: str, cell: str) -> None:
        for probe in self.plan.at(when, cell):
            if self.state.stopped:
                return
            await self._run_probe(probe)

    async def _run_probe(self, probe: Probe) -> None:
        record = _CellRecord()
        code = self._recorder(*probe.records) + probe.code(self.challenge)
        outputs = await self._execute(code, record, f"the grader's step {probe.name}")
        if record.status != "ok":
            self.state.probe_errors[probe.name] = record.error or record.status
        if probe.pictures:
            self._keep_pictures(probe.name, _displayed(outputs))
        for name in probe.records:
            self._fetch(name)

    def _recorder(self, *names: str) -> str:
        """Return code that gives the kernel an untouched recorder which knows this run's challenge.

        Args:
            names: What is recorded next; no code if there is nothing.
        """
        if not names:
            return ""
        return f"""
def _grading_recorder():
    import importlib, os, sys
    import gan_helpers
    for name in list(sys.modules):
        if name.startswith(("gan_helpers.evidence", "gan_helpers._evidence")):
            del sys.modules[name]
    gan_helpers.evidence = importlib.import_module("gan_helpers.evidence")
    gan_helpers.evidence.challenge = {self.challenge!r}
    globals()["evidence"] = gan_helpers.evidence
    for name in {names!r}:
        for ending in (".json", ".npz"):
            path = os.path.join(os.environ["GAN_HELPERS_EVIDENCE"], name + ending)
            if os.path.lexists(path):
                os.remove(path)
_grading_recorder()
del _grading_recorder
"""

    def _fetch(self, name: str) -> None:
        for ending, most in ((".json", MAX_JSON_BYTES), (".npz", MAX_ARRAYS_BYTES)):
            try:
                content = self.manager.sandbox.read_file(f"evidence/{name}{ending}", most)
            except FileNotFoundError:
                continue
            except UnsafeFileError as error:
                self.state.problems.append(f"The record of {name} was refused: {error}")
                continue
            (self.folder / "recorded" / f"{name}{ending}").write_bytes(content)

    def _keep_pictures(self, cell: str, pictures: list[bytes]) -> None:
        for number, content in enumerate(pictures[:_MAX_PICTURES]):
            path = self.folder / "pictures" / f"{cell}_{number:03d}.png"
            if path.exists():
                continue
            try:
                picture = load_picture(content)
            except ValueError:
                continue
            picture.thumbnail((_MAX_SIDE, _MAX_SIDE))
            self.pixels[cell] = self.pixels.get(cell, 0) + picture.width * picture.height
            if self.pixels[cell] > _MAX_PIXELS:
                self.state.problems.append(
                    f"The pictures of {cell} are very large; only the first {number} were kept."
                )
                return
            # Written anew, so that nothing but pixels is kept.
            buffer = io.BytesIO()
            picture.convert("RGBA" if "A" in picture.getbands() else "RGB").save(buffer, "PNG")
            path.write_bytes(buffer.getvalue())

    async def _execute(self, source: str, record: _CellRecord, where: str) -> list[NotebookNode]:
        """Run one cell, within the limits, and fill its record; ``where`` names it in sentences."""
        cell = _code_cell(source)
        self.scratch.cells = [cell]
        self.client.taken = 0
        # A display that a later cell updates is a cell that is no longer there.
        self.client.reset_execution_trackers()
        started = time.monotonic()
        limit = min(self.limits.cell_seconds, self.deadline - started)
        watchdog = asyncio.ensure_future(self._watch(limit))
        try:
            await self.client.async_execute_cell(cell, 0, store_history=False)
            record.status = "ok"
        except CellTimeoutError:
            record.status = "error"
            record.error = f"its output did not arrive within {_OUTPUT_SECONDS} seconds of its end"
            self.state.problems.append(
                f"INSTRUCTOR: the kernel ended {where}, but its output did not arrive; run this "
                "submission again (grade --run-again) unless it meddles with the kernel."
            )
        except CellExecutionError as error:
            record.status = "error"
            record.error = one_line(str(error))
        except (DeadKernelError, RuntimeError):
            # nbclient raises a plain RuntimeError when the channel itself has gone.
            self._kernel_died(record, where)
        except Exception as error:
            # Forged messages make nbclient and jupyter_client raise almost anything. This run is
            # spoilt by it, and no other may be.
            record.status = "unreadable"
            self.state.stopped = f"the kernel's messages could not be read in {where}"
            self.state.problems.append(
                f"In {where} the kernel sent messages that cannot be read "
                f"({type(error).__name__}); the notebook was ended there."
            )
        finally:
            watchdog.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                verdict = await watchdog
                if verdict:
                    record.status = verdict
        record.seconds = round(time.monotonic() - started, 3)
        self._read_error(cell, record, where)
        if record.status == "too slow":
            self.state.problems.append(
                f"{_capitalised(where)} was interrupted after {limit:.0f} seconds; it was still "
                "running."
            )
        if record.status == "too much output":
            self.state.problems.append(
                f"{_capitalised(where)} was interrupted because of its output of more than "
                f"{self.limits.output_bytes // 2**20} MiB."
            )
        if time.monotonic() > self.deadline and not self.state.stopped:
            self.state.stopped = "the notebook took too long as a whole"
            self.state.problems.append(
                f"The notebook was ended after {self.limits.notebook_seconds:.0f} seconds, in "
                f"{where}."
            )
        return cell.outputs

    async def _watch(self, limit: float) -> str:
        """Interrupt a cell that runs or writes for too long; end its kernel if it goes on."""
        verdict = ""
        end = time.monotonic() + limit
        try:
            while time.monotonic() < end and not self.client.flooded:
                await asyncio.sleep(0.05)
                # A message in many parts, or one that belongs to no cell, is counted nowhere else.
                if self.process.memory_info().rss > self.memory_at_start + _MAX_GROWTH:
                    await asyncio.to_thread(self.manager.sandbox.kill)
                    verdict = "too much output"
                    await asyncio.sleep(self.limits.grace_seconds)
                    return verdict
            verdict = "too much output" if self.client.flooded else "too slow"
            self.manager.sandbox.interrupt()
            await asyncio.sleep(self.limits.grace_seconds)
            await asyncio.to_thread(self.manager.sandbox.kill)
            await asyncio.sleep(self.limits.grace_seconds)
        except asyncio.CancelledError:
            return verdict
        return verdict

    def _kernel_died(self, record: _CellRecord, where: str) -> None:
        record.status = "kernel died"
        reasons: list[str] = []
        with contextlib.suppress(SandboxError):
            reasons = self.manager.sandbox.limit_report()
        because = f" {' '.join(reasons)}" if reasons else ""
        self.state.stopped = f"the kernel ended in {where}"
        self.state.problems.append(f"The kernel ended in {where}.{because}")

    def _read_error(self, cell: NotebookNode, record: _CellRecord, where: str) -> None:
        error = next((o for o in cell.outputs if o.output_type == "error"), None)
        if error is None or record.status not in ("ok", "error"):
            return
        title, text = one_line(str(error.ename), 80), one_line(str(error.evalue))
        record.status = "error"
        record.error = f"{title}: {text}" if text else title
        explained = explain_error(title, text, self.policy)
        if explained:
            self.state.problems.append(f"In {where}: {explained}")


def _code_cell(source: str) -> NotebookNode:
    """Return a cell to run, without nbformat's check of it, which takes longer than most probes."""
    return NotebookNode(
        cell_type="code", source=source, metadata=NotebookNode(), outputs=[], execution_count=None
    )


def _capitalised(words: str) -> str:
    return words[:1].upper() + words[1:]


def _unanswered(cells: list[NotebookNode]) -> list[str]:
    """Return the questions whose cells are all as they were handed out.

    Cells of the student's own before a question's grade cell count as an answer to it.
    """
    found: list[str] = []
    tasks, answers = 0, 0
    for cell in cells:
        nbgrader = cell.metadata.get("nbgrader", {})
        if nbgrader.get("grade"):
            if tasks and not answers:
                found.append(_recorded_name(nbgrader["grade_id"]))
            tasks, answers = 0, 0
        elif nbgrader.get("solution"):
            tasks += 1
            answers += nbgrader.get("checksum") != utils.compute_checksum(cell)
        elif not nbgrader:
            answers += bool(cell.source.strip())
    return found


def _recorded_name(grade_id: str) -> str:
    return re.sub(r"_check$", "", grade_id)


def _displayed(outputs: list[NotebookNode]) -> list[bytes]:
    """Return the PNG and JPEG pictures that outputs show, in order."""
    return [picture for output in outputs for picture in _pictures_of(output)]


def _pictures_of(output: NotebookNode) -> Iterator[bytes]:
    data = output.get("data", {})
    for kind in ("text/html", "text/markdown", "image/svg+xml"):
        # A picture inside HTML is what the reader sees; the other forms are then fallbacks.
        text = data.get(kind)
        embedded = embedded_pictures(text) if isinstance(text, str) else []
        if embedded:
            yield from embedded
            return
    for kind in ("image/png", "image/jpeg"):
        if isinstance(data.get(kind), str):
            yield decode_picture(data[kind])
            return
