"""The trusted side of a kernel: ask for it, look after it, read what it has left."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import secrets
import select
import signal
import socket
import threading
import weakref
from pathlib import Path
from typing import Any

from autograder.sandbox import kernel, syscalls
from autograder.sandbox.files import KernelFiles
from autograder.sandbox.launcher import SandboxError, connect_to_server, server_log
from autograder.sandbox.policy import SandboxPolicy
from autograder.sandbox.usage import KernelReport, KernelUse

_ANSWER_SECONDS = 30  # more than the supervisor waits for the kernel, so that it can say why


@dataclasses.dataclass(frozen=True)
class _Handles:
    """What the trusted side holds of a kernel that has been started.

    Attributes:
        connection: To the kernel's supervisor, which ends the kernel when it is closed.
        init: Process id of the kernel's init process.
        work: The working folder, open.
        sockets: The folder of the channels, open.
        init_handle: Process handle of the init process.
        kernel_handle: Process handle of the kernel's main process.
    """

    connection: socket.socket
    init: int
    work: int
    sockets: int
    init_handle: int
    kernel_handle: int

    def release(self) -> None:
        """Hang up, upon which the supervisor ends the kernel, and close the open files."""
        self.connection.close()
        for file in (self.work, self.sockets, self.init_handle, self.kernel_handle):
            os.close(file)


class SandboxedKernel:
    """One kernel behind the wall, from its start to its end.

    Use it as a context manager, or call ``start`` and ``close``. Between the kernel's end and
    ``close`` its files, use and limits can still be read.

    Args:
        policy: What the kernel may use.
        workdir: Folder whose regular files are copied into the kernel's own working folder before
            the start. The kernel never sees or changes the folder itself.
    """

    def __init__(self, policy: SandboxPolicy | None = None, workdir: Path | None = None) -> None:
        self.policy = policy or SandboxPolicy()
        self.workdir = workdir
        self.key = secrets.token_hex(16)
        self._handles: _Handles | None = None
        self._release: weakref.finalize[Any, SandboxedKernel] | None = None
        self._lock = threading.Lock()
        self._last = KernelReport()
        self._killed = False

    def __enter__(self) -> SandboxedKernel:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Have the kernel forked; returns when its channels are open.

        Raises:
            SandboxError: If the wall or the kernel could not be set up.
        """
        if self._handles is not None:
            raise SandboxError("This kernel has been started already; make a new one.")
        request = {
            "policy": self.policy.to_json(),
            "inputs": str(self.workdir.resolve()) if self.workdir else None,
            "key": self.key,
        }
        connection, message, files = self._request(json.dumps(request).encode())
        answer: dict[str, Any] = {
            "error": f"The fork server gave no answer (log: {server_log(self.policy)})."
        }
        if message:
            answer = json.loads(message)
        if "error" in answer:
            connection.close()
            raise SandboxError(answer["error"])
        self._handles = _Handles(connection, answer["init"], *files)
        self._release = weakref.finalize(self, self._handles.release)

    def _request(self, request: bytes) -> tuple[socket.socket, bytes, list[int]]:
        """Return a connection to the fork server, and its answer with the open files in it."""
        for attempt in (1, 2):
            connection = connect_to_server(self.policy)
            connection.settimeout(self.policy.start_seconds + _ANSWER_SECONDS)
            try:
                syscalls.send(connection, request)
                message, files, _ = syscalls.receive(connection)
            except (ConnectionError, TimeoutError):
                message, files = b"", []
            if message or attempt == 2:
                break
            connection.close()  # the server ended, being idle, between connect and answer
        return connection, message, files

    @property
    def _started(self) -> _Handles:
        if self._handles is None:
            raise SandboxError("This kernel has not been started.")
        return self._handles

    @property
    def _open(self) -> bool:
        return self._release is not None and self._release.alive

    # -- talking to the kernel ----------------------------------------------------------------

    def connection_info(self) -> dict[str, Any]:
        """Return jupyter_client's connection information, valid within this process.

        The channels are Unix sockets in a folder that has no name on the host; the open folder
        stands in for one, which also keeps the path short (Unix sockets allow 107 bytes).
        """
        return {
            "transport": "ipc",
            "ip": f"/proc/self/fd/{self._started.sockets}/{kernel.SOCKET_PREFIX}",
            "key": self.key.encode(),
            "signature_scheme": "hmac-sha256",
            **kernel.PORTS,
        }

    # -- life and death -----------------------------------------------------------------------

    @property
    def init_process(self) -> int:
        """Process id of the kernel's init process on the host."""
        return self._started.init

    def is_alive(self) -> bool:
        """Return whether the kernel's processes exist."""
        return self._open and not self.wait(timeout=0)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the kernel's end; return False if it has not come after ``timeout`` seconds."""
        return bool(select.select([self._started.init_handle], [], [], timeout)[0])

    def interrupt(self) -> None:
        """Send the kernel what Ctrl-C sends."""
        self.send_signal(signal.SIGINT)

    def send_signal(self, number: int) -> None:
        """Send a signal to the kernel's main process, if it is still there."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._started.kernel_handle, number)

    def kill(self) -> None:
        """End every process of the kernel, whatever they are doing, and wait for it."""
        self._killed = self._killed or self.is_alive()
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._started.init_handle, signal.SIGKILL)
        self.wait(timeout=30)

    def close(self) -> None:
        """End the kernel and let go of its files. Use and limits stay readable."""
        if self._open and self._release is not None:
            if self.is_alive():
                self.kill()
            with contextlib.suppress(SandboxError):
                self._ask()
            self._release()

    # -- what it has used ---------------------------------------------------------------------

    def _ask(self, question: bytes = b"use") -> KernelReport:
        connection = self._started.connection
        with self._lock:
            if self._open:
                try:
                    syscalls.send(connection, question)
                    message = syscalls.receive(connection)[0]
                except (ConnectionError, TimeoutError):
                    message = b""
                if not message:
                    raise SandboxError("The kernel's supervisor has ended unexpectedly.")
                self._last = KernelReport.from_bytes(message)
            return self._last

    def exit_code(self) -> int | None:
        """Return None while the kernel runs, its exit code after; 128 + n when signal n ended it.

        137 is a kill: by ``kill``, by a limit (see ``limit_report``) or by Linux.
        """
        return None if self.is_alive() else self._ask().exit_code

    def use(self, *, memory: bool = False) -> KernelUse:
        """Return what the kernel has used; with ``memory``, its present memory too."""
        return self._ask(b"memory" if memory else b"use").use

    def cpu_seconds(self) -> float:
        """Return the CPU seconds of all processes of the kernel, from the fork on."""
        return self.use().cpu_seconds

    def peak_memory(self) -> int:
        """Return the highest resident memory in bytes, pages shared with the server included."""
        return self.use().peak_memory

    def limit_report(self) -> list[str]:
        """Return one plain sentence per limit that the kernel has reached.

        A sentence too if the kernel was killed and neither this side nor a limit did it.
        """
        report = self._ask()
        if report.exit_code == 128 + signal.SIGKILL and not (report.limits or self._killed):
            return ["The kernel was killed; most likely the machine ran out of memory."]
        return list(report.limits)

    # -- its files ----------------------------------------------------------------------------

    def read_file(self, relative: str, max_bytes: int) -> bytes:
        """Return the content of a file in the kernel's working folder.

        Args:
            relative: Path below the working folder, with ``/`` between its parts.
            max_bytes: Largest size that is read.

        Raises:
            FileNotFoundError: If there is no such file.
            UnsafeFileError: If it is not a regular file, lies behind a link, cannot be opened
                or is larger than ``max_bytes``.
        """
        return KernelFiles(self._started.work).read(relative, max_bytes)

    def list_files(self, relative: str = "", max_files: int = 1000) -> list[str]:
        """Return the names of the regular files in one folder of the kernel, sorted.

        Args:
            relative: Folder below the working folder; empty for the working folder itself.
            max_files: Largest number of entries that are looked at.

        Raises:
            UnsafeFileError: If the folder lies behind a link or has more entries.
        """
        return KernelFiles(self._started.work).names(relative, max_files)
