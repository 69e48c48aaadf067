"""The trusted process beside each kernel: it starts it, watches its limits and ends it.

A supervisor is a fork of the fork server that stays outside of the kernel's namespaces. It lives as
long as the connection of the process that asked for the kernel. When that ends, for whatever
reason, it kills the init process of the kernel's PID namespace, and with it Linux ends every
process inside, daemons included.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import select
import shutil
import signal
import socket
import tempfile
from pathlib import Path
from typing import Any

from autograder.sandbox import kernel, mounts, syscalls
from autograder.sandbox.policy import SandboxPolicy, plain_size
from autograder.sandbox.usage import KernelReport, KernelUse, Processes

_INTERVAL = 0.2
_INTERVAL_NEAR_LIMIT = 0.05
# The first account number for kernels when root starts them: far above those of people and
# services.
_FIRST_ACCOUNT = 0x6E000000


class StartError(Exception):
    """A kernel could not be started; the text says why and what to do."""


@dataclasses.dataclass(frozen=True)
class _Accounts:
    """Which accounts of the host stand behind those of a kernel, as ``/proc`` wants it written.

    Attributes:
        users: The uid map.
        groups: The gid map.
        switch_user: Whether the kernel has to change its account because root starts it.
    """

    users: str
    groups: str
    switch_user: bool


def serve(connection: socket.socket, request: dict[str, Any], *, mount_point: str) -> None:
    """Run one kernel for the process at the other end; returns when the kernel is gone.

    Args:
        connection: Questions about the kernel arrive here until the other end closes it.
        request: What is wanted: ``policy``, ``inputs`` and ``key`` of the kernel.
        mount_point: An empty folder on which kernels build their file system.
    """
    syscalls.set_name("sandbox-watch")
    syscalls.prctl(syscalls.PR_SET_CHILD_SUBREAPER, 1)
    plain_root: str | None = None
    try:
        try:
            policy = SandboxPolicy.from_json(request["policy"])
            if not policy.walled:
                plain_root = mount_point = tempfile.mkdtemp(prefix="sandbox-kernel-")
            supervisor = _start(connection, policy, request, mount_point)
        except (StartError, ValueError, OSError) as error:
            syscalls.send(connection, json.dumps({"error": str(error)}).encode())
            return
        with contextlib.suppress(ConnectionError):
            supervisor.watch(connection)
        supervisor.kill()
    finally:
        if plain_root is not None:
            shutil.rmtree(plain_root, ignore_errors=True)


def _start(
    connection: socket.socket, policy: SandboxPolicy, request: dict[str, Any], mount_point: str
) -> Supervisor:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    ours.settimeout(policy.start_seconds)
    accounts = _accounts() if policy.walled else None
    order = kernel.Order(
        policy=policy,
        shown=mounts.visible_folders(policy) if policy.walled else [],
        root=mount_point,
        inputs=Path(request["inputs"]) if request["inputs"] else None,
        key=request["key"],
        switch_user=accounts is not None and accounts.switch_user,
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
    supervisor = Supervisor(policy=policy, init=init, work=work, proc=proc)
    kernel_handle = os.pidfd_open(kernel_process)
    answer = {"init": init}
    files = (work, sockets, supervisor.init_handle, kernel_handle)
    syscalls.send(connection, json.dumps(answer).encode(), files)
    os.close(sockets)
    os.close(kernel_handle)
    return supervisor


def _expect(channel: socket.socket, wanted: str) -> tuple[list[int], int]:
    """Wait for a message from inside and return its open files and its sender's process id."""
    try:
        message, files, sender = syscalls.receive(channel)
    except TimeoutError:
        raise StartError(f"The kernel did not get to {wanted!r} in time.") from None
    if not message:
        raise StartError(f"The kernel ended before {wanted!r}.")
    content = json.loads(message)
    if wanted not in content:
        raise StartError(_explain(content["error"], kernel.Failure(content["failure"])))
    return files, sender


def _explain(reason: str, failure: kernel.Failure) -> str:
    if failure is kernel.Failure.KERNEL:
        return f"The kernel could not start: {reason}"
    return (
        f"No kernel was started: this machine does not let the sandbox wall off untrusted code "
        f"({reason}). Allow unprivileged user namespaces (Ubuntu: sysctl "
        "kernel.apparmor_restrict_unprivileged_userns=0; Debian 10: sysctl "
        "kernel.unprivileged_userns_clone=1; RHEL: sysctl user.max_user_namespaces=10000; "
        "Docker: --security-opt seccomp=unconfined --security-opt systempaths=unconfined), use "
        "Linux 5.14 or later, or accept that untrusted code may read and write "
        'everything you can with SandboxPolicy(isolation="none").'
    )


def _accounts() -> _Accounts:
    """Return the accounts for a new kernel.

    A kernel started by root must not be root's account outside: even without capabilities that
    account may write to much of /proc. It gets a number that nobody else has, taken from those
    that the machine (or the container) has. Account 0 stays mapped for building the file system
    and cannot be reached again from the kernel's account.
    """
    account = mounts.ACCOUNT
    if os.geteuid() == 0:
        ids = Path("/proc/self/uid_map").read_text().split()
        first, count = int(ids[-3]), int(ids[-1])
        number = os.getpid() % 2**22
        if first + count > _FIRST_ACCOUNT + 2**22:
            outside = _FIRST_ACCOUNT + number
        else:
            outside = first + count - 1 - number % max(count // 2, 1)
        if outside > 0:
            ids_map = f"0 0 1\n{account} {outside} 1\n"
            return _Accounts(ids_map, ids_map, switch_user=True)
    return _Accounts(
        f"{account} {os.geteuid()} 1\n", f"{account} {os.getegid()} 1\n", switch_user=False
    )


def _map_accounts(process: int, accounts: _Accounts) -> None:
    try:
        if not accounts.switch_user:
            Path(f"/proc/{process}/setgroups").write_text("deny")
        Path(f"/proc/{process}/uid_map").write_text(accounts.users)
        Path(f"/proc/{process}/gid_map").write_text(accounts.groups)
    except OSError as error:
        raise StartError(_explain(f"account map: {error}", kernel.Failure.WALL)) from error


class Supervisor:
    """Watches one running kernel.

    Args:
        policy: What the kernel may use.
        init: Process id of its init process.
        work: Its working folder, as an open folder.
        proc: Its ``/proc``, as an open folder.
    """

    def __init__(self, *, policy: SandboxPolicy, init: int, work: int, proc: int) -> None:
        self.init_handle = os.pidfd_open(init)
        self._policy = policy
        self._init = init
        self._work = work
        self._processes = Processes(init=init, proc=proc, walled=policy.walled)
        self._exit_code: int | None = None
        self._use = KernelUse()
        self._queued: dict[tuple[int, int], float] = {}
        self._limits: dict[str, str] = {}
        self._interval = _INTERVAL

    def watch(self, connection: socket.socket) -> None:
        """Answer questions and keep the limits until the other end hangs up."""
        poll = select.poll()
        poll.register(connection, select.POLLIN)
        poll.register(self.init_handle, select.POLLIN)
        while True:
            timeout = None if self._exit_code is not None else self._interval * 1000
            ready = dict(poll.poll(timeout))
            if self.init_handle in ready:
                self.reap()
                poll.unregister(self.init_handle)
            if self._exit_code is None:
                self.check_limits()
            if connection.fileno() in ready:
                question = syscalls.receive(connection)[0]
                if not question:
                    return
                syscalls.send(connection, self.report(memory=question == b"memory").to_bytes())

    def report(self, *, memory: bool) -> KernelReport:
        """Return what is known about the kernel; with ``memory``, its present memory too."""
        use = self._use
        if memory:
            running = self._exit_code is None
            use = dataclasses.replace(
                use,
                memory=self._processes.memory() if running else 0,
                private=self._processes.private_memory() if running else 0,
            )
        return KernelReport(exit_code=self._exit_code, limits=tuple(self._limits.values()), use=use)

    def kill(self) -> None:
        """End every process of the kernel."""
        if self._exit_code is None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.init_handle, signal.SIGKILL)
            self.reap()

    def reap(self) -> None:
        """Take the exit code and the final CPU time of the init process, which is ending."""
        if self._exit_code is not None:
            return
        _, status, usage = os.wait4(self._init, 0)
        code = os.waitstatus_to_exitcode(status)
        self._exit_code = code if code >= 0 else 128 - code
        seconds = max(self._use.cpu_seconds, usage.ru_utime + usage.ru_stime)
        self._use = dataclasses.replace(self._use, cpu_seconds=seconds)
        if not self._policy.walled:
            self._processes.kill_descendants()

    def check_limits(self) -> None:
        """Note every limit that is reached and end the kernel where nothing else would."""
        now, before, policy = self._processes.snapshot(), self._use, self._policy
        queued = sum(
            max(seconds - self._queued.get(thread, 0.0), 0.0)
            for thread, seconds in now.queued_seconds.items()
        )
        self._queued = now.queued_seconds
        self._use = KernelUse(
            cpu_seconds=max(before.cpu_seconds, now.cpu_seconds),
            queued_seconds=before.queued_seconds + queued,
            peak_memory=max(before.peak_memory, now.resident),
            tasks=max(before.tasks, now.tasks),
            sockets=max(before.sockets, now.sockets),
        )
        near = now.resident > policy.memory_bytes / 2
        self._interval = _INTERVAL_NEAR_LIMIT if near else _INTERVAL
        # Resident memory counts what is shared with the fork server once per process, so it is
        # only an upper bound; the exact number costs more to read.
        if now.resident > policy.memory_bytes and self._processes.memory() > policy.memory_bytes:
            self._stop("memory", f"used more than {plain_size(policy.memory_bytes)} of memory")
        elif now.cpu_seconds > policy.cpu_seconds:
            self._stop("cpu", f"used more than {policy.cpu_seconds:g} seconds of processor time")
        elif now.sockets > policy.sockets:
            self._stop("sockets", f"had more than {policy.sockets} sockets open")
        # A failed fork leaves the count a little below the limit.
        if now.tasks >= policy.processes - 2:
            self._limits["processes"] = (
                f"The notebook reached the limit of {policy.processes} processes and threads."
            )
        if policy.walled:
            self._check_disk()

    def _check_disk(self) -> None:
        space = os.fstatvfs(self._work)
        if space.f_bavail == 0:
            size = plain_size(self._policy.disk_bytes)
            self._limits["disk"] = f"The notebook filled the {size} of disk space it may use."
        if space.f_ffree == 0:
            self._limits["files"] = (
                f"The notebook reached the limit of {self._policy.files} files and folders."
            )

    def _stop(self, limit: str, reason: str) -> None:
        self._limits[limit] = f"The notebook {reason} and was stopped."
        self.kill()
