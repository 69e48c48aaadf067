"""Collects an LMS's download into ``submitted/``, with nbgrader's ``zip_collect`` and two plugins.

``python -m autograder collect`` runs it and tells where every file has gone. The plugins are in
``nbgrader_config.py`` too, so that ``nbgrader zip_collect`` works on ``downloaded/ASSIGNMENT/``.
"""

from __future__ import annotations

import filecmp
import logging
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from nbgrader.apps.zipcollectapp import ZipCollectApp
from nbgrader.coursedir import CourseDirectory
from nbgrader.plugins import ExtractorPlugin, FileNameCollectorPlugin
from traitlets import Enum, Unicode
from traitlets.config.loader import PyFileConfigLoader

from autograder.course import COURSE_ROOT, Assignment
from autograder.lms.archives import CLASS_LIMITS, HAND_IN_LIMITS, ArchiveError, Limits, unpack
from autograder.lms.filenames import SYSTEMS
from autograder.lms.roster import Roster, read_roster
from autograder.lms.sort import HandIn, Note, Sorted, sort_files
from autograder.submission import is_placeholder
from autograder.submission.report import shown

_LOOSE_FILES = "files"


class SafeExtractor(ExtractorPlugin):
    """Unpacks downloads and the zip files in them, each to a folder of its own name.

    A zip of a student's that is refused stays as it is; the reason is in ``refused``.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.refused: list[Note] = []

    def extract(self, archive_path: str, extracted_path: str) -> None:
        """Unpack everything in a folder (called by nbgrader).

        Raises:
            ArchiveError: If a download itself is refused.
        """
        root = Path(extracted_path)
        left = CLASS_LIMITS.size
        for source in sorted(Path(archive_path).iterdir()):
            target = root / source.name
            if source.is_dir():
                try:
                    shutil.copytree(source, target, symlinks=True)
                except shutil.Error as error:
                    first = error.args[0][0][0]
                    raise ArchiveError(f"{first} cannot be copied; take it away.") from None
            elif source.name.lower().endswith(".zip"):
                try:
                    left -= unpack(source, target, limits=Limits(CLASS_LIMITS.entries, left))
                except ArchiveError as error:
                    raise ArchiveError(f"{source.name} {error}") from None
            else:
                (root / _LOOSE_FILES).mkdir(exist_ok=True)
                shutil.copy(source, root / _LOOSE_FILES)
        # Found before any is opened: what is in a student's zip stays closed.
        for path in sorted(root.glob("*/**/*")):
            if path.name.lower().endswith(".zip") and path.is_file() and not path.is_symlink():
                left -= self._open(path, root, left)

    def _open(self, path: Path, root: Path, left: int) -> int:
        """Put a folder in the place of a student's zip file; return the size of its files."""
        place = Path(*path.relative_to(root).parts[1:])
        folder = Path(tempfile.mkdtemp(prefix=".opening-", dir=root), "zip")
        limits = Limits(HAND_IN_LIMITS.entries, min(HAND_IN_LIMITS.size, left))
        try:
            size = unpack(path, folder, limits=limits)
            path.unlink()
            folder.rename(path)
        except ArchiveError as error:
            self.refused.append(Note(place.as_posix(), f"it {error}"))
            self.log.warning("%s %s", place, error)
            size = 0
        folder.parent.rmdir()
        return size


class LmsCollector(FileNameCollectorPlugin):
    """Says whose each file is, by the file names of an LMS and a list of students."""

    lms = Enum(SYSTEMS, default_value="folder", help="Where the download is from.").tag(config=True)
    roster = Unicode("", help="CSV file with the students, as the LMS exports it.").tag(config=True)
    id_column = Unicode("", help="Column of the roster that names students.").tag(config=True)
    timezone = Unicode(
        "", help="Zone of the times in file names, such as Europe/Vienna; else this machine's."
    ).tag(config=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.students: Roster | None = None
        self.sorted: Sorted | None = None
        self.skipped: set[str] = set()
        self._owners: dict[Path, tuple[HandIn, str]] = {}

    def sort(self, root: Path, assignment: str) -> Sorted:
        """Sort all files that were unpacked.

        Args:
            root: Folder with one folder per download.
            assignment: Name of the assignment.

        Raises:
            ValueError: If the roster or the time zone is no good, or the files cannot be sorted.
        """
        if self.roster:
            self.students = read_roster(Path(self.roster), id_column=self.id_column)
        self.sorted = sort_files(
            root,
            assignment=assignment,
            system=self.lms,
            roster=self.students,
            zone=_zone(self.timezone),
        )
        self._owners = {
            source.resolve(): (hand_in, name)
            for hand_in in self.sorted.hand_ins.values()
            for name, source in hand_in.files.items()
        }
        return self.sorted

    def collect(self, submitted_file: str) -> dict[str, Any] | None:
        """Say where a file goes, or None if it stays where it is (called by nbgrader)."""
        if self.sorted is None:
            app = self.parent
            self.sort(
                Path(app._format_collect_path(app.extracted_directory)), app.coursedir.assignment_id
            )
        hand_in, name = self._owners.get(Path(submitted_file).resolve(), (None, ""))
        if hand_in is None or hand_in.student in self.skipped:
            return None
        return {"student_id": hand_in.student, "file_id": name, "timestamp": hand_in.time}


def _zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            f'There is no time zone "{name}"; name it like Europe/Vienna or America/New_York.'
        ) from None


@dataclass(frozen=True)
class Collected:
    """Where the files of a download have gone.

    Attributes:
        new: Hand-ins that were copied into ``submitted/``.
        unchanged: Hand-ins that were there already.
        kept: Hand-ins for which there was something else already, which was kept.
        refused: Zip files of students that were not opened; they are in ``submitted/`` as they are.
        sorted: Where each file belongs.
        absent: Students of the roster who have handed in nothing.
    """

    new: tuple[HandIn, ...]
    unchanged: tuple[HandIn, ...]
    kept: tuple[HandIn, ...]
    refused: tuple[Note, ...]
    sorted: Sorted
    absent: tuple[str, ...] = ()

    @property
    def needs_attention(self) -> bool:
        """Whether something is left for a person to do."""
        return bool(self.sorted.not_understood or self.kept or self.refused)

    def lines(self) -> list[str]:
        """Return the report, line by line."""
        counts = {
            "Collected": len(self.new),
            "unchanged since the last time": len(self.unchanged),
            "not replaced": len(self.kept),
            "files not understood": len(self.sorted.not_understood),
        }
        lines = ["; ".join(f"{what}: {count}" for what, count in counts.items()) + "."]
        everyone = (*self.new, *self.unchanged, *self.kept)
        lines += _listed(
            "Not understood; these files are with no student:", self.sorted.not_understood
        )
        lines += _listed("Zip files that were not opened:", self.refused)
        lines += _listed(
            "Not replaced, since something else is in submitted/ already (--force replaces it):",
            [Note(one.student, "") for one in self.kept],
        )
        lines += _listed(
            "Handed in without a notebook:",
            [Note(one.student, "") for one in everyone if not one.has_notebook],
        )
        lines += _listed("Late, says the LMS:", [Note(s.student, "") for s in everyone if s.late])
        lines += _listed("Handed in again; the newest counts, not:", self.sorted.superseded)
        lines += _listed("Left out:", self.sorted.left_out)
        lines += _listed("Nothing handed in by:", [Note(one, "") for one in self.absent])
        return lines


def _listed(heading: str, notes: Iterable[Note]) -> list[str]:
    items = [
        f"  {shown(note.place, limit=200)}" + (f": {note.reason}" if note.reason else "")
        for note in notes
    ]
    return [heading, *items] if items else []


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
        system: The LMS, one of ``names.SYSTEMS``.
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
        downloads = Path(work, "archive")
        downloads.mkdir()
        is_named_zip = archive.is_dir() or archive.name.lower().endswith(".zip")
        name = archive.name if is_named_zip else f"{archive.name}.zip"
        (downloads / name).symlink_to(archive)
        config = PyFileConfigLoader("nbgrader_config.py", path=str(COURSE_ROOT)).load_config()
        config.Application.log_level = logging.CRITICAL  # everything is told in the report
        config.CourseDirectory.root = str(course)
        config.CourseDirectory.assignment_id = assignment.name
        escaped = work.replace("{", "{{").replace("}", "}}")
        config.ZipCollectApp.collect_directory_structure = f"{escaped}/{{collect_step}}"
        config.ZipCollectApp.extractor_plugin = SafeExtractor
        config.ZipCollectApp.collector_plugin = LmsCollector
        config.LmsCollector.lms = system
        config.LmsCollector.roster = str(roster or "")
        config.LmsCollector.id_column = id_column
        config.LmsCollector.timezone = timezone
        app = _CollectApp(config=config)
        app.coursedir = CourseDirectory(parent=app)
        app.replace = replace
        app.start()
    return app.outcome


class _CollectApp(ZipCollectApp):
    """nbgrader's own command, which first looks at what each student has there already."""

    replace = False
    outcome: Collected

    def process_extracted_files(self) -> None:
        collector: LmsCollector = self.collector_plugin_inst
        root = Path(self._format_collect_path(self.extracted_directory))
        result = collector.sort(root, self.coursedir.assignment_id)
        new, unchanged, kept = [], [], []
        for hand_in in result.hand_ins.values():
            there = _files_there(self._folder(hand_in.student))
            if not there or (self.replace and not _are_same(there, hand_in)):
                new.append(hand_in)
            elif _are_same(there, hand_in):
                unchanged.append(hand_in)
            else:
                kept.append(hand_in)
        collector.skipped = {hand_in.student for hand_in in (*unchanged, *kept)}
        self.force = True  # for those that are left it has just been decided
        super().process_extracted_files()
        students = collector.students.students if collector.students else ()
        self.outcome = Collected(
            tuple(new),
            tuple(unchanged),
            tuple(kept),
            tuple(self.extractor_plugin_inst.refused),
            result,
            tuple(
                one.id
                for one in students
                if one.id
                and one.id not in result.hand_ins
                and not _files_there(self._folder(one.id))
            ),
        )

    def _folder(self, student: str) -> Path:
        directory = self.coursedir.submitted_directory
        return Path(self.coursedir.format_path(directory, student, self.coursedir.assignment_id))

    def fail(self, msg: str, *args: object) -> NoReturn:
        raise ValueError(f"nbgrader could not collect: {msg % args if args else msg}")


def _files_there(folder: Path) -> dict[str, Path]:
    """Return what a student has in ``submitted/``, without what grading has put there."""
    return {
        path.relative_to(folder).as_posix(): path
        for path in folder.rglob("*")
        if not path.is_dir()
        and path != folder / "timestamp.txt"
        and (path.is_symlink() or not is_placeholder(path))
    }


def _are_same(there: dict[str, Path], hand_in: HandIn) -> bool:
    return there.keys() == hand_in.files.keys() and all(
        filecmp.cmp(path, hand_in.files[name], shallow=False) for name, path in there.items()
    )
