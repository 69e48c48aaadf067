"""The students of a course, and which of them a file name means."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from autograder.lms.presets import ROSTER_RULES, System, system_named

_UNSAFE = re.compile(r"[^\w.@-]|^[.-]")


class UnknownStudentError(LookupError):
    """A file that cannot be given to a student; the text says why and what to do."""


@dataclass(frozen=True)
class Student:
    """A student of the roster.

    Attributes:
        id: What the student's folder is called; empty if the roster's column is.
        cells: The row of the roster, by its own headers.
        columns: The headers by meaning: ``username``, ``school_id``, ``email``, ``number``,
            ``name``, ``first_name``, ``last_name``, ``submitted``; those that the roster has.
    """

    id: str
    cells: Mapping[str, str]
    columns: Mapping[str, str]

    def get(self, meaning: str) -> str:
        """Return a cell by its meaning, as it is in the roster; empty if there is none."""
        return self.cells.get(self.columns.get(meaning, ""), "")

    @property
    def names(self) -> tuple[str, ...]:
        """The ways to write the student's name."""
        whole, first, last = self.get("name"), self.get("first_name"), self.get("last_name")
        if "," in whole and not last:
            last, _, first = (part.strip() for part in whole.partition(","))
        both = (f"{first} {last}", f"{last} {first}") if first or last else ()
        return tuple(dict.fromkeys(name.strip() for name in (whole, *both) if name.strip()))

    @property
    def identifiers(self) -> tuple[str, ...]:
        """Everything but names that stands for the student."""
        meanings = (*ROSTER_RULES.id_columns, "number")
        cells = (self.get(meaning).lstrip("#") for meaning in meanings)
        return tuple(identifier for identifier in (self.id, *cells) if identifier)

    @property
    def number(self) -> str:
        """The LMS's number for the student; empty if the roster has none."""
        return self.get("number").rpartition(" ")[2]  # Moodle says "Participant 123"


@dataclass(frozen=True)
class Roster:
    """A course's students.

    Attributes:
        students: In the order of the file.
        headers: The file's column headers.
        id_column: The header of the column that names students.
        columns: The headers by meaning, as in :class:`Student`.
        other_rows: Rows that are no student, such as Canvas' points possible.
    """

    students: tuple[Student, ...]
    headers: tuple[str, ...]
    id_column: str
    columns: Mapping[str, str]
    other_rows: tuple[Mapping[str, str], ...] = ()

    def find(self, name: str, number: str, system: str) -> Student:
        """Return the student whom a file name means.

        Args:
            name: The name in the file name.
            number: The LMS's number in the file name.
            system: The LMS, one of ``presets.SYSTEMS``.

        Raises:
            UnknownStudentError: If it is nobody of the roster, or may be several.
        """
        candidates = self._candidates(name, number, system_named(system))
        if not candidates:
            raise UnknownStudentError(
                f'the roster has nobody called "{name}"; export the roster again, or put the files '
                "into submitted/ by hand."
            )
        if len(candidates) > 1:
            ids = ", ".join(student.id or "?" for student in candidates)
            raise UnknownStudentError(
                f'the roster has {len(candidates)} students called "{name}"; put the files into '
                f"submitted/ by hand ({ids})."
            )
        if not candidates[0].id:
            raise UnknownStudentError(
                f'"{name}" has nothing in the roster\'s column "{self.id_column}"; name another '
                "column with --id-column."
            )
        return candidates[0]

    def _candidates(self, name: str, number: str, lms: System) -> list[Student]:
        if lms.student_id == "folder":
            exact = [student for student in self.students if name in student.identifiers]
            return exact or self._called(name)
        if lms.numbers_in_roster and self._numbers:
            return [self._numbered(number, name)]
        return self._called(name)

    def _numbered(self, number: str, name: str) -> Student:
        student = self._numbers.get(number)
        if student is None:
            raise UnknownStudentError(
                f"the roster has nobody with the number {number}; export it again, in Moodle as "
                "this assignment's grading worksheet."
            )
        # Moodle's blind marking writes "Participant" for every name.
        blind = student.get("number").removesuffix(number).strip()
        spellings = [spelling for spelling in (*student.names, blind) if spelling]
        if not any(_letters(name) == _letters(spelling) for spelling in spellings):
            raise UnknownStudentError(
                f'the number {number} is "{(*student.names, blind)[0]}" in the roster, which does '
                "not fit the name; put the files of a group into submitted/ by hand."
            )
        return student

    @cached_property
    def _numbers(self) -> dict[str, Student]:
        return {student.number: student for student in self.students if student.number.isdigit()}

    @cached_property
    def _names(self) -> dict[tuple[Callable[[str], str], str], list[Student]]:
        names: dict[tuple[Callable[[str], str], str], list[Student]] = defaultdict(list)
        for student in self.students:
            for fold in (_letters, _plain_letters):
                for key in {fold(name) for name in student.names} - {""}:
                    names[fold, key].append(student)
        return dict(names)

    def _called(self, name: str) -> list[Student]:
        """Return the students of a name; of those written alike without accents, the exact one."""
        username, _, rest = name.partition(" ")  # some organisations put it before the name
        for fold in (_letters, _plain_letters):
            students = self._names.get((fold, fold(name)), [])
            students = students or [
                student
                for student in self._names.get((fold, fold(rest)), [])
                if student.get("username").lstrip("#") == username
            ]
            if students:
                return students
        return []


def is_id(text: str) -> bool:
    """Return whether a text can be a student's id, which is a folder's name and part of a URL."""
    return bool(text) and len(text) <= 100 and not _UNSAFE.search(text)


def id_from_name(name: str) -> str:
    """Return a student id made from a name, for downloads without a roster.

    Raises:
        UnknownStudentError: If the name holds no letter or digit.
    """
    words = re.findall(
        r"[^\W_]+", unicodedata.normalize("NFC", re.sub("['’]", "", name)).casefold()
    )
    if not words:
        raise UnknownStudentError("its name holds no letter; give the students with --roster.")
    return "-".join(words)


def _letters(name: str) -> str:
    """Return the letters and digits of a name, with accents: systems drop different signs."""
    return _of_categories("LNM", unicodedata.normalize("NFC", name).casefold())


def _plain_letters(name: str) -> str:
    """Return the letters and digits of a name, without accents."""
    return _of_categories("LN", unicodedata.normalize("NFKD", name).casefold())


def _of_categories(categories: str, text: str) -> str:
    return "".join(char for char in text if unicodedata.category(char)[0] in categories)
