"""What a download holds once it is sorted: hand-ins, and notes on all other files."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

NOTEBOOK = re.compile(r"\.ipynb(\.txt|\.json)?$", re.IGNORECASE)
"""The endings of notebooks; browsers and mail programs hang a second one on."""


@dataclass(frozen=True)
class Note:
    """A file or a student to be told about.

    Attributes:
        place: The file's path in the download, or the student's id.
        reason: Why a file was not collected, ending in a full stop; may be empty.
    """

    place: str
    reason: str = ""


@dataclass(frozen=True)
class HandIn:
    """What one student has handed in.

    Attributes:
        student: The student's id.
        files: Maps paths below the student's folder to the files to copy there.
        time: When it was handed in, in UTC and without a zone as nbgrader keeps it, or None.
        late: Whether the LMS calls it late.
    """

    student: str
    files: dict[str, Path]
    time: datetime | None = None
    late: bool = False

    @property
    def has_notebook(self) -> bool:
        """Whether there is a notebook in it."""
        return any(NOTEBOOK.search(name) for name in self.files)


@dataclass
class SortedFiles:
    """Where every file of a download belongs.

    Attributes:
        hand_ins: By student.
        superseded: Files that the same student has handed in again later.
        unmatched: Files that could not be given to a student.
        left_out: Files that nobody has handed in.
    """

    hand_ins: dict[str, HandIn] = field(default_factory=dict)
    superseded: list[Note] = field(default_factory=list)
    unmatched: list[Note] = field(default_factory=list)
    left_out: list[Note] = field(default_factory=list)
