"""The Linux system calls that Python 3.11 has no function for."""

from __future__ import annotations

import array
import ctypes
import os
import platform
import resource
import signal
import socket
import struct
from collections.abc import Iterable
from pathlib import Path

CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
NAMESPACES = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET
"""What a kernel gets for itself; not control groups, which an ordinary user cannot use."""

MS_RDONLY = 1
MS_NOSUID = 2
MS_NODEV = 4
MS_NOEXEC = 8
MS_REMOUNT = 32
MS_BIND = 4096
MS_REC = 16384
MS_PRIVATE = 1 << 18
MNT_DETACH = 2

MOUNT_ATTR_RDONLY = 1
MOUNT_ATTR_NOSUID = 2
MOUNT_ATTR_NODEV = 4

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_NAME = 15
PR_SET_SECCOMP = 22
PR_CAPBSET_DROP = 24
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4
SECCOMP_MODE_FILTER = 2

_AT_FDCWD = -100
_AT_RECURSIVE = 0x8000
_CAPABILITY_VERSION_3 = 0x20080522
# The same numbers on every architecture that got them after Linux 5.0.
_SYS_MOUNT_SETATTR = 442
_SYS_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def machine() -> str:
    """Return ``x86_64`` or ``aarch64``, the machines the wall is written for.

    Raises:
        OSError: If it is any other machine.
    """
    name = platform.machine()
    if name not in _SYS_PIVOT_ROOT:
        raise OSError(f"the sandbox knows x86_64 and aarch64 processors, this one is {name}")
    return name


def unshare(flags: int) -> None:
    """Put the calling process into new namespaces, as unshare does."""
    _check(_libc.unshare(ctypes.c_int(flags)), "unshare")


def mount(
    source: str, target: str, kind: str | None = None, flags: int = 0, data: str | None = None
) -> None:
    """Mount a file system or change a mount."""
    _check(
        _libc.mount(
            os.fsencode(source),
            os.fsencode(target),
            kind.encode() if kind else None,
            ctypes.c_ulong(flags),
            data.encode() if data else None,
        ),
        f"mount {target}",
    )


def bind(source: str, target: str, *, read_only: bool = True) -> None:
    """Show ``source`` as ``target``, with everything mounted below it, without devices or setuid.

    A plain remount leaves the mounts below writable, so this needs mount_setattr(2): Linux 5.12.
    """
    mount(source, target, flags=MS_BIND | MS_REC)
    attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | (MOUNT_ATTR_RDONLY if read_only else 0)
    request = struct.pack("=4Q", attributes, 0, 0, 0)
    _check(
        _libc.syscall(
            ctypes.c_long(_SYS_MOUNT_SETATTR),
            ctypes.c_int(_AT_FDCWD),
            os.fsencode(target),
            ctypes.c_uint(_AT_RECURSIVE),
            request,
            ctypes.c_size_t(len(request)),
        ),
        f"mount_setattr {target}",
    )


def pivot_root(new_root: str) -> None:
    """Make ``new_root``, a mount point, the root and let go of everything outside it."""
    os.chdir(new_root)
    number = ctypes.c_long(_SYS_PIVOT_ROOT[machine()])
    # Both arguments the same: the old root ends up stacked on the new one and can be detached.
    _check(_libc.syscall(number, b".", b"."), "pivot_root")
    _check(_libc.umount2(b".", ctypes.c_int(MNT_DETACH)), "umount old root")
    os.chdir("/")


def unmount(target: str) -> None:
    """Detach the mount at ``target``."""
    _check(_libc.umount2(os.fsencode(target), ctypes.c_int(MNT_DETACH)), f"umount {target}")


def prctl(option: int, *values: int | bytes) -> None:
    """Change a property of the calling process."""
    arguments = [
        value if isinstance(value, bytes) else ctypes.c_ulong(value)
        for value in (*values, 0, 0, 0, 0)[:4]
    ]
    _check(_libc.prctl(ctypes.c_int(option), *arguments), f"prctl {option}")


def set_name(name: str) -> None:
    """Name the process as ``ps`` and ``top`` show it; at most 15 characters."""
    prctl(PR_SET_NAME, name.encode())


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent ends, however that happens."""
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def writable_memory() -> int:
    """Return how many bytes this process may write to now, which is what RLIMIT_DATA counts."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmData:")[1].split()[0]) * 1024


def limit(kind: int, value: int, *, for_good: bool = True) -> None:
    """Limit a resource of this process, to what it may set if that is less.

    Args:
        kind: One of ``resource.RLIMIT_...``.
        value: The limit, in the units of that kind.
        for_good: Whether the process cannot raise it again.
    """
    hard = resource.getrlimit(kind)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (value, value if for_good else hard))


def drop_bounding_set() -> None:
    """Make sure that no program started later can gain a capability; needs CAP_SETPCAP."""
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    for capability in range(int(Path("/proc/sys/kernel/cap_last_cap").read_text()) + 1):
        prctl(PR_CAPBSET_DROP, capability)


def drop_capabilities() -> None:
    """Give up every capability for good."""
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    _check(_libc.capset(header, bytes(24)), "capset")


def set_seccomp(program: bytes) -> None:
    """Install a seccomp filter, an array of ``struct sock_filter``; needs no_new_privs."""
    code = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog: a length in instructions and a pointer, aligned.
    fprog = struct.pack("@HP", len(program) // 8, ctypes.addressof(code))
    buffer = ctypes.create_string_buffer(fprog, len(fprog))
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(buffer))


def close_files(keep: Iterable[int]) -> None:
    """Close every open file of this process except ``keep``."""
    keep = set(keep)
    for name in os.listdir("/proc/self/fd"):
        if int(name) not in keep:
            try:
                os.close(int(name))
            except OSError:
                pass  # the descriptor that listdir itself used


def close_terminal() -> None:
    """Point standard input, output and error at nothing."""
    null = os.open("/dev/null", os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    if null > 2:
        os.close(null)


def send(channel: socket.socket, message: bytes, files: Iterable[int] = ()) -> None:
    """Send one message with open files over a Unix SEQPACKET socket."""
    ancillary = []
    if files := list(files):
        ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", files).tobytes())]
    channel.sendmsg([message], ancillary)


def receive(channel: socket.socket, limit: int = 65536) -> tuple[bytes, list[int], int]:
    """Receive one message from a Unix SEQPACKET socket.

    Returns:
        The message (empty at the end of the conversation), the open files that came with it,
        and the sender's process id as this process sees it (0 unless SO_PASSCRED is set).

    Raises:
        ValueError: If the message is longer than ``limit``.
    """
    space = socket.CMSG_SPACE(struct.calcsize("3i")) + socket.CMSG_SPACE(8 * 4)
    message, ancillary, flags, _ = channel.recvmsg(limit, space, socket.MSG_CMSG_CLOEXEC)
    files: list[int] = []
    sender = 0
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            files += array.array("i", data[: len(data) - len(data) % 4])
        elif level == socket.SOL_SOCKET and kind == socket.SCM_CREDENTIALS:
            sender = struct.unpack("3i", data)[0]
    if flags & socket.MSG_TRUNC:
        for file in files:
            os.close(file)
        raise ValueError(f"a message of more than {limit} bytes came over a control socket")
    return message, files, sender
