"""Reads who handed in what, and when, off the file names of an LMS's download.

Where each form was found, and what nobody could verify, is said in ``docs/instructors.md``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

SYSTEMS = ("brightspace", "canvas", "moodle", "folder")
"""The systems whose downloads can be read; ``folder`` is a folder or zip per student, of no LMS."""

_BRIGHTSPACE = re.compile(
    r"(?P<number>\d+-\d+) - (?P<name>.+?) - "
    r"(?P<time>[A-Z][a-z]{2} \d{1,2}, \d{4} \d{3,4} [AP]M)\s*(?:- *(?P<file>.+))?"
)
# Letters and digits only are left of the name, in lower case; LATE is the system's own word.
_CANVAS = re.compile(
    r"(?P<name>.+?)(?P<late>_LATE)?_(?P<number>\d+)_"
    r"(?:(?P<upload>\d+)_(?P<file>.+)|(?P<page>(?:text|link)\.html))"
)
_CANVAS_ANONYMOUS = re.compile(r"(?:LATE_)?anon_\w+?_\d+_.+")
# Underscores in names are replaced before the system adds its own.
_MOODLE = re.compile(
    r"(?P<name>[^_]+)_(?P<number>\d+)_assignsubmission_(?P<kind>[a-z]+)(?:_(?P<file>.*))?"
)


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
        system: One of :data:`SYSTEMS`.

    Raises:
        UnknownNameError: If no part of the path is in the form of that LMS.
        ValueError: If there is no such system.
    """
    if system not in SYSTEMS:
        raise ValueError(f"There is no LMS {system!r}; choose one of: {', '.join(SYSTEMS)}.")
    if system == "folder":
        if len(parts) < 2:
            raise UnknownNameError("it is in no student's folder; put it in one.")
        return Label(parts[0].removesuffix(".zip"), "", parts[1:])
    for position, part in enumerate(parts):
        label = _READERS[system](part, parts[position + 1 :])
        if label is not None:
            return label
    raise UnknownNameError(f"its name is not in the form of {system.title()}'s downloads.")


def _brightspace(part: str, inside: tuple[str, ...]) -> Label | None:
    found = _BRIGHTSPACE.fullmatch(part)
    if not found:
        return None
    text = found["time"]
    day, _, clock = text.removesuffix(text[-3:]).rpartition(" ")
    try:
        # strptime would read 105 as 10:5; the last two digits are the minutes.
        time = datetime.strptime(f"{day} {clock:0>4} {text[-2:]}", "%b %d, %Y %I%M %p")
    except ValueError:
        return None
    return Label(found["name"], found["number"], inside or (found["file"] or part,), time)


def _canvas(part: str, inside: tuple[str, ...]) -> Label | None:
    if _CANVAS_ANONYMOUS.fullmatch(part):
        raise UnknownNameError(
            "it was downloaded without names; end anonymous grading in Canvas and download again."
        )
    found = _CANVAS.fullmatch(part)
    # Canvas makes no folders: one with such a name is the student's, unless it is an opened zip.
    if not found or (inside and not part.lower().endswith(".zip")):
        return None
    return Label(
        found["name"],
        found["number"],
        inside or (found["file"] or found["page"],),
        late=bool(found["late"]),
        upload=int(found["upload"] or 0),
    )


def _moodle(part: str, inside: tuple[str, ...]) -> Label | None:
    found = _MOODLE.fullmatch(part)
    if not found or not (inside or found["file"]):
        return None
    return Label(found["name"], found["number"], inside or (found["file"],))


_READERS = {"brightspace": _brightspace, "canvas": _canvas, "moodle": _moodle}
