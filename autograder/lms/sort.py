"""Gives every file of a download to a student, or puts it onto a list that says why not."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cached_property
from pathlib import Path

import dateutil.parser

from autograder.lms.filenames import Label, UnknownNameError, read_label
from autograder.lms.hand_ins import HandIn, Note, SortedFiles
from autograder.lms.presets import System, system_named
from autograder.lms.roster import Roster, UnknownStudentError, id_from_name, is_id
from autograder.lms.versions import StudentFile, destinations, newest

# What programs and the LMS itself leave behind; nobody has handed it in.
_JUNK = re.compile(
    r"__MACOSX|\._.*|\.DS_Store|Thumbs\.db|desktop\.ini|\.ipynb_checkpoints|__pycache__|\.git",
    re.IGNORECASE,
)
_LMS_PAGES = ("index.html",)  # Brightspace's list of what it has packed


def assign_files(
    root: Path,
    *,
    assignment: str,
    system: str,
    roster: Roster | None = None,
    zone: tzinfo | None = None,
) -> SortedFiles:
    """Assign every file of a download to the student who has handed it in.

    Args:
        root: Folder with one folder per download. Zip files in them have been opened already: each
            is a folder of its own name.
        assignment: Name of the assignment.
        system: The LMS, one of ``presets.SYSTEMS``.
        roster: The students. Without it, ids are made of what the file names hold: the number in
            Canvas, the name in Brightspace and Moodle, the folder's name without an LMS.
        zone: The time zone of the times in file names; this machine's if left out.

    Returns:
        The hand-ins, and a note on every file that is in none of them.

    Raises:
        ValueError: If there is no such system, or one folder holds everything and it cannot be
            told whether it is a student's.
    """
    result = SortedFiles()
    owners = _Owners(system, roster, zone)
    by_student: dict[str, list[StudentFile]] = defaultdict(list)
    for download in sorted(root.iterdir()):
        if owners.lms.student_id == "folder" and roster is None:
            _require_student_folders(download, assignment)
        for path in _files(download):
            _assign(path, download, owners, by_student, result)
    for student, files in sorted(by_student.items()):
        numbers = sorted({file.label.number for file in files})
        if len(numbers) > 1:
            reason = (
                f"several people are called so ({', '.join(numbers)}); put the files into "
                "submitted/ by hand."
            )
            result.unmatched += [Note(file.place, reason) for file in files]
            continue
        counting, superseded = newest(files, assignment)
        result.superseded += superseded
        result.hand_ins[student] = HandIn(
            student,
            destinations(counting, assignment),
            time=counting[0].time,
            late=any(file.label.late for file in counting),
        )
    return result


def _files(folder: Path) -> Iterator[Path]:
    """Yield everything below a folder that is no folder; links are not followed."""
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.is_symlink():
            yield from _files(path)
        else:
            yield path


def _require_student_folders(download: Path, assignment: str) -> None:
    inside = [path for path in download.iterdir() if not _JUNK.fullmatch(path.name)]
    if len(inside) != 1 or not inside[0].is_dir():
        return
    deeper = [path for path in inside[0].iterdir() if not _JUNK.fullmatch(path.name)]
    if all(path.is_dir() and path.name != assignment for path in deeper):
        raise ValueError(
            f'All files are in one folder "{inside[0].name}", which may be a student or the whole '
            "class; say who the students are with --roster."
        )


def _assign(
    path: Path,
    download: Path,
    owners: _Owners,
    by_student: dict[str, list[StudentFile]],
    result: SortedFiles,
) -> None:
    """Put a file into its student's list, or a note into one of the result's lists."""
    parts = path.relative_to(download).parts
    place = "/".join(parts)
    if any(_JUNK.fullmatch(part) for part in parts):
        result.left_out.append(Note(place, "a program has left it behind."))
        return
    if path.is_symlink() or not path.is_file():
        result.unmatched.append(Note(place, "it is a link or device, not a file."))
        return
    try:
        student, label = owners.of(parts)
    except (UnknownNameError, UnknownStudentError) as error:
        if parts[-1] in _LMS_PAGES:
            result.left_out.append(Note(place, "the LMS has written it."))
        else:
            result.unmatched.append(Note(place, str(error)))
        return
    time = owners.time_of(student, label)
    by_student[student].append(StudentFile(path, place, label, time))


@dataclass(frozen=True)
class _Owners:
    """Says whose a file is, and when it was handed in.

    Attributes:
        system: The LMS, one of ``presets.SYSTEMS``.
        roster: The students, or None.
        zone: The time zone of the times in file names; this machine's if None.
    """

    system: str
    roster: Roster | None
    zone: tzinfo | None

    @cached_property
    def lms(self) -> System:
        return system_named(self.system)

    def of(self, parts: tuple[str, ...]) -> tuple[str, Label]:
        """Return the student of a file and what the LMS says about it.

        Args:
            parts: The file's path in the download.

        Raises:
            UnknownNameError: If its name is not in the form of the LMS.
            UnknownStudentError: If it means no student, or may mean several.
        """
        label = read_label(parts, self.system)
        if self.roster is None:
            return self._id_from_label(label), label
        try:
            return self.roster.find(label.name, label.number, self.system).id, label
        except UnknownStudentError:
            if self.lms.student_id != "folder" or len(parts) < 3:
                raise
            # The students' folders may lie together in one folder.
            label = read_label(parts[1:], self.system)
            return self.roster.find(label.name, label.number, self.system).id, label

    def _id_from_label(self, label: Label) -> str:
        if self.lms.student_id == "number":
            return label.number
        if self.lms.student_id == "name":
            return id_from_name(label.name)
        if not is_id(label.name):
            raise UnknownStudentError(
                "the folder's name cannot be a student's id; use letters, digits, dots, - and @."
            )
        return label.name

    def time_of(self, student: str, label: Label) -> datetime | None:
        """Return when a file was handed in, in UTC and without a zone, if anything says so."""
        time = label.time or self._time_in_roster(student)
        if time is None:
            return None
        local = time.astimezone() if self.zone is None else time.replace(tzinfo=self.zone)
        return local.astimezone(UTC).replace(tzinfo=None)

    def _time_in_roster(self, student: str) -> datetime | None:
        """Return when Moodle's grading worksheet says that a student has handed in."""
        students = self.roster.students if self.roster else ()
        row = next((row for row in students if row.id == student), None)
        text = row.get("submitted") if row else ""
        try:
            return dateutil.parser.parse(text) if len(text) > 1 else None
        except (ValueError, OverflowError):
            return None  # in another language than English
