"""Puts final marks into the form in which an LMS imports them.

The forms are in ``presets.toml``. An LMS gets the total of those whose marks are final, and no row
for the others: a row with an empty mark would wipe what the LMS has (Canvas), and a row with the
automatic marks alone would pass for the final ones.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from autograder.course import Assignment
from autograder.lms.csv_table import Row, Table, harmless
from autograder.lms.final_marks import Marks, maximum_of
from autograder.lms.presets import ROSTER_RULES, Layout, system_named
from autograder.lms.roster import Roster, Student


def lms_table(
    assignment: Assignment,
    marks: Sequence[Marks],
    *,
    system: str,
    roster: Roster | None = None,
    item: str = "",
) -> Table:
    """Put marks into the form of an LMS.

    Args:
        assignment: The assignment.
        marks: Everybody's marks.
        system: The LMS, one of ``presets.SYSTEMS`` with layouts.
        roster: The students, as the LMS exports them. Canvas needs it.
        item: What the LMS calls the grade item; the assignment's name if left out.

    Raises:
        ValueError: If the LMS needs a roster, or another one.
    """
    columns = _columns(system, roster, item or assignment.name)
    rows: list[Row] = [(*columns.copied.values(), *columns.own_titles)]
    rows += columns.points_row(f"{maximum_of(assignment):g}")
    notes = [*columns.notes(system.title(), maximum_of(assignment))]
    notes += [
        f"{student.student} is not in the file: {student.description}."
        for student in marks
        if not student.is_final
    ]
    students = {student.id: student for student in roster.students} if roster else {}
    for student in marks:
        if not student.is_final:
            continue
        listed = students.get(student.student)
        if roster and listed is None:
            notes.append(f"{student.student} is not in the file: the roster has no such student.")
            continue
        keys = columns.keys(student.student, listed)
        changed = [cell for cell in keys if harmless(cell) != cell]
        if changed:
            notes.append(
                f'{student.student} is not in the file: a spreadsheet would take "{changed[0]}" '
                "for a formula; enter this mark by hand."
            )
            continue
        rows.append(columns.row(student.student, listed, student.total))
    return Table(tuple(rows), tuple(notes), byte_order_mark=columns.layout.byte_order_mark)


@dataclass(frozen=True)
class _Columns:
    """The columns of a file for an LMS.

    Attributes:
        layout: The LMS's layout.
        roster: The students, or None.
        item: What the LMS calls the grade item.
        copied: The titles of copied columns by their headers in the roster, from left to right.
            Without a roster, the one for student ids, whose header is empty.
        item_header: The header of the item's column in the roster; empty if it has none.
    """

    layout: Layout
    roster: Roster | None
    item: str
    copied: dict[str, str]
    item_header: str = ""

    @property
    def mark_title(self) -> str:
        """The title of the column of marks."""
        return self.item_header or self.layout.mark.replace("{item}", self.item)

    @property
    def fills_copied(self) -> bool:
        """Whether the marks go into a column of the roster."""
        return self.layout.mark in self.layout.copied

    @property
    def own_titles(self) -> tuple[str, ...]:
        """The titles of the columns that are not copied."""
        return (*(() if self.fills_copied else (self.mark_title,)), *self.layout.end)

    def row(self, student_id: str, listed: Student | None, mark: float) -> Row:
        """Return a student's row.

        Args:
            student_id: The student's id.
            listed: The student in the roster, or None without a roster.
            mark: The mark.
        """
        cells: dict[str, str | float] = {**self._copied_cells(student_id, listed)}
        if self.fills_copied:
            cells[self.layout.mark] = mark
            return (*cells.values(), *self.layout.end.values())
        return (*cells.values(), mark, *self.layout.end.values())

    def keys(self, student_id: str, listed: Student | None) -> list[str]:
        """Return the cells by which the LMS knows a student; they have to go out unchanged."""
        return [
            cell
            for header, cell in self._copied_cells(student_id, listed).items()
            if header in (self.layout.keys or (header,)) and header not in self.layout.not_keys
        ]

    def _copied_cells(self, student_id: str, listed: Student | None) -> dict[str, str]:
        cells = listed.cells if listed else {"": student_id}
        return {header: cells.get(header, "") for header in self.copied}

    def _points_cells(self) -> dict[str, str]:
        """Return the roster's row with the points possible; empty if there is none."""
        rows = self.roster.other_rows if self.roster and self.layout.points_in else ()
        text = ROSTER_RULES.points_row
        return dict(next((row for row in rows if text in row[self.layout.points_in]), {}))

    @property
    def _points(self) -> str:
        """The points possible of the grade item, as the roster has them; or empty."""
        return self._points_cells().get(self.item_header, "") if self.item_header else ""

    def points_row(self, maximum: str) -> list[Row]:
        """Return the row with the points possible, if the LMS has one.

        Args:
            maximum: The marks that the assignment is out of.
        """
        cells = self._points_cells()
        if not cells:
            return []
        return [(*(cells.get(header, "") for header in self.copied), self._points or maximum)]

    def notes(self, lms: str, maximum: float) -> list[str]:
        """Return what the person who exports has to know, whoever the students are.

        Args:
            lms: What the LMS is called.
            maximum: The marks that the assignment is out of.
        """
        notes = [self.layout.note] if self.layout.note else []
        if self.layout.mark_column and not self.item_header:
            notes.append(self.layout.new_item_note)
        differing = f"the marks are out of {maximum:g}."
        if self._points and float(self._points) != maximum:
            notes.append(f"{lms} gives {self._points} points for {self.item_header}; {differing}")
        students = self.roster.students if self.roster and self.layout.maximum_column else ()
        maxima = {student.cells.get(self.layout.maximum_column, "") for student in students}
        notes += [
            f"{lms} gives {points} points; {differing}"
            for points in sorted(maxima - {""})
            if float(points) != maximum
        ]
        return [note.replace("{item}", self.item) for note in notes]


def _columns(system: str, roster: Roster | None, item: str) -> _Columns:
    """Choose the layout that fits the roster.

    Raises:
        ValueError: If there is none, with what to do.
    """
    layouts = system_named(system).layouts
    headers = roster.headers if roster else ()
    for layout in layouts:
        if not set(layout.requires) <= set(headers) or not (roster or layout.without_roster):
            continue
        copied = _copied(layout, roster) if roster else {"": layout.without_roster}
        if not copied:
            raise ValueError(layout.refusal)
        pattern = layout.mark_column.replace("{item}", re.escape(item))
        item_header = next((h for h in headers if pattern and re.fullmatch(pattern, h)), "")
        return _Columns(layout, roster, item, copied, item_header)
    raise ValueError(layouts[-1].refusal)


def _copied(layout: Layout, roster: Roster) -> dict[str, str]:
    """Return the titles of the roster's columns that are copied, by their headers."""
    if layout.copied_through:
        end = roster.headers.index(layout.copied_through) + 1
        return {header: header for header in roster.headers[:end]}
    if layout.copied:
        return {header: header for header in roster.headers if header in layout.copied}
    return {
        roster.columns[meaning]: title or roster.columns[meaning]
        for meaning, title in layout.by_meaning.items()
        if meaning in roster.columns
    }
