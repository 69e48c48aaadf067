"""Files that cross the wall: inputs are copied into it, outputs are read out of it.

Neither way follows a link or opens anything but a regular file, as both ends are foreign.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from autograder.sandbox.policy import SandboxPolicy, plain_size


class InputsError(ValueError):
    """The files that go with a notebook cannot be copied; the text says why."""


class UnsafeFileError(ValueError):
    """A file of the kernel is not one that can be read safely; the text says why."""


def copy_inputs(source: Path, work: str, policy: SandboxPolicy) -> None:
    """Copy the files that go with a notebook into the working folder, regular files only.

    A folder named like that of the outputs is left out: outputs come from running the notebook.

    Raises:
        InputsError: If they are more or larger than the policy lets a kernel keep.
    """
    total = 0
    for number, (path, relative) in enumerate(_regular_files(source), start=1):
        if relative.split(os.sep)[0] == policy.outputs:
            continue
        try:
            # The folder is foreign: what is listed here may be a link or a pipe.
            file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.ENXIO):  # a link, a socket
                continue
            raise InputsError(f"The file {relative} cannot be read: {error}") from error
        with open(file, "rb") as reader:
            status = os.fstat(file)
            if not stat.S_ISREG(status.st_mode):
                continue
            total += status.st_size
            if total > policy.disk_bytes or number > policy.files // 2:
                raise InputsError(
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


def _regular_files(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield the regular files of ``folder`` as (path, relative name), following no link."""
    for parent, folders, files in os.walk(folder, followlinks=False):
        folders[:] = [name for name in folders if not os.path.islink(os.path.join(parent, name))]
        for name in files:
            path = Path(parent, name)
            yield path, str(path.relative_to(folder))


@dataclasses.dataclass(frozen=True)
class KernelFiles:
    """The files in the working folder of a kernel, also after the kernel's end.

    Attributes:
        work: The working folder, as an open folder: it has no name on the host.
    """

    work: int

    @contextlib.contextmanager
    def _folder(self, parts: tuple[str, ...]) -> Iterator[int]:
        """Open a folder below the working folder component by component, following no link."""
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
        folder = os.dup(self.work)
        try:
            for part in parts:
                deeper = os.open(part, flags, dir_fd=folder)
                os.close(folder)
                folder = deeper
            yield folder
        finally:
            os.close(folder)

    def read(self, relative: str, max_bytes: int) -> bytes:
        """Return the content of a file.

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
                # Without O_NONBLOCK, opening a pipe or a leased file would wait for the kernel.
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

    def names(self, relative: str = "", max_files: int = 1000) -> list[str]:
        """Return the names of the regular files in one folder, sorted.

        Args:
            relative: Folder below the working folder; empty for the working folder itself.
            max_files: Largest number of entries that are looked at.

        Raises:
            UnsafeFileError: If the folder lies behind a link or has more entries.
        """
        names = []
        try:
            with self._folder(_parts(relative) if relative else ()) as folder:
                with os.scandir(folder) as entries:
                    for number, entry in enumerate(entries, start=1):
                        if number > max_files:
                            raise UnsafeFileError(
                                f"The folder {relative or '.'} has more than {max_files} files."
                            )
                        if entry.is_file(follow_symlinks=False):
                            names.append(entry.name)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise UnsafeFileError(
                f"The folder {relative or '.'} cannot be listed ({error.strerror})."
            ) from None
        return sorted(names)


def _parts(relative: str) -> tuple[str, ...]:
    parts = tuple(relative.split("/"))
    if not all(parts) or any(part in (".", "..") or "\0" in part for part in parts):
        raise UnsafeFileError(f"{relative!r} is not a plain path below the working folder.")
    return parts
