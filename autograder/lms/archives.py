"""Unpacks zip files that come from outside, or refuses them with a sentence.

Everything is checked before the first byte is written: where each entry would land, what it is,
how many there are and how large they say they are. zipfile never unpacks more of an entry than its
stated size, so a stated size is a limit.
"""

from __future__ import annotations

import re
import shutil
import stat
import struct
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from autograder.submission.report import shown

_MAX_DEPTH = 20
_MAX_NAME = 200  # bytes of UTF-8; file systems take 255, and names get additions on their way
_END = b"PK\5\6"
_END_SIZE = 22
_MAX_COMMENT = 65_535
_BYTES_PER_ENTRY = 1024  # in the archive's table of contents; long names with accents take 500


class ArchiveError(ValueError):
    """An archive that is not unpacked; the text says why and goes on from the archive's name."""


@dataclass(frozen=True)
class Limits:
    """What an archive may hold.

    Attributes:
        entries: Largest number of files and folders.
        size: Largest total size of the unpacked files, in bytes.
    """

    entries: int
    size: int


CLASS_LIMITS = Limits(entries=20_000, size=8 * 2**30)
"""For the download of a whole class."""

HAND_IN_LIMITS = Limits(entries=500, size=200 * 2**20)
"""For what one student hands in: notebook, history, pictures and a generator are 10 MB."""


def unpack(archive: Path, folder: Path, *, limits: Limits) -> int:
    """Unpack a zip file.

    Args:
        archive: The zip file.
        folder: Where to; made by this function, and removed again if the archive is refused.
        limits: What it may hold.

    Returns:
        Total size of the files, in bytes.

    Raises:
        ArchiveError: If the archive is damaged, protected, too large, or holds anything but plain
            files below its own folder.
    """
    _check_contents_table(archive, limits)
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = _checked(opened.infolist(), limits)
            folder.mkdir(parents=True)
            for path, entry in entries.items():
                target = folder.joinpath(*path)
                if entry.is_dir():
                    target.mkdir(parents=True, exist_ok=True)
                    continue
                target.parent.mkdir(parents=True, exist_ok=True)
                with opened.open(entry) as source, target.open("xb") as copy:
                    shutil.copyfileobj(source, copy)
            return sum(entry.file_size for entry in entries.values())
    except ArchiveError:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, struct.error, UnicodeDecodeError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise ArchiveError(f"is damaged ({error}); download or pack it again.") from None
    except (RuntimeError, NotImplementedError) as error:
        # zipfile's way to say: a password is needed, or an unknown compression.
        shutil.rmtree(folder, ignore_errors=True)
        raise ArchiveError(f"cannot be opened ({error}); pack it as an ordinary zip.") from None
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _check_contents_table(archive: Path, limits: Limits) -> None:
    """Refuse a table of contents that would fill the memory when zipfile reads all of it."""
    with archive.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _END_SIZE - _MAX_COMMENT))
        tail = file.read()
    position = tail.rfind(_END)
    if position < 0 or len(tail) < position + _END_SIZE:
        raise ArchiveError("is not a zip file, or its end is missing; download or pack it again.")
    entries, table = struct.unpack("<HL", tail[position + 10 : position + 16])
    if entries > limits.entries or _BYTES_PER_ENTRY * limits.entries < table < 0xFFFFFFFF:
        raise ArchiveError(f"holds more than {limits.entries:,} entries.")
    if table == 0xFFFFFFFF or entries == 0xFFFF:
        raise ArchiveError("is in the zip64 form for more than 4 GB or 65,535 files; split it up.")


def _checked(
    infos: list[zipfile.ZipInfo], limits: Limits
) -> dict[tuple[str, ...], zipfile.ZipInfo]:
    """Return the entries by the path where they may land."""
    if len(infos) > limits.entries:
        raise ArchiveError(f"holds more than {limits.entries:,} entries.")
    total = sum(info.file_size for info in infos)
    if total > limits.size:
        raise ArchiveError(
            f"holds {total / 1e6:,.0f} MB when unpacked; {limits.size / 1e6:,.0f} MB are allowed."
        )
    entries: dict[tuple[str, ...], zipfile.ZipInfo] = {}
    for info in infos:
        name = entry_name(info)
        kind = stat.S_IFMT(info.external_attr >> 16)
        if info.flag_bits & 1:
            raise ArchiveError("is protected by a password; pack it without one.")
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise ArchiveError(f"holds {_quoted(name)}, a link or device and not a plain file.")
        path = safe_parts(name)
        if not path:
            continue  # the folder "./" itself
        if path in entries and not (info.is_dir() and entries[path].is_dir()):
            raise ArchiveError(f"holds {_quoted(name)} twice.")
        entries[path] = info
    files = {path for path, info in entries.items() if not info.is_dir()}
    for path in entries:
        inside = next((path[:n] for n in range(1, len(path)) if path[:n] in files), None)
        if inside:
            raise ArchiveError(f"uses {_quoted('/'.join(inside))} as a file and as a folder.")
    return entries


def entry_name(info: zipfile.ZipInfo) -> str:
    """Return the name of an entry as its author saw it.

    Names without the mark for UTF-8 should be in an old DOS encoding, and are UTF-8 all the same
    where macOS or Linux has packed them.
    """
    name = info.filename
    if not info.flag_bits & 0x800:
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            pass  # it is in the old encoding indeed
    return unicodedata.normalize("NFC", name)


def safe_parts(name: str) -> tuple[str, ...]:
    """Return the parts of an entry's path, if it stays below the folder it is unpacked to.

    Parts that are too long for a file system are shortened in the middle, where neither the LMS's
    prefix nor the ending is.

    Raises:
        ArchiveError: If it does not, or if no person would have chosen such a name.
    """
    name = name.replace("\\", "/")
    if name.startswith("/") or re.match("[A-Za-z]:", name):
        raise ArchiveError(f"holds {_quoted(name)}, which would land outside of its folder.")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise ArchiveError(f"holds {_quoted(name)}, which would land outside of its folder.")
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in name):
        raise ArchiveError(f"holds {_quoted(name)}, a name with control characters.")
    if len(parts) > _MAX_DEPTH:
        raise ArchiveError(f"holds folders nested more than {_MAX_DEPTH} deep.")
    return tuple(_shortened(part) for part in parts)


def _shortened(part: str) -> str:
    if len(part.encode()) <= _MAX_NAME:
        return part
    head = part.encode()[:130].decode(errors="ignore")
    tail = part.encode()[-60:].decode(errors="ignore")
    return f"{head}~{zlib.crc32(part.encode()):08x}~{tail}"


def _quoted(name: str) -> str:
    return f'"{shown(name)}"'
