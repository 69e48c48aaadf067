"""The trusted process beside each kernel: it starts it, watches its limits and ends it.

A warden is a fork of the fork server that stays outside of the kernel's namespaces. It lives as
long as the connection of the grader that asked for the kernel. When that ends, for whatever
reason, it kills the init process of the kernel's PID namespace, and with it Linux ends every
process inside, daemons included.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import re
import select
import shutil
import signal
import socket
import tempfile
from pathlib import Path
from typing import Any

import psutil

from autograder.sandbox import kernel, mounts, syscalls
from autograder.sandbox.policy import SandboxPolicy, plain_size

_INTERVAL = 0.2
_INTERVAL_NEAR_LIMIT = 0.05
_TICKS = os.sysconf("SC_CLK_TCK")
# The first account number for kernels when root grades: far above those of people and services.
_FIRST_ACCOUNT = 0x6E000000


class StartError(Exception):
    """A kernel could not be started; the text says why and what to do."""


def serve(connection: socket.socket, request: dict[str, Any], *, mount_point: str) -> None:
    """Run one kernel for the grader at the other end of ``connection``; returns when it is gone.

    Args:
        connection: Questions about the kernel arrive here until the grader closes it.
        request: What the grader wants: ``policy``, ``inputs`` and ``key`` of the kernel.
        mount_point: An empty folder on which kernels build their file system.
    """
    syscalls.set_name("gan-warden")
    syscalls.prctl(syscalls.PR_SET_CHILD_SUBREAPER, 1)
    plain_root: str | None = None
    try:
        try:
            policy = SandboxPolicy.from_json(request["policy"])
            if policy.isolation == "none":
                plain_root = mount_point = tempfile.mkdtemp(prefix="gan-kernel-")
            warden = _start(connection, policy, request, mount_point)
        except (StartError, ValueError, OSError) as error:
            syscalls.send(connection, json.dumps({"error": str(error)}).encode())
            return
        with contextlib.suppress(ConnectionError):
            warden.watch(connection)
        warden.kill()
    finally:
        if plain_root is not None:
            shutil.rmtree(plain_root, ignore_errors=True)


def _start(
    connection: socket.socket, policy: SandboxPolicy, request: dict[str, Any], mount_point: str
) -> Warden:
    walled = policy.isolation == "namespaces"
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    ours.settimeout(60)
    accounts = _account_maps() if walled else None
    order = kernel.Order(
        policy=policy,
        shown=mounts.visible_folders(policy) if walled else [],
        root=mount_point,
        inputs=Path(request["inputs"]) if request["inputs"] else None,
        key=request["key"],
        switch_user=accounts is not None and accounts[2],
    )
    with ours:
        with theirs:
            kernel.spawn(theirs, order)
        init = _expect(ours, "hello")[1]
        if accounts is not None:
            _map_accounts(init, accounts)
        syscalls.send(ours, b"go")
        (work, sockets, proc), _ = _expect(ours, "tree")
        _, kernel_process = _expect(ours, "ready")
    warden = Warden(policy=policy, init=init, init_handle=os.pidfd_open(init), work=work, proc=proc)
    kernel_handle = os.pidfd_open(kernel_process)
    answer = {"init": init}
    files = (work, sockets, warden.init_handle, kernel_handle)
    syscalls.send(connection, json.dumps(answer).encode(), files)
    os.close(sockets)
    os.close(kernel_handle)
    return warden


def _expect(channel: socket.socket, wanted: str) -> tuple[list[int], int]:
    """Wait for a message from inside and return its open files and its sender's process id."""
    try:
        message, files, sender = syscalls.receive(channel)
    except TimeoutError:
        raise StartError(f"The kernel did not get to {wanted!r} within a minute.") from None
    if not message:
        raise StartError(f"The kernel ended before {wanted!r}.")
    content = json.loads(message)
    if wanted not in content:
        raise StartError(_explain(content))
    return files, sender


def _explain(content: dict[str, Any]) -> str:
    reason, step = content.get("error", "no reason given"), content.get("step")
    if step == "kernel" or reason.startswith("ValueError"):
        return f"The kernel could not start: {reason.removeprefix('ValueError: ')}"
    return (
        f"Nothing was graded: this machine does not let the autograder wall off student code "
        f"({reason}). Allow unprivileged user namespaces (Ubuntu: sysctl "
        "kernel.apparmor_restrict_unprivileged_userns=0; Debian 10: sysctl "
        "kernel.unprivileged_userns_clone=1; RHEL: sysctl user.max_user_namespaces=10000; "
        "Docker: --security-opt seccomp=unconfined --security-opt systempaths=unconfined), use "
        "Linux 5.14 or later, or accept that student code may read and write "
        'everything you can with SandboxPolicy(isolation="none").'
    )


def _account_maps() -> tuple[str, str, bool]:
    """Return the uid map and gid map of a new kernel and whether it has to change its account.

    A kernel started by root must not be root's account outside: even without capabilities that
    account may write to much of /proc. It gets a number of its own that nobody else has, taken
    from those that the machine (or the container) has. Account 0 stays mapped for building the
    file system and cannot be reached again from the student's account.
    """
    student = mounts.STUDENT
    if os.geteuid() == 0:
        ids = Path("/proc/self/uid_map").read_text().split()
        first, count = int(ids[-3]), int(ids[-1])
        own = os.getpid() % 2**22
        if first + count > _FIRST_ACCOUNT + 2**22:
            outside = _FIRST_ACCOUNT + own
        else:
            outside = first + count - 1 - own % max(count // 2, 1)
        if outside > 0:
            ids_map = f"0 0 1\n{student} {outside} 1\n"
            return ids_map, ids_map, True
    return f"{student} {os.geteuid()} 1\n", f"{student} {os.getegid()} 1\n", False


def _map_accounts(process: int, accounts: tuple[str, str, bool]) -> None:
    uid_map, gid_map, switch_user = accounts
    try:
        if not switch_user:
            Path(f"/proc/{process}/setgroups").write_text("deny")
        Path(f"/proc/{process}/uid_map").write_text(uid_map)
        Path(f"/proc/{process}/gid_map").write_text(gid_map)
    except OSError as error:
        raise StartError(_explain({"error": f"account map: {error}"})) from error


def _kilobytes(text: bytes, name: bytes) -> int:
    """Return a figure such as ``VmRSS:   1024 kB`` in bytes; 0 for an ending process."""
    found = re.search(rb"^" + name + rb":\s+(\d+) kB$", text, re.M)
    return int(found[1]) * 1024 if found else 0


@dataclasses.dataclass
class Use:
    """What the kernel's processes use at one moment."""

    cpu: float = 0.0
    resident: int = 0
    tasks: int = 0
    sockets: int = 0


@dataclasses.dataclass(kw_only=True)
class Warden:
    """Watches one running kernel."""

    policy: SandboxPolicy
    init: int
    init_handle: int
    work: int
    proc: int
    exit_code: int | None = None
    cpu: float = 0.0
    peak: int = 0
    tasks: int = 0
    sockets: int = 0
    limits: dict[str, str] = dataclasses.field(default_factory=dict)
    interval: float = _INTERVAL

    def watch(self, connection: socket.socket) -> None:
        """Answer questions and keep the limits until the grader hangs up."""
        poll = select.poll()
        poll.register(connection, select.POLLIN)
        poll.register(self.init_handle, select.POLLIN)
        while True:
            timeout = None if self.exit_code is not None else self.interval * 1000
            ready = dict(poll.poll(timeout))
            if self.init_handle in ready:
                self.reap()
                poll.unregister(self.init_handle)
            if self.exit_code is None:
                self.check_limits()
            if connection.fileno() in ready:
                question = syscalls.receive(connection)[0]
                if not question:
                    return
                syscalls.send(connection, json.dumps(self.answer(question)).encode())

    def answer(self, question: bytes) -> dict[str, Any]:
        """Return what is known about the kernel.

        The question ``memory`` adds its present memory in bytes, ``memory`` with shared pages
        divided among their users, ``private`` without them.
        """
        known = {
            "exit_code": self.exit_code,
            "cpu_seconds": self.cpu,
            "peak_memory": self.peak,
            "tasks": self.tasks,
            "sockets": self.sockets,
            "limits": list(self.limits.values()),
        }
        if question == b"memory":
            running = self.exit_code is None
            known["memory"] = self.memory() if running else 0
            known["private"] = self._memory(b"Private_Clean", b"Private_Dirty") if running else 0
        return known

    def kill(self) -> None:
        """End every process of the kernel."""
        if self.exit_code is None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.init_handle, signal.SIGKILL)
            self.reap()

    def reap(self) -> None:
        """Take the exit code and the final CPU time of the init process, which is ending."""
        if self.exit_code is not None:
            return
        _, status, usage = os.wait4(self.init, 0)
        code = os.waitstatus_to_exitcode(status)
        self.exit_code = code if code >= 0 else 128 - code
        self.cpu = max(self.cpu, usage.ru_utime + usage.ru_stime)
        if not self._walled():
            # With a wall Linux has ended them already.
            for process in psutil.Process().children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    process.kill()

    def check_limits(self) -> None:
        """Note every limit that is reached and end the kernel where nothing else would."""
        use = self._use()
        policy = self.policy
        self.cpu = max(self.cpu, use.cpu)
        self.tasks = max(self.tasks, use.tasks)
        self.sockets = max(self.sockets, use.sockets)
        self.peak = max(self.peak, use.resident)
        self.interval = (
            _INTERVAL_NEAR_LIMIT if use.resident > policy.memory_bytes / 2 else _INTERVAL
        )
        # Resident memory counts what is shared with the fork server once per process, so it is
        # only an upper bound; the exact figure costs more to read.
        if use.resident > policy.memory_bytes and self.memory() > policy.memory_bytes:
            self.limits["memory"] = (
                f"The notebook used more than {plain_size(policy.memory_bytes)} of memory and "
                "was stopped."
            )
            self.kill()
        elif use.cpu > policy.cpu_seconds:
            self.limits["cpu"] = (
                f"The notebook used more than {policy.cpu_seconds:g} seconds of processor time "
                "and was stopped."
            )
            self.kill()
        elif use.sockets > policy.sockets:
            self.limits["sockets"] = (
                f"The notebook had more than {policy.sockets} sockets open and was stopped."
            )
            self.kill()
        # A failed fork leaves the count a little below the limit.
        if use.tasks >= policy.processes - 2:
            self.limits["processes"] = (
                f"The notebook reached the limit of {policy.processes} processes and threads."
            )
        if self._walled():
            space = os.fstatvfs(self.work)
            if space.f_bavail == 0:
                self.limits["disk"] = (
                    f"The notebook filled the {plain_size(policy.disk_bytes)} of disk space it "
                    "may use."
                )
            if space.f_ffree == 0:
                self.limits["files"] = (
                    f"The notebook reached the limit of {policy.files} files and folders."
                )

    def memory(self) -> int:
        """Return the memory of all processes in bytes, shared pages divided among their users."""
        return self._memory(b"Pss")

    def _memory(self, *kinds: bytes) -> int:
        total = 0
        for process in self._processes():
            try:
                status = self._read(process, "status")
                total += _kilobytes(status, b"VmPTE")
                try:
                    pages = self._read(process, "smaps_rollup")
                    total += sum(_kilobytes(pages, kind) for kind in kinds)
                except PermissionError:
                    # A process can hide this file from its own user; then it pays for all.
                    total += _kilobytes(status, b"VmRSS")
            except OSError:
                continue  # it has just ended
        return total

    def _use(self) -> Use:
        use = Use()
        # The init process is ours and shares nearly all of its memory with the fork server.
        init = 1 if self._walled() else self.init
        for process in self._processes():
            try:
                fields = self._read(process, "stat").rpartition(b")")[2].split()
                status = self._read(process, "status")
            except OSError:
                continue  # it has just ended
            # Fields 14 to 17 and 20 of proc(5), counted from the third.
            use.cpu += sum(int(field) for field in fields[11:15]) / _TICKS
            use.tasks += int(fields[17])
            if process != init:
                # Tables of pages are memory too, and can grow without any page behind them.
                use.resident += _kilobytes(status, b"VmRSS") + _kilobytes(status, b"VmPTE")
        if self._walled():
            with contextlib.suppress(OSError):
                # What waits in sockets belongs to no process, so their number has to be limited.
                counts = self._read(init, "net/sockstat")
                use.sockets = int(counts.split(b"used")[1].split()[0])
        return use

    def _walled(self) -> bool:
        return self.policy.isolation == "namespaces"

    def _processes(self) -> list[int]:
        if self._walled():
            # The kernel's own /proc lists its own processes and no others.
            return [int(name) for name in os.listdir(self.proc) if name.isdigit()]
        return [self.init, *(process.pid for process in self._descendants())]

    def _descendants(self) -> list[psutil.Process]:
        try:
            return psutil.Process(self.init).children(recursive=True)
        except psutil.Error:
            return []

    def _read(self, process: int, name: str) -> bytes:
        file = os.open(f"{process}/{name}", os.O_RDONLY | os.O_CLOEXEC, dir_fd=self.proc)
        with open(file, "rb") as reader:
            return reader.read()
