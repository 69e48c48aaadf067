"""Exports marks for an LMS or a spreadsheet: ``python -m autograder export``, and for nbgrader."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook
from nbgrader.plugins import ExportPlugin
from traitlets import Enum, Unicode
from traitlets.config.loader import PyFileConfigLoader

from autograder.course import COURSE_ROOT, Assignment, ClassFolder
from autograder.lms.csv_table import Table
from autograder.lms.final_marks import read_marks
from autograder.lms.layouts import lms_table
from autograder.lms.presets import SYSTEMS, system_named
from autograder.lms.roster_file import read_roster
from autograder.lms.spreadsheet import spreadsheet


class LmsExporter(ExportPlugin):  # type: ignore[misc]
    """Exports the marks of one assignment, for ``nbgrader export --exporter``."""

    lms = Enum(SYSTEMS, default_value="folder", help="Where the file is for.").tag(config=True)
    roster = Unicode("", help="CSV file with the students, as the LMS exports it.").tag(config=True)
    id_column = Unicode("", help="Column of the roster that names students.").tag(config=True)
    item = Unicode("", help="What the LMS calls the grade item.").tag(config=True)

    def __init__(self, *, course: Path | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._course = course

    def export(self, gradebook: Gradebook) -> Table:
        """Write the file that ``to`` names.

        Raises:
            ValueError: If not exactly one assignment is named, or an option is no good.
        """
        if len(self.assignment) != 1:
            raise ValueError("An LMS takes one assignment at a time; name it with --assignment.")
        folder = ClassFolder(self._course or Path(self.parent.coursedir.root))
        assignment = Assignment.find(self.assignment[0])
        marks = read_marks(gradebook, assignment.name, folder=folder)
        if self.student:
            marks = [student for student in marks if student.student in self.student]
        roster = read_roster(Path(self.roster), id_column=self.id_column) if self.roster else None
        if system_named(self.lms).layouts:
            table = lms_table(assignment, marks, system=self.lms, roster=roster, item=self.item)
        else:
            table = spreadsheet(assignment, marks, roster)
        table.write(Path(self.to or f"{assignment.name}_{self.lms}.csv"))
        for note in table.notes:
            self.log.warning("%s", note)
        return table


def export_marks(
    assignment: Assignment,
    out: Path,
    *,
    system: str,
    course: Path = COURSE_ROOT,
    roster: Path | None = None,
    id_column: str = "",
    item: str = "",
) -> Table:
    """Export the marks of an assignment.

    Args:
        assignment: The assignment.
        out: The file to write.
        system: The LMS, one of ``presets.SYSTEMS``; ``folder`` for a spreadsheet.
        course: The folder with ``gradebook.db``.
        roster: CSV file with the students, as the LMS exports it.
        id_column: Column of the roster that names students.
        item: What the LMS calls the grade item; the assignment's name if empty.

    Returns:
        What was written.

    Raises:
        ValueError: If there is no gradebook, or an option is no good.
    """
    folder = ClassFolder(course)
    if not folder.gradebook.is_file():
        raise ValueError(f"There is no gradebook {folder.gradebook}; grade first.")
    config = PyFileConfigLoader("nbgrader_config.py", path=str(COURSE_ROOT)).load_config()
    exporter = LmsExporter(
        course=course,
        to=str(out),
        assignment=[assignment.name],
        lms=system,
        roster=str(roster or ""),
        id_column=id_column,
        item=item,
    )
    exporter.log.setLevel(logging.CRITICAL)  # the notes are returned
    with Gradebook(folder.gradebook_url, config.CourseDirectory.course_id) as gradebook:
        return exporter.export(gradebook)
