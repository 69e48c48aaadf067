"""The students of a course, from the list that the LMS exports, and who a file name means."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

# What each column is called in the exports, in lower case without spaces: Brightspace's grade
# export, Canvas' gradebook export, Moodle's grading worksheet and participants list, nbgrader.
_COLUMNS = {
    "id": ("student_id", "studentid"),
    "username": ("username", "sisloginid", "loginid"),
    "school_id": ("orgdefinedid", "sisuserid", "idnumber"),
    "email": ("emailaddress", "email"),
    "number": ("id", "identifier"),
    "name": ("student", "fullname", "name"),
    "first_name": ("firstname", "first_name"),
    "last_name": ("lastname", "last_name", "surname"),
    "submitted": ("lastmodified(submission)",),
}
_ID_COLUMNS = ("id", "username", "school_id", "email")  # the first that is there names students
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
        cells = (self.get(one).lstrip("#") for one in (*_ID_COLUMNS, "number"))
        return tuple(one for one in (self.id, *cells) if one)

    @property
    def number(self) -> str:
        """The LMS's own number for the student; empty if the roster has none."""
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
            system: The LMS, one of ``names.SYSTEMS``.

        Raises:
            UnknownStudentError: If it is nobody of the roster, or may be several.
        """
        if system == "folder":
            found = [one for one in self.students if name in one.identifiers] or self._called(name)
        elif system in ("canvas", "moodle") and self._numbers:
            found = [self._numbered(number, name)]
        else:  # Brightspace's numbers are in none of its exports
            found = self._called(name)
        if not found:
            raise UnknownStudentError(
                f'the roster has nobody called "{name}"; export the roster again, or put the files '
                "into submitted/ by hand."
            )
        if len(found) > 1:
            raise UnknownStudentError(
                f'the roster has {len(found)} students called "{name}"; put the files into '
                f"submitted/ by hand ({', '.join(one.id or '?' for one in found)})."
            )
        if not found[0].id:
            raise UnknownStudentError(
                f'"{name}" has nothing in the roster\'s column "{self.id_column}"; name another '
                "column with --id-column."
            )
        return found[0]

    def _numbered(self, number: str, name: str) -> Student:
        student = self._numbers.get(number)
        if student is None:
            raise UnknownStudentError(
                f"the roster has nobody with the number {number}; export it again, in Moodle as "
                "this assignment's grading worksheet."
            )
        # Moodle's blind marking writes "Participant" for every name.
        blind = student.get("number").removesuffix(number).strip()
        names = (*student.names, blind)
        if not any(_letters(name) == _letters(one) for one in names if one):
            raise UnknownStudentError(
                f'the number {number} is "{names[0]}" in the roster, which does not fit the name; '
                "put the files of a group into submitted/ by hand."
            )
        return student

    @cached_property
    def _numbers(self) -> dict[str, Student]:
        return {one.number: one for one in self.students if one.number.isdigit()}

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
            found = self._names.get((fold, fold(name)), [])
            found = found or [
                student
                for student in self._names.get((fold, fold(rest)), [])
                if student.get("username").lstrip("#") == username
            ]
            if found:
                return found
        return []


def read_roster(path: Path, *, id_column: str = "") -> Roster:
    """Read a list of students as the LMS exports it.

    Args:
        path: A CSV file with a header row; commas, semicolons or tabs between the cells.
        id_column: Header of the column that names students. If left out: ``student_id``, the
            username, the organisation's number or the e-mail address, whichever comes first.

    Raises:
        ValueError: If it cannot be read, or a student's id is missing, used twice or cannot be a
            folder's name.
    """
    rows = _rows(path)
    headers = tuple(header.strip() for header in rows[0])
    if len(set(headers) - {""}) < len([one for one in headers if one]):
        raise ValueError(f"{path} has two columns of the same name; rename one.")
    columns = _meanings(headers)
    chosen = id_column or next((columns[one] for one in _ID_COLUMNS if one in columns), "")
    if not chosen and "number" in columns and _key(columns["number"]) == "id":
        chosen = columns["number"]
    if chosen not in headers or not chosen:
        what = f'"{id_column}"' if id_column else "that identifies students"
        raise ValueError(
            f"{path} has no column {what}; name one with --id-column: {', '.join(headers)[:300]}."
        )
    students, others = [], []
    for row in rows[1:]:
        cells = dict(zip(headers, (cell.strip() for cell in row), strict=False))
        if not any(cells.values()):
            continue
        if _is_no_student(row):
            others.append(cells)
            continue
        student_id = cells.get(chosen, "").lstrip("#")  # Brightspace's mark for text
        if student_id and not is_id(student_id):
            raise ValueError(
                f'"{student_id}" in the column "{chosen}" of {path} cannot be the name of a '
                "student's folder: use letters, digits, dots, - and @, or another --id-column."
            )
        students.append(Student(student_id, cells, columns))
    ids = [one.id for one in students if one.id]
    twice = sorted({one for one in ids if ids.count(one) > 1})
    if twice:
        raise ValueError(
            f'{path} has several rows for {", ".join(twice)[:200]} in the column "{chosen}"; '
            "leave one, or name another column with --id-column."
        )
    return Roster(tuple(students), headers, chosen, columns, tuple(others))


def is_id(text: str) -> bool:
    """Whether a text can be a student's id, which is the name of a folder and part of addresses."""
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


def _rows(path: Path) -> list[list[str]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ValueError(f"The roster {path} cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise ValueError(
            f"The roster {path} is not in UTF-8; in the spreadsheet, save it as 'CSV UTF-8'."
        ) from None
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise ValueError(f"The roster {path} is no proper CSV file: {error}.") from None
    if len(rows) < 2:
        raise ValueError(f"The roster {path} has no students below its header row.")
    return rows


def _meanings(headers: tuple[str, ...]) -> dict[str, str]:
    by_key = {_key(header): header for header in reversed(headers)}
    found = {}
    for meaning, keys in _COLUMNS.items():
        header = next((by_key[key] for key in keys if key in by_key), None)
        if header is not None:
            found[meaning] = header
    return found


def _key(header: str) -> str:
    return re.sub(r"\s+", "", header).lower()


def _is_no_student(row: list[str]) -> bool:
    """Whether a row is one of Canvas' own: points possible, manual posting."""
    return "Points Possible" in row[0] or bool(
        re.fullmatch(r"\s*(Muted|Manual Posting.*)?\s*", "".join(row))
    )


def _letters(name: str) -> str:
    """Return the letters and digits of a name, with accents: systems drop different signs."""
    name = unicodedata.normalize("NFC", name).casefold()
    return "".join(one for one in name if unicodedata.category(one)[0] in "LNM")


def _plain_letters(name: str) -> str:
    name = unicodedata.normalize("NFKD", name).casefold()
    return "".join(one for one in name if unicodedata.category(one)[0] in "LN")
