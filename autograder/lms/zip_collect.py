"""Plugins by which ``nbgrader zip_collect`` reads an LMS's download in ``downloaded/ASSIGNMENT/``.

``nbgrader_config.py`` names them. ``python -m autograder collect`` does the same and tells where
every file has gone.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbgrader.plugins import ExtractorPlugin, FileNameCollectorPlugin
from traitlets import Enum, Unicode

from autograder.lms.collect import time_zone
from autograder.lms.extract import extract
from autograder.lms.hand_ins import HandIn
from autograder.lms.presets import SYSTEMS
from autograder.lms.roster_file import read_roster
from autograder.lms.sort import assign_files


class SafeExtractor(ExtractorPlugin):  # type: ignore[misc]
    """Unpacks downloads and the zip files in them, each to a folder of its own name."""

    def extract(self, archive_path: str, extracted_path: str) -> None:
        """Unpack everything in a folder (called by nbgrader).

        Raises:
            ArchiveError: If a download itself is refused.
        """
        for note in extract(sorted(Path(archive_path).iterdir()), Path(extracted_path)):
            self.log.warning("%s: %s", note.place, note.reason)


class LmsCollector(FileNameCollectorPlugin):  # type: ignore[misc]
    """Says whose each file is, by the file names of an LMS and a list of students."""

    lms = Enum(SYSTEMS, default_value="folder", help="Where the download is from.").tag(config=True)
    roster = Unicode("", help="CSV file with the students, as the LMS exports it.").tag(config=True)
    id_column = Unicode("", help="Column of the roster that names students.").tag(config=True)
    timezone = Unicode(
        "", help="Zone of the times in file names, such as Europe/Vienna; else this machine's."
    ).tag(config=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._owners: dict[Path, tuple[HandIn, str]] | None = None

    def collect(self, submitted_file: str) -> dict[str, Any] | None:
        """Say where a file goes, or None if it stays where it is (called by nbgrader)."""
        if self._owners is None:
            self._owners = self._assign()
        hand_in, name = self._owners.get(Path(submitted_file).resolve(), (None, ""))
        if hand_in is None:
            return None
        return {"student_id": hand_in.student, "file_id": name, "timestamp": hand_in.time}

    def _assign(self) -> dict[Path, tuple[HandIn, str]]:
        """Return the hand-in of each file that nbgrader has unpacked, and the file's name in it."""
        app = self.parent
        files = assign_files(
            Path(app._format_collect_path(app.extracted_directory)),
            assignment=app.coursedir.assignment_id,
            system=self.lms,
            roster=(
                read_roster(Path(self.roster), id_column=self.id_column) if self.roster else None
            ),
            zone=time_zone(self.timezone),
        )
        return {
            source.resolve(): (hand_in, name)
            for hand_in in files.hand_ins.values()
            for name, source in hand_in.files.items()
        }
