"""The file system a kernel sees: a fresh tree with read-only views of what Python needs."""

from __future__ import annotations

import dataclasses
import os
import sys
import sysconfig
from pathlib import Path

from autograder.sandbox import syscalls
from autograder.sandbox.files import copy_inputs, give_to
from autograder.sandbox.policy import SandboxPolicy

IMPORT_ROOT = Path(__file__).resolve().parents[__name__.count(".")]
"""The folder that this package is imported from."""

WORK = "/submission"
SOCKETS = "/run/kernel"
DATA = "/data"

ACCOUNT = 1000
"""The only account a kernel knows.

On the host it is the user who starts the kernel, or, if that is root, a number that nobody has.
"""

USER = "notebook"

_ETC = {
    "passwd": f"{USER}:x:{ACCOUNT}:{ACCOUNT}::/tmp:/bin/sh\n",
    "group": f"{USER}:x:{ACCOUNT}:\n",
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
        outputs: Folder in it for what the code shall leave there.
        temporary: Writable ``/tmp``, also the home folder.
        sockets: Folder of the kernel's channels; read-only once they are open.
        data: Read-only data sets, or None.
    """

    work: str
    outputs: str
    temporary: str
    sockets: str
    data: str | None


def _within(path: Path, folders: list[Path]) -> bool:
    return any(path == folder or folder in path.parents for folder in folders)


def import_folders(policy: SandboxPolicy) -> list[Path]:
    """Return the folders on Python's path of which kernels see nothing but the policy's packages.

    These are the folders that the packages lie in, and that of the sandbox itself unless it is
    installed among other packages.
    """
    folders = dict.fromkeys(package.parent for package in policy.packages)
    if IMPORT_ROOT not in (
        Path(sysconfig.get_path(kind)).resolve() for kind in ("purelib", "platlib")
    ):
        folders[IMPORT_ROOT] = None
    return list(folders)


def visible_folders(policy: SandboxPolicy) -> list[Path]:
    """Return the host's folders that kernels may read, outermost first, without repetition.

    Raises:
        ValueError: If one of them would show the whole machine, or what lies beside a package.
    """
    closed = import_folders(policy)
    wanted = [Path(sys.prefix), Path(sys.base_prefix), Path(sys.executable).resolve().parent.parent]
    wanted += [Path(entry) for entry in sys.path if entry and Path(entry).is_dir()]
    wanted += [Path("/usr"), *policy.read_only]
    wanted += [path.resolve() for path in wanted]
    wanted = [path for path in wanted if path not in closed] + list(policy.packages)
    chosen: list[Path] = []
    for path in sorted(set(wanted), key=lambda path: (len(path.parts), path)):
        inside = [folder for folder in closed if path in folder.parents]
        if len(path.parts) == 1 or (inside and path.parts[1] != "usr"):
            raise ValueError(
                f"Kernels would have to see {path}, and with it everything in "
                f"{inside[0] if inside else 'this machine'}: keep that in a folder that is not on "
                "Python's path."
            )
        if not _within(path, chosen) or any(_within(folder, chosen) for folder in closed):
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
        InputsError: If the inputs do not fit.
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
    return Folders(
        work=WORK,
        outputs=f"{WORK}/{policy.outputs}",
        temporary="/tmp",
        sockets=SOCKETS,
        data=DATA if policy.data else None,
    )


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
    places = {"work": WORK, "tmp": "/tmp", "shm": "/dev/shm"}
    writable = _make_folder(root, "/.writable")
    size = f"size={policy.disk_bytes},nr_inodes={policy.files},mode=755"
    syscalls.mount("tmpfs", writable, "tmpfs", _QUIET, size)
    for name in places:
        os.mkdir(f"{writable}/{name}")
    if inputs is not None:
        copy_inputs(inputs, f"{writable}/work", policy)
    os.mkdir(f"{writable}/work/{policy.outputs}")
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
        # the parts of it that may be seen (packages, Python's environment) are put on top.
        for hidden in (*import_folders(policy), *policy.hidden):
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
        work=f"{root}/work",
        outputs=f"{root}/work/{policy.outputs}",
        temporary=f"{root}/tmp",
        sockets=f"{root}/sockets",
        data=str(policy.data) if policy.data else None,
    )
    for path in (folders.work, folders.temporary, folders.sockets):
        os.mkdir(path, mode=0o700)
    if inputs is not None:
        copy_inputs(inputs, folders.work, policy)
    os.mkdir(folders.outputs)
    return folders


def seal_sockets(folders: Folders) -> None:
    """Make the folder of the channels read-only, so that none can be replaced.

    The trusted side connects to these files. A kernel that could swap one for a link would
    have the trusted side talk to any Unix socket of the host.
    """
    flags = syscalls.MS_REMOUNT | syscalls.MS_BIND | syscalls.MS_RDONLY | _QUIET
    syscalls.mount("none", folders.sockets, flags=flags)


def check_readable(shown: list[Path], folders: Folders) -> None:
    """Raise PermissionError where Python's files are closed to other accounts than root's."""
    for path in [*map(str, shown), *([folders.data] if folders.data else [])]:
        if not os.access(path, os.R_OK | os.X_OK):
            raise PermissionError(
                f"untrusted code runs under an account of its own, which cannot read {path}: run "
                "'chmod -R o+rX' on that folder, or start kernels as a user other than root"
            )
