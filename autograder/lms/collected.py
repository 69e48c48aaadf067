"""Says where the files of a download have gone, for the person who collects."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from autograder.lms.hand_ins import HandIn, Note, SortedFiles
from autograder.submission.report import shown


@dataclass(frozen=True)
class Collected:
    """Where the files of a download have gone.

    Attributes:
        new: Hand-ins that were copied into ``submitted/``.
        unchanged: Hand-ins that were there already.
        already_submitted: Hand-ins that were not copied, since ``submitted/`` already held
            something else of that student.
        refused: Zip files of students that were not opened; they are in ``submitted/`` as they are.
        sorted: Where each file belongs.
        absent: Students of the roster who have handed in nothing.
    """

    new: tuple[HandIn, ...]
    unchanged: tuple[HandIn, ...]
    already_submitted: tuple[HandIn, ...]
    refused: tuple[Note, ...]
    sorted: SortedFiles
    absent: tuple[str, ...] = ()

    @property
    def needs_attention(self) -> bool:
        """Whether something is left for a person to do."""
        return bool(self.sorted.unmatched or self.already_submitted or self.refused)

    def lines(self) -> list[str]:
        """Return the report, line by line."""
        counts = {
            "Collected": len(self.new),
            "unchanged since the last time": len(self.unchanged),
            "not replaced": len(self.already_submitted),
            "files not understood": len(self.sorted.unmatched),
        }
        everyone = (*self.new, *self.unchanged, *self.already_submitted)
        lists = {
            "Not understood; these files are with no student:": self.sorted.unmatched,
            "Zip files that were not opened:": self.refused,
            "Not replaced, since something else is in submitted/ already (--force replaces it):": (
                _students(self.already_submitted)
            ),
            "Handed in without a notebook:": _students(
                hand_in for hand_in in everyone if not hand_in.has_notebook
            ),
            "Late, says the LMS:": _students(hand_in for hand_in in everyone if hand_in.late),
            "Handed in again; the newest counts, not:": self.sorted.superseded,
            "Left out:": self.sorted.left_out,
            "Nothing handed in by:": [Note(student) for student in self.absent],
        }
        lines = ["; ".join(f"{what}: {count}" for what, count in counts.items()) + "."]
        for heading, notes in lists.items():
            if notes:
                lines += [heading, *map(_line, notes)]
        return lines


def _students(hand_ins: Iterable[HandIn]) -> list[Note]:
    return [Note(hand_in.student) for hand_in in hand_ins]


def _line(note: Note) -> str:
    return f"  {shown(note.place, limit=200)}" + (f": {note.reason}" if note.reason else "")
