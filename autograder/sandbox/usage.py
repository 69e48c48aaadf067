"""What the processes of a kernel use, read from the kernel's own ``/proc``."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import json
import os
import re

import psutil

_TICKS = os.sysconf("SC_CLK_TCK")
# Threads whose turns are looked at: more are a bomb, which must not cost the supervisor its time.
_MOST_THREADS = 128


@dataclasses.dataclass(frozen=True, kw_only=True)
class KernelUse:
    """What a kernel has used.

    Attributes:
        cpu_seconds: CPU time of all its processes, from the fork on.
        queued_seconds: Time that its threads, together, have waited for a processor.
        peak_memory: Highest sum of resident memory and page tables in bytes. Pages shared with
            the fork server are included, so this is an upper bound; ``memory`` gives the exact
            present number.
        tasks: Highest number of processes and threads.
        sockets: Highest number of sockets.
        memory: Present proportional memory (PSS) in bytes; None unless asked for.
        private: Present memory in bytes without what is shared with the fork server; None unless
            asked for.
    """

    cpu_seconds: float = 0.0
    queued_seconds: float = 0.0
    peak_memory: int = 0
    tasks: int = 0
    sockets: int = 0
    memory: int | None = None
    private: int | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class KernelReport:
    """What the supervisor of a kernel answers.

    Attributes:
        exit_code: None while the kernel runs; 128 + n when signal n ended it.
        limits: One sentence for each limit that was reached.
        use: What the kernel has used.
    """

    exit_code: int | None = None
    limits: tuple[str, ...] = ()
    use: KernelUse = KernelUse()

    def to_bytes(self) -> bytes:
        """Return the report as JSON."""
        return json.dumps(dataclasses.asdict(self)).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> KernelReport:
        """Rebuild a report from ``to_bytes``."""
        values = json.loads(content)
        return cls(
            exit_code=values["exit_code"],
            limits=tuple(values["limits"]),
            use=KernelUse(**values["use"]),
        )


@dataclasses.dataclass(kw_only=True)
class Snapshot:
    """What the kernel's processes use at one moment.

    Attributes:
        cpu_seconds: CPU time of all processes since their forks.
        queued_seconds: Maps threads (process id, thread id) to the time that each has waited for
            a processor since its start.
        resident: Resident memory and page tables in bytes.
        tasks: Processes and threads.
        sockets: Sockets.
    """

    cpu_seconds: float = 0.0
    queued_seconds: dict[tuple[int, int], float] = dataclasses.field(default_factory=dict)
    resident: int = 0
    tasks: int = 0
    sockets: int = 0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Processes:
    """The processes of a kernel.

    Attributes:
        init: Process id of the kernel's init process on the host.
        proc: The kernel's ``/proc``, as an open folder.
        walled: Whether the kernel has a PID namespace of its own.
    """

    init: int
    proc: int
    walled: bool

    def snapshot(self) -> Snapshot:
        """Return what all processes use now."""
        now = Snapshot()
        # The init process is ours and shares nearly all of its memory with the fork server.
        init = 1 if self.walled else self.init
        for process in self._all():
            try:
                fields = self._read(process, "stat").rpartition(b")")[2].split()
                status = self._read(process, "status")
            except OSError:
                continue  # it has just ended
            # Fields 14 to 17 and 20 of proc(5), counted from the third.
            now.cpu_seconds += sum(int(field) for field in fields[11:15]) / _TICKS
            now.tasks += int(fields[17])
            now.queued_seconds |= self._queued(
                process, most=_MOST_THREADS - len(now.queued_seconds)
            )
            if process != init:
                # Tables of pages are memory too, and can grow without any page behind them.
                now.resident += _bytes_of(status, b"VmRSS") + _bytes_of(status, b"VmPTE")
        if self.walled:
            with contextlib.suppress(OSError):
                # What waits in sockets belongs to no process, so their number has to be limited.
                counts = self._read(init, "net/sockstat")
                now.sockets = int(counts.split(b"used")[1].split()[0])
        return now

    def memory(self) -> int:
        """Return the memory of all processes in bytes, shared pages divided among their users."""
        return self._memory(b"Pss")

    def private_memory(self) -> int:
        """Return the memory of all processes in bytes, without shared pages."""
        return self._memory(b"Private_Clean", b"Private_Dirty")

    def kill_descendants(self) -> None:
        """Kill the processes that the end of the init process does not end: those without wall."""
        for process in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.Error):
                process.kill()

    def _memory(self, *kinds: bytes) -> int:
        total = 0
        for process in self._all():
            try:
                status = self._read(process, "status")
                total += _bytes_of(status, b"VmPTE")
                try:
                    pages = self._read(process, "smaps_rollup")
                    total += sum(_bytes_of(pages, kind) for kind in kinds)
                except PermissionError:
                    # A process can hide this file from its own user; then it pays for all.
                    total += _bytes_of(status, b"VmRSS")
            except OSError:
                continue  # it has just ended
        return total

    def _queued(self, process: int, *, most: int) -> dict[tuple[int, int], float]:
        """Return how long threads of a process have waited for a processor, in seconds."""
        queued = {}
        with contextlib.suppress(OSError):  # it has just ended, or Linux does not tell
            for thread in itertools.islice(self._threads(process), most):
                numbers = self._read(process, f"task/{thread}/schedstat").split()
                queued[process, thread] = int(numbers[1]) / 1e9
        return queued

    def _threads(self, process: int) -> list[int]:
        folder = os.open(
            f"{process}/task", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=self.proc
        )
        try:
            return [int(name) for name in os.listdir(folder)]
        finally:
            os.close(folder)

    def _all(self) -> list[int]:
        if self.walled:
            # The kernel's own /proc lists its own processes and no others.
            return [int(name) for name in os.listdir(self.proc) if name.isdigit()]
        try:
            descendants = psutil.Process(self.init).children(recursive=True)
        except psutil.Error:
            descendants = []
        return [self.init, *(process.pid for process in descendants)]

    def _read(self, process: int, name: str) -> bytes:
        file = os.open(f"{process}/{name}", os.O_RDONLY | os.O_CLOEXEC, dir_fd=self.proc)
        with open(file, "rb") as reader:
            return reader.read()


def _bytes_of(text: bytes, name: bytes) -> int:
    """Return a number such as ``VmRSS:   1024 kB`` in bytes; 0 for an ending process."""
    match = re.search(rb"^" + name + rb":\s+(\d+) kB$", text, re.M)
    return int(match[1]) * 1024 if match else 0
