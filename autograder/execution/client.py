"""The nbclient that talks to an untrusted kernel."""

from __future__ import annotations

import logging
from typing import Any

import nbclient
from nbclient.exceptions import CellExecutionComplete
from nbformat import NotebookNode

from autograder.execution.limits import RunLimits
from autograder.sandbox.manager import SandboxedKernelManager

_log = logging.getLogger(__name__)
_log.setLevel(logging.CRITICAL)  # dead kernels and errors are evidence, not log messages


class CappedClient(nbclient.NotebookClient):
    """An nbclient that stops taking in output after a number of bytes per cell.

    Args:
        manager: The kernel's manager.
        limits: With the number of bytes, and how long outputs may come after a cell's end.
    """

    def __init__(self, manager: SandboxedKernelManager, limits: RunLimits) -> None:
        notebook = NotebookNode(
            cells=[],
            metadata=NotebookNode(),
            nbformat=4,
            nbformat_minor=5,
        )
        super().__init__(
            notebook,
            km=manager,
            allow_errors=True,
            timeout=None,
            startup_timeout=int(manager.policy.start_seconds),
            # Its default of 4 seconds loses the pictures of a cell when the machine pauses as long.
            iopub_timeout=limits.output_seconds,
            raise_on_iopub_timeout=True,
            store_widget_state=False,
            on_cell_executed=self._read_reply,
            # Its default is the logger of the whole application, such as nbgrader's.
            log=_log,
        )
        self._most = limits.output_bytes
        self._taken = 0
        self._exiting = False

    @property
    def exiting(self) -> bool:
        """Whether the present cell has asked for the end of the kernel, as ``quit()`` does."""
        return self._exiting

    @property
    def flooded(self) -> bool:
        """Whether the present cell has written more than is taken in."""
        return self._taken > self._most

    async def execute_alone(self, cell: NotebookNode) -> None:
        """Run a cell as if it were the only one of the notebook.

        Raises:
            CellTimeoutError: If its output does not come to an end after the cell has.
            CellExecutionError: If nbclient takes it for an error that ends the notebook.
            DeadKernelError: If the kernel ends.
            RuntimeError: If its channel does.
            Exception: If the kernel forges messages; almost any other.
        """
        self.nb.cells = [cell]
        self._taken = 0
        self._exiting = False
        # A display that a later cell updates is a cell that is no longer there.
        self.reset_execution_trackers()
        await self.async_execute_cell(cell, 0, store_history=False)

    def _read_reply(self, *, execute_reply: dict[str, Any], **_: Any) -> None:
        payload = execute_reply["content"].get("payload", [])
        self._exiting = any(item.get("source") == "ask_exit" for item in payload)

    def process_message(
        self, msg: dict[str, Any], cell: NotebookNode, cell_index: int
    ) -> NotebookNode | None:
        """Take in a message of the kernel, if there is still room for it."""
        kind = msg["msg_type"]
        if kind != "status":  # by which the end of the cell is known
            self._taken += len(repr(msg["content"]))
            if self.flooded or kind.startswith("comm"):  # widgets have no part in grading
                return None
        try:
            return super().process_message(msg, cell, cell_index)
        except CellExecutionComplete:
            raise
        except Exception:  # a student's kernel may leave out of its messages what it likes
            return None
