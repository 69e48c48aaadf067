"""What runs inside the wall: the init process of the namespaces and the IPython kernel.

Both are forks of the fork server. Until `_confine` this is trusted code with rights inside its own
namespaces only; after it, nothing in the namespaces has any right left, and only then does the
kernel open its channels and accept code.
"""

from __future__ import annotations

import dataclasses
import gc
import json
import logging
import os
import random
import resource
import signal
import socket
import sys
import tempfile
import traceback
from enum import StrEnum
from pathlib import Path
from typing import Any

from autograder.sandbox import mounts, seccomp, syscalls
from autograder.sandbox.files import InputsError
from autograder.sandbox.policy import SandboxPolicy

PORTS = {"shell_port": 1, "iopub_port": 2, "stdin_port": 3, "control_port": 4, "hb_port": 5}
"""Over the ``ipc`` transport channels are numbered, not named."""
SOCKET_PREFIX = "k"
# Lower than the supervisor's, which a kernel full of busy processes must not keep waiting.
_NICE = 5


class Failure(StrEnum):
    """What it was that could not be started."""

    WALL = "wall"
    KERNEL = "kernel"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Order:
    """What the supervisor wants started.

    Attributes:
        policy: What the kernel may use.
        shown: The host's folders that it may read.
        root: Empty folder on which its file system is built.
        inputs: Folder whose files are copied into its working folder, or None.
        key: Key that signs the messages between the kernel and its client.
        switch_user: Whether the account has to be changed because root starts the kernel.
    """

    policy: SandboxPolicy
    shown: list[Path]
    root: str
    inputs: Path | None
    key: str
    switch_user: bool


def spawn(channel: socket.socket, order: Order) -> None:
    """Fork the init process of a new kernel; returns in the caller at once.

    Messages to the supervisor over ``channel``: ``hello`` from the init process, which then waits
    for the supervisor to map the accounts and answer; ``tree`` with the working folder, the
    folder of the channels and ``/proc`` as open files; ``ready`` from the kernel; or ``error``
    with the ``failure``.
    """
    middle = os.fork()
    if middle:
        os.waitpid(middle, 0)
        return
    # Only children enter a new PID namespace, so this process makes the namespaces and leaves.
    try:
        syscalls.close_files({0, 1, 2, channel.fileno()})
        syscalls.close_terminal()
        if order.policy.walled:
            syscalls.unshare(syscalls.NAMESPACES)
        if os.fork() == 0:
            _init(channel, order)
    except OSError as error:
        _tell(channel, error=f"{error}", failure=Failure.WALL)
    finally:
        os._exit(0)


def _tell(channel: socket.socket, files: tuple[int, ...] = (), **message: Any) -> None:
    syscalls.send(channel, json.dumps(message).encode()[:32768], files)


def _init(channel: socket.socket, order: Order) -> None:
    """Build the wall, start the kernel, reap whatever ends, and end when the kernel does."""
    failure = Failure.WALL
    try:
        syscalls.set_name("sandbox-init")
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        _tell(channel, hello=True)
        if syscalls.receive(channel)[0] != b"go":
            os._exit(1)
        folders = _build(order)
        _hand_over_folders(channel, folders)
        failure = Failure.KERNEL
        opened_read, opened_write = os.pipe()
        sealed_read, sealed_write = os.pipe()
        kernel = os.fork()
        if kernel == 0:
            os.close(opened_read)
            os.close(sealed_write)
            _kernel(channel, order, folders, opened_write, sealed_read)
        os.close(opened_write)
        os.close(sealed_read)
        os.read(opened_read, 1)
        if order.policy.walled:
            mounts.seal_sockets(folders)
            _confine(order)
            # No process of the untrusted code can look into this one.
            syscalls.prctl(syscalls.PR_SET_DUMPABLE, 0)
        syscalls.die_with_parent()
        os.write(sealed_write, b"s")
        syscalls.close_files({0, 1, 2})
    except InputsError as error:
        _tell(channel, error=str(error), failure=Failure.KERNEL)
        os._exit(1)
    except BaseException as error:  # whatever it is, the supervisor has to hear of it
        _tell(channel, error=f"{type(error).__name__}: {error}", failure=failure)
        os._exit(1)
    _reap_until(kernel)


def _build(order: Order) -> mounts.Folders:
    if not order.policy.walled:
        syscalls.prctl(syscalls.PR_SET_CHILD_SUBREAPER, 1)
        return mounts.build_plain(root=order.root, policy=order.policy, inputs=order.inputs)
    socket.sethostname("sandbox")
    return mounts.build(
        root=order.root,
        policy=order.policy,
        shown=order.shown,
        inputs=order.inputs,
        owner=mounts.ACCOUNT if order.switch_user else None,
    )


def _hand_over_folders(channel: socket.socket, folders: mounts.Folders) -> None:
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
    files = tuple(os.open(path, flags) for path in (folders.work, folders.sockets, "/proc"))
    _tell(channel, files, tree=True)
    for file in files:
        os.close(file)


def _reap_until(kernel: int) -> None:
    while True:
        try:
            process, status = os.wait()
        except ChildProcessError:
            os._exit(1)
        if process == kernel:
            code = os.waitstatus_to_exitcode(status)
            os._exit(code if code >= 0 else 128 - code)


def _confine(order: Order) -> None:
    """Give up every right, for good."""
    syscalls.drop_bounding_set()
    if order.switch_user:
        account = mounts.ACCOUNT
        os.setgroups([])
        os.setresgid(account, account, account)
        os.setresuid(account, account, account)
    syscalls.drop_capabilities()
    syscalls.set_seccomp(seccomp.program())


def _limit(policy: SandboxPolicy) -> None:
    for kind, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, policy.processes),
        (resource.RLIMIT_FSIZE, policy.file_bytes),
        (resource.RLIMIT_NOFILE, policy.open_files),
        # Counts what a process may write to, unlike RLIMIT_AS, which also counts the address
        # space that libraries reserve and never use.
        (resource.RLIMIT_DATA, syscalls.writable_memory() + policy.memory_bytes),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
    ):
        syscalls.limit(kind, value)
    # Should the machine itself run out of memory, Linux ends kernels before anything else.
    Path("/proc/self/oom_score_adj").write_text("1000")
    os.nice(_NICE)


def _environment(policy: SandboxPolicy, folders: mounts.Folders) -> dict[str, str]:
    threads = str(policy.threads)
    environment = {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"]),
        "HOME": folders.temporary,
        "TMPDIR": folders.temporary,
        "USER": mounts.USER,
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "IPYTHONDIR": f"{folders.temporary}/.ipython",
        "MPLCONFIGDIR": f"{folders.temporary}/.matplotlib",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "CUDA_VISIBLE_DEVICES": "-1",
        "OMP_NUM_THREADS": threads,
        "OPENBLAS_NUM_THREADS": threads,
    }
    if policy.outputs_variable is not None:
        environment[policy.outputs_variable] = folders.outputs
    if policy.data_variable is not None and folders.data is not None:
        environment[policy.data_variable] = folders.data
    return environment | dict(policy.environment)


def _kernel(
    channel: socket.socket, order: Order, folders: mounts.Folders, opened: int, sealed: int
) -> None:
    """Become an IPython kernel. Never returns."""
    try:
        syscalls.set_name("sandbox-kernel")
        os.setsid()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.chdir(folders.work)
        os.umask(0o022)
        _limit(order.policy)
        if order.policy.walled:
            _confine(order)
            # After a change of accounts a process hides from its own user; the supervisor reads
            # its memory use as that user.
            syscalls.prctl(syscalls.PR_SET_DUMPABLE, 1)
            mounts.check_readable(order.shown, folders)
        syscalls.die_with_parent()
        os.environ.clear()
        os.environ.update(_environment(order.policy, folders))
        _forget_the_server()
        application = _application(folders, order.key)
        os.write(opened, b"o")
        if os.read(sealed, 1) != b"s":
            os._exit(1)
        _tell(channel, ready=True)
        channel.close()
        os.close(opened)
        os.close(sealed)
        application.start()
        os._exit(0)
    except SystemExit:
        os._exit(0)
    except BaseException:  # whatever it is, the supervisor has to hear of it
        if channel.fileno() >= 0:
            _tell(channel, error=traceback.format_exc()[-4000:], failure=Failure.KERNEL)
        os._exit(1)


def _forget_the_server() -> None:
    """Remove what a fork shares with its parent and a fresh process would not have."""
    package = __name__.split(".")[0]
    for name in [name for name in sys.modules if name.split(".")[0] == package]:
        del sys.modules[name]
    sys.argv = ["ipykernel_launcher"]
    sys.dont_write_bytecode = True
    tempfile.tempdir = None
    random.seed()
    if (numpy_random := sys.modules.get("numpy.random")) is not None:
        numpy_random.seed()
    gc.enable()


def _application(folders: mounts.Folders, key: str) -> Any:
    """Return an IPython kernel application with open channels, ready to start."""
    from ipykernel.kernelapp import IPKernelApp
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    config.Session.key = key.encode()
    # Nobody reads the tracebacks, and IPython's own style takes up to a second for each.
    config.InteractiveShell.xmode = "Minimal"
    # Everything below is fixed, so reading the user's and the system's settings is left out.
    application = IPKernelApp.instance(
        config=config,
        transport="ipc",
        ip=f"{folders.sockets}/{SOCKET_PREFIX}",
        connection_file=f"{folders.temporary}/.kernel.json",
        log_level=logging.CRITICAL,
        **PORTS,
    )
    application.initialize([])  # type: ignore[no-untyped-call]
    return application
