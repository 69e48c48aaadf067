"""The file system a kernel sees: a fresh tree with read-only views of what Python needs."""

from __future__ import annotations

import dataclasses
import errno
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from autograder.sandbox import syscalls
from autograder.sandbox.policy import SandboxPolicy, plain_size

#: The checkout this file belongs to. Kernels see `gan_helpers` of it and nothing else.
REPOSITORY = Path(__file__).resolve().parents[2]

WORK = "/submission"
SOCKETS = "/run/kernel"
DATA = "/data"
EVIDENCE = "evidence"

#: The only account a kernel knows. On the host it is the grading user, or, when root grades, an
#: account number that nobody has.
STUDENT = 1000

_ETC = {
    "passwd": f"student:x:{STUDENT}:{STUDENT}::/tmp:/bin/sh\n",
    "group": f"student:x:{STUDENT}:\n",
    "hosts": "127.0.0.1 localhost\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
}
_ETC_FROM_HOST = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "localtime")
_DEVICES = ("null", "zero", "full", "random", "urandom")
_PROC_READ_ONLY = ("sys", "sysrq-trigger", "irq", "bus")
_QUIET = syscalls.MS_NOSUID | syscalls.MS_NODEV


@dataclasses.dataclass(frozen=True, kw_only=True)
class Folders:
    """Where a kernel finds its folders, in its own view.

    Attributes:
        work: Writable working folder.
        temporary: Writable ``/tmp``, also the home folder.
        sockets: Folder of the kernel's channels; read-only once they are open.
        data: Read-only data sets, or None.
    """

    work: str
    temporary: str
    sockets: str
    data: str | None


def _within(path: Path, folders: list[Path]) -> bool:
    return any(path == folder or folder in path.parents for folder in folders)


def visible_folders(policy: SandboxPolicy) -> list[Path]:
    """Return the host's folders that kernels may read, outermost first, without repetition.

    Raises:
        ValueError: If one of them would show the whole checkout or the whole machine.
    """
    wanted = [Path(sys.prefix), Path(sys.base_prefix), Path(sys.executable).resolve().parent.parent]
    wanted += [Path(entry) for entry in sys.path if entry and Path(entry).is_dir()]
    wanted += [Path("/usr"), *policy.read_only]
    wanted += [path.resolve() for path in wanted]
    wanted = [path for path in wanted if path != REPOSITORY] + [REPOSITORY / "gan_helpers"]
    chosen: list[Path] = []
    for path in sorted(set(wanted), key=lambda path: (len(path.parts), path)):
        if len(path.parts) == 1 or (path in REPOSITORY.parents and path.parts[1] != "usr"):
            raise ValueError(
                f"Kernels would have to see {path}, and with it the checks: keep the checkout in "
                "a folder that is not on Python's path."
            )
        if not _within(path, chosen) or _within(REPOSITORY, chosen):
            chosen.append(path)
    return chosen


def _make_folder(root: str, path: str) -> str:
    target = root + path
    os.makedirs(target, mode=0o755, exist_ok=True)
    return target


def _show(source: str, root: str, path: str) -> None:
    """Show the host's ``source`` read-only as ``path`` of the new tree."""
    target = root + path
    if os.path.isdir(source):
        os.makedirs(target, mode=0o755, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), mode=0o755, exist_ok=True)
        with open(target, "wb"):
            pass
    syscalls.bind(source, target)


def _regular_files(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield the regular files of ``folder`` as (path, relative name), following no link."""
    for parent, folders, files in os.walk(folder, followlinks=False):
        folders[:] = [name for name in folders if not os.path.islink(os.path.join(parent, name))]
        for name in files:
            path = Path(parent, name)
            yield path, str(path.relative_to(folder))


def copy_inputs(source: Path, work: str, policy: SandboxPolicy) -> None:
    """Copy the submission's files into the working folder, regular files only.

    A folder named like the evidence folder is left out: evidence comes from running, not from
    handing in.

    Raises:
        ValueError: If they are more or larger than the policy lets a kernel keep.
    """
    total = 0
    for number, (path, relative) in enumerate(_regular_files(source), start=1):
        if relative.split(os.sep)[0] == EVIDENCE:
            continue
        try:
            # The submission is foreign: what is listed here may be a link or a pipe.
            file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.ENXIO):  # a link, a socket
                continue
            raise ValueError(f"The submitted file {relative} cannot be read: {error}") from error
        with open(file, "rb") as reader:
            status = os.fstat(file)
            if not stat.S_ISREG(status.st_mode):
                continue
            total += status.st_size
            if total > policy.disk_bytes or number > policy.files // 2:
                raise ValueError(
                    "The files handed in with the notebook are too many or too large: at most "
                    f"{policy.files // 2} files and {plain_size(policy.disk_bytes)} are allowed."
                )
            target = os.path.join(work, relative)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "wb") as writer:
                shutil.copyfileobj(reader, writer)


def give_to(folder: str, user: int) -> None:
    """Make ``user`` the owner of everything in ``folder``."""
    os.chown(folder, user, user)
    for parent, folders, files in os.walk(folder):
        for name in folders + files:
            os.chown(os.path.join(parent, name), user, user, follow_symlinks=False)


def build(
    *, root: str, policy: SandboxPolicy, shown: list[Path], inputs: Path | None, owner: int | None
) -> Folders:
    """Build the tree on the mount point ``root`` and enter it; must run in new namespaces.

    Args:
        root: An empty folder of the host.
        policy: What the kernel may use.
        shown: ``visible_folders(policy)``, found before the fork.
        inputs: Folder whose files are copied into the working folder.
        owner: Account inside the namespace that gets the writable folders; None if the building
            process has it already.

    Returns:
        The folders, as the kernel sees them.

    Raises:
        OSError: If Linux does not allow a step; the text names it.
        ValueError: If the inputs do not fit.
    """
    syscalls.mount("none", "/", flags=syscalls.MS_REC | syscalls.MS_PRIVATE)
    syscalls.mount("tmpfs", root, "tmpfs", _QUIET, "size=4m,mode=755")
    _make_devices(root)
    _make_proc(root)
    _make_writable(root, policy, inputs, owner)
    # After the kernel's own /tmp, so that a checkout or an environment below /tmp is seen.
    _show_system(root, policy, shown)
    _fill_etc(root)
    if policy.data is not None:
        _show(str(policy.data), root, DATA)

    sockets = _make_folder(root, SOCKETS)
    syscalls.mount("tmpfs", sockets, "tmpfs", _QUIET, "size=64k,mode=700")
    if owner is not None:
        os.chown(sockets, owner, owner)
    syscalls.mount(
        "none", root, flags=syscalls.MS_REMOUNT | syscalls.MS_BIND | syscalls.MS_RDONLY | _QUIET
    )
    syscalls.pivot_root(root)
    return Folders(work=WORK, temporary="/tmp", sockets=SOCKETS, data=DATA if policy.data else None)


def _make_devices(root: str) -> None:
    _make_folder(root, "/dev")
    for name in _DEVICES:
        with open(f"{root}/dev/{name}", "wb"):
            pass
        syscalls.mount(f"/dev/{name}", f"{root}/dev/{name}", flags=syscalls.MS_BIND)
    for name, target in (("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")):
        os.symlink(f"/proc/self/fd{target}", f"{root}/dev/{name}")
    # `!command` in a notebook runs on a pseudo-terminal.
    flags = syscalls.MS_NOSUID | syscalls.MS_NOEXEC
    options = "newinstance,ptmxmode=0666,mode=620"
    syscalls.mount("devpts", _make_folder(root, "/dev/pts"), "devpts", flags, options)
    os.symlink("pts/ptmx", f"{root}/dev/ptmx")


def _make_proc(root: str) -> None:
    proc = _make_folder(root, "/proc")
    syscalls.mount("proc", proc, "proc", _QUIET | syscalls.MS_NOEXEC)
    for name in _PROC_READ_ONLY:
        if os.path.exists(f"{proc}/{name}"):
            syscalls.bind(f"{proc}/{name}", f"{proc}/{name}")


def _make_writable(
    root: str, policy: SandboxPolicy, inputs: Path | None, owner: int | None
) -> None:
    """Make one file system for everything writable, so that one limit covers it."""
    places = {"own": WORK, "tmp": "/tmp", "shm": "/dev/shm"}
    writable = _make_folder(root, "/.writable")
    size = f"size={policy.disk_bytes},nr_inodes={policy.files},mode=755"
    syscalls.mount("tmpfs", writable, "tmpfs", _QUIET, size)
    for name in places:
        os.mkdir(f"{writable}/{name}")
    if inputs is not None:
        copy_inputs(inputs, f"{writable}/own", policy)
    os.mkdir(f"{writable}/own/{EVIDENCE}")
    if owner is not None:
        give_to(writable, owner)
    for name, path in places.items():
        syscalls.mount(f"{writable}/{name}", _make_folder(root, path), flags=syscalls.MS_BIND)
    syscalls.unmount(writable)
    os.rmdir(writable)


def _show_system(root: str, policy: SandboxPolicy, shown: list[Path]) -> None:
    for path in shown:
        _show(str(path), root, str(path))
        # Shown folders come outermost first, so a hidden folder inside one is covered before
        # the parts of it that may be seen (gan_helpers, the environment) are put on top.
        for hidden in (REPOSITORY, *policy.hidden):
            if path in hidden.parents and hidden.is_dir():
                syscalls.mount("tmpfs", f"{root}{hidden}", "tmpfs", syscalls.MS_NOSUID, "size=64k")
    for name in ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"):
        if os.path.islink(name):
            os.symlink(os.readlink(name), root + name)
        elif os.path.isdir(name):
            _show(name, root, name)


def _fill_etc(root: str) -> None:
    etc = _make_folder(root, "/etc")
    for name, text in _ETC.items():
        Path(etc, name).write_text(text)
    for name in _ETC_FROM_HOST:
        if os.path.exists(f"/etc/{name}"):
            _show(f"/etc/{name}", root, f"/etc/{name}")


def build_plain(*, root: str, policy: SandboxPolicy, inputs: Path | None) -> Folders:
    """Lay out the same folders in ``root`` without any wall, for ``isolation="none"``."""
    folders = Folders(
        work=f"{root}/own",
        temporary=f"{root}/tmp",
        sockets=f"{root}/sockets",
        data=str(policy.data) if policy.data else None,
    )
    for path in (folders.work, folders.temporary, folders.sockets):
        os.mkdir(path, mode=0o700)
    if inputs is not None:
        copy_inputs(inputs, folders.work, policy)
    os.mkdir(f"{folders.work}/{EVIDENCE}")
    return folders


def seal_sockets(folders: Folders) -> None:
    """Make the folder of the channels read-only, so that none can be replaced.

    The trusted side connects to these files. A kernel that could swap one for a link would
    have the trusted side talk to any Unix socket of the host.
    """
    flags = syscalls.MS_REMOUNT | syscalls.MS_BIND | syscalls.MS_RDONLY | _QUIET
    syscalls.mount("none", folders.sockets, flags=flags)
