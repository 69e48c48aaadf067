"""Reads who handed in what, and when, off the file names of an LMS's download.

The forms of the names are in ``presets.toml``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from autograder.lms.presets import NameForm, System, system_named


class UnknownNameError(ValueError):
    """A path that is not in the form of the LMS; the text says what to do."""


@dataclass(frozen=True)
class Label:
    """What an LMS says about a file that was handed in.

    Attributes:
        name: The student's name, as the LMS spells it in file names.
        number: The LMS's number for the student (Canvas), for the student and the assignment
            (Brightspace) or for the participant (Moodle); empty if there is none.
        file: Path of the file as it was handed in, below the LMS's own folders.
        time: When it was handed in, on the clock of the LMS, or None.
        late: Whether the LMS calls it late.
        upload: A number that grows with each upload, where the LMS gives one; else 0.
    """

    name: str
    number: str
    file: tuple[str, ...]
    time: datetime | None = None
    late: bool = False
    upload: int = 0


def read_label(parts: tuple[str, ...], system: str) -> Label:
    """Read what the LMS says about a file.

    The first part of the path in the LMS's form counts. What comes after it was named by the
    student, who might imitate that form.

    Args:
        parts: The file's path in the download; a zip file that was opened counts as a folder.
        system: One of :data:`presets.SYSTEMS`.

    Raises:
        UnknownNameError: If no part of the path is in the form of that LMS.
        ValueError: If there is no such system.
    """
    lms = system_named(system)
    if lms.student_id == "folder":
        if len(parts) < 2:
            raise UnknownNameError("it is in no student's folder; put it in one.")
        return Label(parts[0].removesuffix(".zip"), "", parts[1:])
    for position, part in enumerate(parts):
        label = _label_of(part, parts[position + 1 :], lms)
        if label is not None:
            return label
    raise UnknownNameError(f"its name is not in the form of {system.title()}'s downloads.")


def _label_of(part: str, inside: tuple[str, ...], lms: System) -> Label | None:
    """Return what one part of a path says, or None if it is not in the form of the LMS.

    Args:
        part: Name of a file or folder.
        inside: The rest of the path, if it is a folder.
        lms: The LMS.
    """
    for refused in lms.refused:
        if re.fullmatch(refused.pattern, part):
            raise UnknownNameError(refused.reason)
    if inside and not lms.makes_folders and not part.lower().endswith(".zip"):
        return None
    for form in lms.names:
        match = re.fullmatch(form.pattern, part)
        if match and (inside or not form.folder):
            return _read(match.groupdict(), form, part, inside)
    return None


def _read(
    groups: dict[str, str | None], form: NameForm, part: str, inside: tuple[str, ...]
) -> Label | None:
    try:
        text = form.time.format(**groups)
        time = datetime.strptime(text, form.time_format) if text else None
    except ValueError:
        return None
    return Label(
        name=groups["name"] or "",
        number=groups["number"] or "",
        file=inside or (groups.get("file") or part,),
        time=time,
        late=bool(groups.get("late")),
        upload=int(groups.get("upload") or 0),
    )
