"""The LMSs as data, read from ``presets.toml`` beside this file.

The other modules of this package decide nothing by the name of an LMS, but by what stands here.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal

import msgspec


class NameForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One form of the file names in a download.

    Attributes:
        pattern: A regular expression for a whole name, with the groups ``name`` and ``number``, and
            any of ``file`` (what the student called the file), ``late`` (not empty if the LMS calls
            it late) and ``upload`` (a number that grows with each upload). Without ``file`` the
            name itself is the file's.
        time: The time of the hand-in, put together from other groups of the pattern; empty if
            names of this form have none.
        time_format: How to read it, for ``strptime``.
        folder: Whether only folders have names of this form.
    """

    pattern: str
    time: str = ""
    time_format: str = ""
    folder: bool = False


class RefusedForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """File names of a download that nobody can use.

    Attributes:
        pattern: A regular expression for a whole name.
        reason: Why, and what to do; ends in a full stop.
    """

    pattern: str
    reason: str


class Layout(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One form of the files from which an LMS imports marks: columns, from left to right.

    First come columns of the roster: those of ``copied``, ``copied_through`` or ``by_meaning``.
    The mark has a column of its own after them, unless it is among them. ``end`` comes last.

    Attributes:
        requires: Headers that a roster must have for this layout.
        copied: Headers whose columns are copied, where the roster has them.
        copied_through: All columns up to the one with this header are copied.
        by_meaning: Columns by their meaning, where the roster has them, with the titles they get;
            the roster's own header where the title is empty.
        without_roster: Title of a column of student ids that stands for the roster's columns if
            there is no roster. If empty, a roster is needed.
        keys: Titles of the cells by which the LMS knows a student; all but ``not_keys`` if empty.
        not_keys: Titles of copied cells that are no keys.
        mark: Title of the column of marks. ``{item}`` stands for the grade item.
        mark_column: A regular expression by which the item's header is found in the roster, whose
            title it then has; ``{item}`` as above.
        end: Further columns, with the text that stands in each row.
        points_in: Header of the column in which one row of the roster says that it holds the points
            possible (``RosterRules.points_row``); that row goes before the students.
        maximum_column: Header of the column with the points possible of each student.
        byte_order_mark: Whether the file begins with the mark by which spreadsheets know UTF-8.
        refusal: What to say if no layout of the LMS fits the roster, or if it has no key.
        note: What to say to the person who exports, always; ``{item}`` as above.
        new_item_note: What to say if ``mark_column`` is not found.
    """

    requires: tuple[str, ...] = ()
    copied: tuple[str, ...] = ()
    copied_through: str = ""
    by_meaning: dict[str, str] = {}
    without_roster: str = ""
    keys: tuple[str, ...] = ()
    not_keys: tuple[str, ...] = ()
    mark: str = "{item}"
    mark_column: str = ""
    end: dict[str, str] = {}
    points_in: str = ""
    maximum_column: str = ""
    byte_order_mark: bool = True
    refusal: str = ""
    note: str = ""
    new_item_note: str = ""


class System(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An LMS.

    Attributes:
        student_id: What a student's id is made of without a roster: the ``number`` or the ``name``
            in file names, or the name of the student's ``folder`` where there is no LMS.
        names: The forms of its file names; the first that fits counts.
        refused: Forms that cannot be used.
        numbers_in_roster: Whether the numbers in file names are in its lists of students too.
        makes_folders: Whether it packs hand-ins into folders. If not, a folder with a name of its
            form is the student's, unless it is a zip file that was opened.
        layouts: The files from which it imports marks; the first whose needs the roster meets.
    """

    student_id: Literal["number", "name", "folder"]
    names: tuple[NameForm, ...] = ()
    refused: tuple[RefusedForm, ...] = ()
    numbers_in_roster: bool = False
    makes_folders: bool = True
    layouts: tuple[Layout, ...] = ()


class RosterRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How lists of students are read.

    Attributes:
        columns: The headers of each meaning, in lower case without spaces, the best first.
        id_columns: The meanings that can name students' folders, the best first.
        points_row: Text in the first cell of the row with the points possible.
        other_rows: A regular expression for all texts of a row that is no student, joined.
    """

    columns: dict[str, tuple[str, ...]]
    id_columns: tuple[str, ...]
    points_row: str
    other_rows: str


class _Presets(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    roster: RosterRules
    systems: dict[str, System]


_PRESETS = msgspec.convert(
    tomllib.loads(Path(__file__).with_name("presets.toml").read_text(encoding="utf-8")), _Presets
)

ROSTER_RULES = _PRESETS.roster
"""How lists of students are read, whichever LMS they are from."""

SYSTEMS = tuple(_PRESETS.systems)
"""The systems whose downloads can be read; ``folder`` is a folder or zip per student, of no LMS."""


def system_named(name: str) -> System:
    """Return an LMS by its name.

    Raises:
        ValueError: If there is none of that name.
    """
    try:
        return _PRESETS.systems[name]
    except KeyError:
        raise ValueError(
            f"There is no LMS {name!r}; choose one of: {', '.join(SYSTEMS)}."
        ) from None
