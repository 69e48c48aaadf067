"""Runs one cell after the other in a sandboxed kernel, each within the limits."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass
from typing import Any

import psutil
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from autograder.evidence.schema import CellRecord, CellStatus
from autograder.evidence.unmet import one_line
from autograder.execution.client import CappedClient
from autograder.execution.limits import KernelTime, KernelTimer, RunLimits
from autograder.sandbox import KernelUse, SandboxedKernel, SandboxError, explain_error
from autograder.verdict import Audience, Note

_MOST_GROWTH = 2**30  # bytes of this process; an honest run takes a tenth of it
_LOOK_SECONDS = 0.05
_USE_SECONDS = 0.2  # between two questions for what the kernel has used


@dataclass(frozen=True)
class Interruption:
    """Why a cell was interrupted.

    Attributes:
        status: What its record says.
        after: After what, in words.
    """

    status: CellStatus
    after: str


class CellRunner:
    """Runs the cells of one notebook.

    Args:
        client: Connected to the kernel.
        sandbox: The kernel.
        limits: Limits on time and output.

    Attributes:
        notes: What went wrong.
        stopped: Why the notebook was ended early, if it was.
    """

    def __init__(self, client: CappedClient, sandbox: SandboxedKernel, limits: RunLimits) -> None:
        self.notes: list[Note] = []
        self.stopped: str | None = None
        self._client = client
        self._sandbox = sandbox
        self._limits = limits
        self._spent = KernelTime()
        self._last_use = KernelUse()
        self._process = psutil.Process()  # made once: it is asked many times a second
        self._memory_at_start = self._process.memory_info().rss

    async def run(self, source: str, where: str, record: CellRecord) -> list[NotebookNode]:
        """Run one cell within the limits and return its outputs.

        Args:
            source: Its code.
            where: Its name in sentences.
            record: How it ended is written here.
        """
        cell = _code_cell(source)
        started = time.monotonic()
        timer = KernelTimer(await self._use())
        watchdog = asyncio.ensure_future(self._watch(timer))
        try:
            await self._execute(cell, where, record)
        finally:
            watchdog.cancel()
            interruption = None
            with contextlib.suppress(asyncio.CancelledError):
                interruption = await watchdog
        timer.look(await self._use())
        self._spent += timer.time
        record.seconds = round(time.monotonic() - started, 3)
        if interruption is not None:
            record.status = interruption.status
        outputs: list[NotebookNode] = cell.outputs
        self._read_error(outputs, where, record)
        self._stop_at_the_limit(interruption, where)
        return outputs

    async def _execute(self, cell: NotebookNode, where: str, record: CellRecord) -> None:
        try:
            await self._client.execute_alone(cell)
            record.status = CellStatus.OK
            if self._client.exiting:
                # How far a kernel comes that ends itself depends on the machine.
                await asyncio.to_thread(self._sandbox.kill)
                self._kernel_died(where, record)
        except CellTimeoutError:
            record.status = CellStatus.ERROR
            seconds = f"{self._limits.output_seconds:g} seconds"
            record.error = f"its output did not arrive within {seconds} of its end"
            self._note(
                f"the kernel ended {where}, but its output did not arrive; run this submission "
                "again (grade --run-again) unless it meddles with the kernel.",
                Audience.INSTRUCTOR,
            )
        except CellExecutionError as error:
            record.status = CellStatus.ERROR
            record.error = one_line(str(error))
        except (DeadKernelError, RuntimeError):
            # nbclient raises a plain RuntimeError when the channel itself has gone.
            self._kernel_died(where, record)
        except Exception as error:
            # Forged messages make nbclient and jupyter_client raise almost anything. This run is
            # spoilt by it, and no other may be.
            record.status = CellStatus.UNREADABLE
            self.stopped = f"the kernel's messages could not be read in {where}"
            self._note(
                f"In {where} the kernel sent messages that cannot be read "
                f"({type(error).__name__}); the notebook was ended there."
            )

    def _kernel_died(self, where: str, record: CellRecord) -> None:
        record.status = CellStatus.KERNEL_DIED
        reasons: list[str] = []
        with contextlib.suppress(SandboxError):
            reasons = self._sandbox.limit_report()
        because = f" {' '.join(reasons)}" if reasons else ""
        self.stopped = f"the kernel ended in {where}"
        self._note(f"The kernel ended in {where}.{because}")

    def _read_error(self, outputs: list[NotebookNode], where: str, record: CellRecord) -> None:
        error = next((output for output in outputs if output.output_type == "error"), None)
        if error is None or record.status not in (CellStatus.OK, CellStatus.ERROR):
            return
        title, text = one_line(str(error.ename), 80), one_line(str(error.evalue))
        record.status = CellStatus.ERROR
        record.error = f"{title}: {text}" if text else title
        explanation = explain_error(title, text, self._sandbox.policy)
        if explanation:
            self._note(f"In {where}: {explanation}")

    def _stop_at_the_limit(self, interruption: Interruption | None, where: str) -> None:
        """Say what was interrupted, and end the notebook if its time is over."""
        over = self._spent.reached(self._limits.notebook)
        if interruption is not None and interruption.status is CellStatus.TOO_MUCH_OUTPUT:
            self._note(f"{_capitalised(where)} was interrupted because of {interruption.after}.")
        elif interruption is not None and over is None:
            self._note(
                f"{_capitalised(where)} was interrupted after {interruption.after}; it was still "
                "running."
            )
        if over is not None and not self.stopped:
            self.stopped = "the notebook took too long as a whole"
            self._note(f"The notebook was ended after {over}, in {where}.")

    # -- watching ---------------------------------------------------------------------------------

    async def _watch(self, timer: KernelTimer) -> Interruption | None:
        """Interrupt a cell that runs or writes for too long; end its kernel if it goes on."""
        interruption: Interruption | None = None
        looking: asyncio.Task[Any] = asyncio.ensure_future(self._keep_looking(timer))
        try:
            while (interruption := self._reason_to_interrupt(timer.time)) is None:
                await asyncio.sleep(_LOOK_SECONDS)
            if not self._overfull():
                before = timer.time
                self._sandbox.interrupt()
                while not (timer.time - before).reached(self._limits.grace):
                    await asyncio.sleep(_LOOK_SECONDS)
            await asyncio.to_thread(self._sandbox.kill)
        except asyncio.CancelledError:  # the cell has come to its end
            return interruption
        finally:
            looking.cancel()
        return interruption

    def _reason_to_interrupt(self, spent: KernelTime) -> Interruption | None:
        if self._client.flooded or self._overfull():
            size = f"its output of more than {self._limits.output_bytes // 2**20} MiB"
            return Interruption(CellStatus.TOO_MUCH_OUTPUT, size)
        over = spent.reached(self._limits.cell)
        if over is None:
            over = (self._spent + spent).reached(self._limits.notebook)
        return Interruption(CellStatus.TOO_SLOW, over) if over else None

    def _overfull(self) -> bool:
        """Return whether this process has grown too much, over messages that no cell counts.

        Such are a message in many parts, and one that belongs to no cell.
        """
        growth: int = self._process.memory_info().rss - self._memory_at_start
        return growth > _MOST_GROWTH

    async def _keep_looking(self, timer: KernelTimer) -> None:
        """Keep the timer up to date; apart from the watch, which must not wait for an answer."""
        while True:
            timer.look(await self._use())
            await asyncio.sleep(_USE_SECONDS)

    async def _use(self) -> KernelUse:
        with contextlib.suppress(SandboxError):  # its supervisor has ended
            self._last_use = await asyncio.to_thread(self._sandbox.use)
        return self._last_use

    def _note(self, sentence: str, audience: Audience = Audience.EVERYONE) -> None:
        self.notes.append(Note(sentence, audience))


def _code_cell(source: str) -> NotebookNode:
    """Return a cell to run, without nbformat's check of it, which takes longer than most hooks."""
    return NotebookNode(
        cell_type="code",
        source=source,
        metadata=NotebookNode(),
        outputs=[],
        execution_count=None,
    )


def _capitalised(words: str) -> str:
    return words[:1].upper() + words[1:]
