"""A filter that takes away the system calls no notebook needs.

The namespaces already confine what these calls could reach. The filter is a second line: it
keeps untrusted code away from the parts of Linux where most of the holes have been found (nested
user namespaces, bpf, io_uring, userfaultfd), from tracing, from sockets that no network
namespace confines (vsock), and from memory that the supervisor could not count (memfd, System V).
"""

from __future__ import annotations

import errno
import struct

from autograder.sandbox import syscalls

# Call numbers on x86_64 and on aarch64, from asm/unistd_64.h and asm-generic/unistd.h.
_DENIED = {
    # looking into or taking over another process
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "pidfd_getfd": (438, 438),
    "process_madvise": (440, 440),
    "perf_event_open": (298, 241),
    # namespaces and mounts
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "fanotify_init": (300, 262),
    # memory and queues that belong to no process
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "semget": (64, 190),
    "msgget": (68, 186),
    "mq_open": (240, 180),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    # the kernel itself
    "bpf": (321, 280),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "acct": (163, 89),
    "quotactl": (179, 60),
    "syslog": (103, 116),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "adjtimex": (159, 171),
    "clock_adjtime": (305, 266),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
}
_CLONE = (56, 220)
_CLONE3 = (435, 435)
_SOCKET = (41, 198)
_AUDIT_ARCH = (0xC000003E, 0xC00000B7)
_X32_CALLS = 0x40000000
# AF_UNIX for the kernel's own channels; AF_INET and AF_INET6 only so that a call to the network
# fails with the usual "network is unreachable".
_FAMILIES = (1, 2, 10)

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER, _ARCH, _FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data, little-endian


class _Filter:
    """A filter in the making, as a list of ``struct sock_filter``."""

    def __init__(self) -> None:
        self._code: list[tuple[int, int, int, int]] = []

    def load(self, offset: int) -> None:
        """Load a word of ``struct seccomp_data``."""
        self._code.append((_LOAD, 0, 0, offset))

    def give(self, result: int) -> None:
        """End with a result."""
        self._code.append((_RETURN, 0, 0, result))

    def unless(self, test: int, value: int, skip: int) -> None:
        """Skip the next ``skip`` instructions unless the loaded word passes the test."""
        self._code.append((test, 0, skip, value))

    def when(self, test: int, value: int, skip: int) -> None:
        """Skip the next ``skip`` instructions if the loaded word passes the test."""
        self._code.append((test, skip, 0, value))

    def refuse(self, call: int, number: int) -> None:
        """Have a call fail with an error number, if the loaded word is its number."""
        self.unless(_EQUAL, call, 1)
        self.give(_ERRNO | number)

    def to_bytes(self) -> bytes:
        """Return the filter as Linux takes it."""
        return b"".join(struct.pack("=HBBI", *instruction) for instruction in self._code)


def program() -> bytes:
    """Return the filter for this machine as an array of ``struct sock_filter``.

    Raises:
        OSError: If the machine is neither x86_64 nor aarch64.
    """
    column = ("x86_64", "aarch64").index(syscalls.machine())
    rules = _Filter()
    rules.load(_ARCH)
    rules.when(_EQUAL, _AUDIT_ARCH[column], 1)
    rules.give(_KILL)
    rules.load(_NUMBER)
    if column == 0:
        rules.unless(_AT_LEAST, _X32_CALLS, 1)
        rules.give(_ERRNO | errno.ENOSYS)
    # clone3 takes its flags from memory, which a filter cannot read; as the call seems not to
    # exist, the C library uses clone.
    rules.refuse(_CLONE3[column], errno.ENOSYS)
    for numbers in _DENIED.values():
        rules.refuse(numbers[column], errno.EPERM)

    rules.unless(_EQUAL, _CLONE[column], 4)
    rules.load(_FIRST_ARGUMENT)
    rules.unless(_ANY_BIT, syscalls.NAMESPACES | syscalls.CLONE_NEWCGROUP, 1)
    rules.give(_ERRNO | errno.EPERM)
    rules.give(_ALLOW)

    rules.unless(_EQUAL, _SOCKET[column], 1 + 2 * len(_FAMILIES) + 1)
    rules.load(_FIRST_ARGUMENT)
    for family in _FAMILIES:
        rules.unless(_EQUAL, family, 1)
        rules.give(_ALLOW)
    # One of the two answers at which libzmq, asking for network interfaces, does not abort.
    rules.give(_ERRNO | errno.EINVAL)

    rules.give(_ALLOW)
    return rules.to_bytes()
