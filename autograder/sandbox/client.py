"""The trusted side of a kernel: find or start the fork server, ask for a kernel, look after it."""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import hashlib
import importlib.metadata
import json
import os
import secrets
import select
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autograder.sandbox import kernel, mounts, syscalls
from autograder.sandbox.policy import SandboxPolicy, plain_size

_PACKAGES = ("tensorflow", "keras", "numpy", "matplotlib", "ipykernel", "ipython", "pyzmq")


class SandboxError(RuntimeError):
    """A kernel could not be started or asked; the text says why and what to do."""


class UnsafeFileError(ValueError):
    """A file of the kernel is not one that can be read safely; the text says why."""


@dataclasses.dataclass(frozen=True)
class KernelUse:
    """What a kernel has used.

    Attributes:
        cpu_seconds: CPU time of all its processes, from the fork on.
        peak_memory: Highest sum of resident memory and page tables in bytes. Pages shared with
            the fork server are included, so this is an upper bound; ``memory`` gives the exact
            present figure.
        tasks: Highest number of processes and threads seen.
        sockets: Highest number of sockets seen.
        memory: Present proportional memory (PSS) in bytes; None unless asked for.
        private: Present memory in bytes without what is shared with the fork server; None unless
            asked for.
    """

    cpu_seconds: float
    peak_memory: int
    tasks: int
    sockets: int
    memory: int | None = None
    private: int | None = None


def private_folder() -> Path:
    """Return the folder of this user's fork servers, made if needed and readable by nobody else.

    Raises:
        SandboxError: If something else is in its place.
    """
    base = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
    folder = Path(base) / f"gan-autograder-{os.geteuid()}"
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    status = folder.lstat()
    if (
        not stat.S_ISDIR(status.st_mode)
        or status.st_uid != os.geteuid()
        or stat.S_IMODE(status.st_mode) & 0o077
    ):
        raise SandboxError(
            f"{folder} must be a folder that belongs to you with permissions 0700; remove it."
        )
    return folder


def server_key(policy: SandboxPolicy) -> str:
    """Return a hash of everything a fork server has in memory.

    Another version of a package, of ``gan_helpers`` or of the sandbox gives another key, and with
    it another server; the old one exits when it has been idle.
    """
    parts: list[Any] = [sys.version, sys.prefix, policy.imports, policy.threads]
    parts += [importlib.metadata.version(name) for name in _PACKAGES]
    folders = [Path(__file__).parent]
    if "gan_helpers" in policy.imports:
        folders.append(mounts.REPOSITORY / "gan_helpers")
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            parts += [str(path), hashlib.sha256(path.read_bytes()).hexdigest()]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def _server_environment(policy: SandboxPolicy, home: Path) -> dict[str, str]:
    """Return the environment of the fork server; a kernel can read it back from its memory."""
    threads = str(policy.threads)
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(mounts.REPOSITORY),
        "PYTHONHASHSEED": "0",
        "MPLCONFIGDIR": str(home / "matplotlib"),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "CUDA_VISIBLE_DEVICES": "-1",
        "OMP_NUM_THREADS": threads,
        # A pool of BLAS threads at import would make the fork server impossible to fork.
        "OPENBLAS_NUM_THREADS": "1",
    }


def _connect(path: Path) -> socket.socket | None:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        connection.connect(str(path))
    except (FileNotFoundError, ConnectionRefusedError):
        connection.close()
        return None
    return connection


def _start_server(path: Path, policy: SandboxPolicy) -> None:
    folder = path.parent
    mount_point, home = folder / "root", folder / "home"
    mount_point.mkdir(exist_ok=True)
    home.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    command = [sys.executable, "-P", "-m", "autograder.sandbox.forkserver"]
    command += ["--socket", str(path), "--mount-point", str(mount_point)]
    command += ["--idle", str(policy.idle_seconds)]
    ready, report = os.pipe()
    with open(ready, "rb") as reader, open(path.with_suffix(".log"), "wb") as log:
        server = subprocess.Popen(
            [*command, "--ready", str(report), *policy.imports],
            env=_server_environment(policy, home),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[report],
            start_new_session=True,
        )
        os.close(report)
        if not select.select([reader], [], [], policy.start_seconds)[0]:
            server.kill()
            server.wait()
            raise SandboxError(
                f"The fork server was not ready within {policy.start_seconds:g} seconds; raise "
                "SandboxPolicy(start_seconds=...) on a slow machine."
            )
        answer = reader.read(5) + reader.read(4000)
    if answer != b"ready":
        server.wait()
        raise SandboxError(
            f"The fork server did not start: {answer.decode(errors='replace') or 'no reason given'}"
            f" (log: {path.with_suffix('.log')})."
        )
    # It outlives this process on purpose; this thread only keeps it from becoming a zombie.
    threading.Thread(target=server.wait, daemon=True).start()


def connect_to_server(policy: SandboxPolicy) -> socket.socket:
    """Return a connection to a fork server that fits the policy, started if there is none.

    Raises:
        SandboxError: If none can be started.
    """
    path = private_folder() / f"{server_key(policy)}.sock"
    connection = _connect(path)
    if connection is None:
        # Graders that start at the same moment wait here for the first one's server.
        with open(path.parent / "start.lock", "wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            connection = _connect(path)
            if connection is None:
                _start_server(path, policy)
                connection = _connect(path)
    if connection is None:
        raise SandboxError("The fork server ended right after its start; try again.")
    return connection


def fork_server_process(policy: SandboxPolicy, module: str) -> socket.socket:
    """Have the fork server fork a process for the grader itself, with all imports and no wall.

    It must never be given anything of a student's to run.

    Args:
        policy: Whose fork server is used; it is started if there is none.
        module: Full name of a module whose function ``serve`` the process calls with its end of
            the connection, and then ends.

    Returns:
        A stream socket to the process.

    Raises:
        SandboxError: If there is no fork server and none can be started.
    """
    ours, theirs = socket.socketpair()
    with theirs:
        try:
            with connect_to_server(policy) as connection:
                syscalls.send(connection, json.dumps({"serve": module}).encode(), [theirs.fileno()])
        except BaseException:
            ours.close()
            raise
    return ours


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
        self._connection: socket.socket | None = None
        self._lock = threading.Lock()
        self._last: dict[str, Any] = {}
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
        if self._connection is not None:
            raise SandboxError("This kernel has been started already; make a new one.")
        request = {
            "policy": self.policy.to_json(),
            "inputs": str(self.workdir.resolve()) if self.workdir else None,
            "key": self.key,
        }
        for attempt in (1, 2):
            connection = connect_to_server(self.policy)
            connection.settimeout(self.policy.start_seconds)
            try:
                syscalls.send(connection, json.dumps(request).encode())
                message, files, _ = syscalls.receive(connection)
            except (ConnectionError, TimeoutError):
                message, files = b"", []
            if message or attempt == 2:
                break
            connection.close()  # the server ended, being idle, between connect and answer
        log = private_folder() / f"{server_key(self.policy)}.log"
        answer: dict[str, Any] = {"error": f"The fork server gave no answer (log: {log})."}
        if message:
            answer = json.loads(message)
        if "error" in answer:
            connection.close()
            raise SandboxError(answer["error"])
        self._connection = connection
        self._work, self._sockets, self._init_handle, self._kernel_handle = files
        self.init_process: int = answer["init"]
        self._finalizer = weakref.finalize(self, _release, connection, files)

    # -- talking to the kernel ----------------------------------------------------------------

    def connection_info(self) -> dict[str, Any]:
        """Return jupyter_client's connection information, valid within this process.

        The channels are Unix sockets in a folder that has no name on the host; the open folder
        stands in for one, which also keeps the path short (Unix sockets allow 107 bytes).
        """
        return {
            "transport": "ipc",
            "ip": f"/proc/self/fd/{self._sockets}/{kernel.SOCKET_PREFIX}",
            "key": self.key.encode(),
            "signature_scheme": "hmac-sha256",
            **kernel.PORTS,
        }

    # -- life and death -----------------------------------------------------------------------

    def is_alive(self) -> bool:
        """Return whether the kernel's processes exist."""
        if self._connection is None or not self._finalizer.alive:
            return False
        return not select.select([self._init_handle], [], [], 0)[0]

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the kernel's end; return False if it has not come after ``timeout`` seconds."""
        return bool(select.select([self._init_handle], [], [], timeout)[0])

    def interrupt(self) -> None:
        """Send the kernel what Ctrl-C sends."""
        self.send_signal(signal.SIGINT)

    def send_signal(self, number: int) -> None:
        """Send a signal to the kernel's main process, if it is still there."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._kernel_handle, number)

    def kill(self) -> None:
        """End every process of the kernel, whatever they are doing, and wait for it."""
        self._killed = self._killed or self.is_alive()
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._init_handle, signal.SIGKILL)
        self.wait(timeout=30)

    def close(self) -> None:
        """End the kernel and let go of its files. Use and limits stay readable."""
        if self._connection is not None and self._finalizer.alive:
            if self.is_alive():
                self.kill()
            with contextlib.suppress(SandboxError):
                self._ask()
            self._finalizer()

    # -- what it has used ---------------------------------------------------------------------

    def _ask(self, question: bytes = b"use") -> dict[str, Any]:
        if self._connection is None:
            raise SandboxError("This kernel has not been started.")
        with self._lock:
            if self._finalizer.alive:
                try:
                    syscalls.send(self._connection, question)
                    message = syscalls.receive(self._connection)[0]
                except (ConnectionError, TimeoutError):
                    message = b""
                if not message:
                    raise SandboxError("The kernel's warden process has ended unexpectedly.")
                self._last = json.loads(message)
            return self._last

    def exit_code(self) -> int | None:
        """Return None while the kernel runs, its exit code after; 128 + n when signal n ended it.

        137 is a kill: by ``kill``, by a limit (see ``limit_report``) or by Linux.
        """
        return None if self.is_alive() else self._ask()["exit_code"]

    def use(self, *, memory: bool = False) -> KernelUse:
        """Return what the kernel has used; with ``memory``, its present memory too."""
        answer = self._ask(b"memory" if memory else b"use")
        return KernelUse(
            cpu_seconds=answer["cpu_seconds"],
            peak_memory=answer["peak_memory"],
            tasks=answer["tasks"],
            sockets=answer["sockets"],
            memory=answer.get("memory"),
            private=answer.get("private"),
        )

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
        answer = self._ask()
        if answer["exit_code"] == 128 + signal.SIGKILL and not (answer["limits"] or self._killed):
            return ["The kernel was killed; most likely the machine ran out of memory."]
        return list(answer["limits"])

    # -- its files ----------------------------------------------------------------------------

    @contextlib.contextmanager
    def _folder(self, parts: tuple[str, ...]) -> Iterator[int]:
        """Open a folder below the working folder component by component, following no link."""
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
        folder = os.dup(self._work)
        try:
            for part in parts:
                deeper = os.open(part, flags, dir_fd=folder)
                os.close(folder)
                folder = deeper
            yield folder
        finally:
            os.close(folder)

    def read_file(self, relative: str, max_bytes: int) -> bytes:
        """Return the contents of a file in the kernel's working folder.

        Args:
            relative: Path below the working folder, with ``/`` between its parts.
            max_bytes: Largest size that is read.

        Raises:
            FileNotFoundError: If there is no such file.
            UnsafeFileError: If it is not a regular file, lies behind a link, cannot be opened
                or is larger than ``max_bytes``.
        """
        parts = _parts(relative)
        try:
            with self._folder(parts[:-1]) as folder:
                # Without O_NONBLOCK, opening a pipe or a leased file would wait for the student.
                flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
                file = os.open(parts[-1], flags, dir_fd=folder)
        except FileNotFoundError:
            raise FileNotFoundError(f"The kernel wrote no file {relative}.") from None
        except OSError as error:
            raise UnsafeFileError(
                f"{relative} is not a plain file in a plain folder ({error.strerror})."
            ) from None
        if not stat.S_ISREG(os.fstat(file).st_mode):
            os.close(file)
            raise UnsafeFileError(f"{relative} is not a plain file.")
        with open(file, "rb") as reader:
            content = reader.read(max_bytes + 1)
        if len(content) > max_bytes:
            raise UnsafeFileError(f"{relative} is larger than {plain_size(max_bytes)}.")
        return content

    def list_files(self, relative: str = "", max_files: int = 1000) -> list[str]:
        """Return the names of the regular files in one folder of the kernel, sorted.

        Args:
            relative: Folder below the working folder; empty for the working folder itself.
            max_files: Largest number of entries that are looked at.

        Raises:
            UnsafeFileError: If the folder lies behind a link or has more entries.
        """
        found = []
        try:
            with self._folder(_parts(relative) if relative else ()) as folder:
                with os.scandir(folder) as entries:
                    for number, entry in enumerate(entries, start=1):
                        if number > max_files:
                            raise UnsafeFileError(
                                f"The folder {relative or '.'} has more than {max_files} files."
                            )
                        if entry.is_file(follow_symlinks=False):
                            found.append(entry.name)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise UnsafeFileError(
                f"The folder {relative or '.'} cannot be listed ({error.strerror})."
            ) from None
        return sorted(found)


def _parts(relative: str) -> tuple[str, ...]:
    parts = tuple(relative.split("/"))
    if not all(parts) or any(part in (".", "..") or "\0" in part for part in parts):
        raise UnsafeFileError(f"{relative!r} is not a plain path below the working folder.")
    return parts


def _release(connection: socket.socket, files: list[int]) -> None:
    """Hang up, upon which the warden ends the kernel, and close the open files."""
    connection.close()
    for file in files:
        os.close(file)


def explain_error(name: str, text: str, policy: SandboxPolicy) -> str | None:
    """Return which limit an error raised in a cell comes from, in plain words, or None.

    Some limits are felt only inside: the refused call raises there and nothing can be seen from
    outside. The error's name and text come from the student's kernel, so this is an explanation
    for a person and never a reason to change a mark.

    Args:
        name: Name of the exception class, such as ``MemoryError``.
        text: The message of the exception.
        policy: The kernel's policy.
    """
    signs = {
        f"The notebook asked for more than {plain_size(policy.memory_bytes)} of memory.": (
            name == "MemoryError" or "Cannot allocate memory" in text or "bad_alloc" in text
        ),
        f"The notebook tried to write a file of more than {plain_size(policy.file_bytes)}.": (
            "File too large" in text
        ),
        f"The notebook filled the {plain_size(policy.disk_bytes)} of disk space or the "
        f"{policy.files} files it may use.": "No space left on device" in text,
        f"The notebook had {policy.open_files} files open, which is the limit.": (
            "Too many open files" in text
        ),
        f"The notebook reached the limit of {policy.processes} processes and threads.": (
            "Resource temporarily unavailable" in text or "can't start new thread" in text
        ),
        "The notebook tried to use the network, which does not exist while grading.": (
            "Network is unreachable" in text
            or "Temporary failure in name resolution" in text
            or "Name or service not known" in text
        ),
    }
    return next((sentence for sentence, seen in signs.items() if seen), None)
