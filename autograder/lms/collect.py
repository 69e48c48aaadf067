"""Collects an LMS's download into ``submitted/``: ``python -m autograder collect``."""

from __future__ import annotations

import filecmp
import shutil
import tempfile
from datetime import tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from autograder.course import COURSE_ROOT, Assignment, ClassFolder
from autograder.lms.collected import Collected
from autograder.lms.extract import extract
from autograder.lms.hand_ins import HandIn, Note, SortedFiles
from autograder.lms.roster import Roster
from autograder.lms.roster_file import read_roster
from autograder.lms.sort import assign_files
from autograder.submission import is_placeholder

_TIMESTAMP = "timestamp.txt"  # where nbgrader looks for the time of the hand-in


def collect(
    assignment: Assignment,
    archive: Path,
    *,
    system: str,
    course: Path = COURSE_ROOT,
    roster: Path | None = None,
    id_column: str = "",
    timezone: str = "",
    replace: bool = False,
) -> Collected:
    """Collect a download into ``submitted/STUDENT/ASSIGNMENT/``.

    Args:
        assignment: The assignment.
        archive: The LMS's zip file, or the folder that it was unpacked to.
        system: The LMS, one of ``presets.SYSTEMS``.
        course: The folder with ``submitted/``.
        roster: CSV file with the students, as the LMS exports it.
        id_column: Column of the roster that names students.
        timezone: Zone of the times in file names; this machine's if empty.
        replace: Replace what a student has in ``submitted/`` already, if it is something else.

    Returns:
        Where every file has gone.

    Raises:
        ValueError: If the archive is refused (an ``ArchiveError``), or an argument is no good.
    """
    if not archive.exists():
        raise ValueError(f"There is no file or folder {archive}; give the LMS's download.")
    archive = archive.resolve()
    with tempfile.TemporaryDirectory(prefix=".collecting-", dir=course) as work:
        root = Path(work, "extracted")
        root.mkdir()
        refused = extract([_as_download(archive, Path(work))], root)
        students = read_roster(roster, id_column=id_column) if roster else None
        files = assign_files(
            root,
            assignment=assignment.name,
            system=system,
            roster=students,
            zone=time_zone(timezone),
        )
        submissions = _Submissions(ClassFolder(course), assignment.name, Path(work))
        return submissions.take(files, refused, students, replace=replace)


def _as_download(archive: Path, work: Path) -> Path:
    """Return a path of the archive that ends in ``.zip`` if it is a file, whatever it is called."""
    if archive.is_dir() or archive.name.lower().endswith(".zip"):
        return archive
    renamed = work / f"{archive.name}.zip"
    renamed.symlink_to(archive)
    return renamed


def time_zone(name: str) -> tzinfo | None:
    """Return a time zone by its name; None, for this machine's, if the name is empty.

    Raises:
        ValueError: If there is none of that name.
    """
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            f'There is no time zone "{name}"; name it like Europe/Vienna or America/New_York.'
        ) from None


class _Submissions:
    """What a class has in ``submitted/`` for an assignment.

    Args:
        folder: The class.
        assignment: Name of the assignment.
        work: A folder on the same file system, for files on their way.
    """

    def __init__(self, folder: ClassFolder, assignment: str, work: Path) -> None:
        self._folder = folder
        self._assignment = assignment
        self._work = work

    def take(
        self, files: SortedFiles, refused: list[Note], roster: Roster | None, *, replace: bool
    ) -> Collected:
        """Copy the hand-ins that are new, and say where every file has gone."""
        new, unchanged, already_submitted = [], [], []
        for hand_in in files.hand_ins.values():
            present = self._present(hand_in.student)
            if present and _are_same(present, hand_in):
                unchanged.append(hand_in)
            elif present and not replace:
                already_submitted.append(hand_in)
            else:
                self._copy(hand_in)
                new.append(hand_in)
        ids = [student.id for student in roster.students if student.id] if roster else []
        absent = [
            student
            for student in ids
            if student not in files.hand_ins and not self._present(student)
        ]
        return Collected(
            new=tuple(new),
            unchanged=tuple(unchanged),
            already_submitted=tuple(already_submitted),
            refused=tuple(refused),
            sorted=files,
            absent=tuple(absent),
        )

    def _present(self, student: str) -> dict[str, Path]:
        """Return the files that a student has there, without what grading has put beside them."""
        folder = self._folder.submission(self._assignment, student)
        return {
            path.relative_to(folder).as_posix(): path
            for path in folder.rglob("*")
            if not path.is_dir()
            and path != folder / _TIMESTAMP
            and (path.is_symlink() or not is_placeholder(path))
        }

    def _copy(self, hand_in: HandIn) -> None:
        """Put a hand-in in the place of all that a student has there."""
        copied = Path(tempfile.mkdtemp(dir=self._work)) / self._assignment
        copied.mkdir()  # with the permissions that any new folder gets
        for name, source in hand_in.files.items():
            target = copied / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
        if hand_in.time is not None:
            (copied / _TIMESTAMP).write_text(hand_in.time.isoformat(" "), encoding="utf-8")
        # Only now, when nothing more can fail, is anything taken away.
        folder = self._folder.submission(self._assignment, hand_in.student)
        if folder.exists():
            shutil.rmtree(folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        copied.rename(folder)


def _are_same(present: dict[str, Path], hand_in: HandIn) -> bool:
    return present.keys() == hand_in.files.keys() and all(
        filecmp.cmp(path, hand_in.files[name], shallow=False) for name, path in present.items()
    )
