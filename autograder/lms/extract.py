"""Unpacks what an LMS lets one download, and the zip files of students in it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from autograder.lms.archives import CLASS_LIMITS, HAND_IN_LIMITS, ArchiveError, Limits, unpack
from autograder.lms.hand_ins import Note

_LOOSE_FILES = "files"


def extract(downloads: Iterable[Path], root: Path) -> list[Note]:
    """Unpack downloads, each to a folder of its own name.

    Args:
        downloads: Zip files, folders that were unpacked already, or single files.
        root: Folder for them.

    Returns:
        A note on each zip file of a student that was refused; it stays as it is.

    Raises:
        ArchiveError: If a download itself is refused.
    """
    room = CLASS_LIMITS.size
    for download in downloads:
        target = root / download.name
        if download.is_dir():
            try:
                shutil.copytree(download, target, symlinks=True)
            except shutil.Error as error:
                first = error.args[0][0][0]
                raise ArchiveError(f"{first} cannot be copied; take it away.") from None
        elif download.name.lower().endswith(".zip"):
            try:
                room -= unpack(download, target, limits=Limits(CLASS_LIMITS.entries, room))
            except ArchiveError as error:
                raise ArchiveError(f"{download.name} {error}") from None
        else:
            (root / _LOOSE_FILES).mkdir(exist_ok=True)
            shutil.copy(download, root / _LOOSE_FILES)
    refused: list[Note] = []
    # Listed before any is opened: what is in a student's zip stays closed.
    for path in sorted(root.glob("*/**/*")):
        if path.name.lower().endswith(".zip") and path.is_file() and not path.is_symlink():
            try:
                room -= _open(path, root, room)
            except ArchiveError as error:
                place = Path(*path.relative_to(root).parts[1:])
                refused.append(Note(place.as_posix(), f"it {error}"))
    return refused


def _open(path: Path, root: Path, room: int) -> int:
    """Put a folder in the place of a student's zip file; return the size of its files in bytes."""
    folder = Path(tempfile.mkdtemp(prefix=".opening-", dir=root), "zip")
    try:
        limits = Limits(HAND_IN_LIMITS.entries, min(HAND_IN_LIMITS.size, room))
        size = unpack(path, folder, limits=limits)
        path.unlink()
        folder.rename(path)
    finally:
        folder.parent.rmdir()
    return size
