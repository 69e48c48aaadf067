"""Reads a roster from the CSV file that an LMS exports."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from pathlib import Path

from autograder.lms.presets import ROSTER_RULES
from autograder.lms.roster import Roster, Student, is_id


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
    if len(set(headers) - {""}) < len([header for header in headers if header]):
        raise ValueError(f"{path} has two columns of the same name; rename one.")
    columns = _meanings(headers)
    chosen = _id_column(path, headers, columns, id_column)
    students, other_rows = [], []
    for row in rows[1:]:
        cells = dict(zip(headers, (cell.strip() for cell in row), strict=False))
        if not any(cells.values()):
            continue
        if _is_other_row(row):
            other_rows.append(cells)
            continue
        student_id = cells.get(chosen, "").lstrip("#")  # Brightspace's mark for text
        if student_id and not is_id(student_id):
            raise ValueError(
                f'"{student_id}" in the column "{chosen}" of {path} cannot be the name of a '
                "student's folder: use letters, digits, dots, - and @, or another --id-column."
            )
        students.append(Student(student_id, cells, columns))
    ids = [student.id for student in students if student.id]
    repeated = sorted({student_id for student_id in ids if ids.count(student_id) > 1})
    if repeated:
        raise ValueError(
            f'{path} has several rows for {", ".join(repeated)[:200]} in the column "{chosen}"; '
            "leave one, or name another column with --id-column."
        )
    return Roster(tuple(students), headers, chosen, columns, tuple(other_rows))


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


def _id_column(
    path: Path, headers: tuple[str, ...], columns: Mapping[str, str], wanted: str
) -> str:
    """Return the header of the column that names students."""
    by_meaning = (columns[key] for key in ROSTER_RULES.id_columns if key in columns)
    chosen = wanted or next(by_meaning, "")
    if not chosen and "number" in columns and _key(columns["number"]) == "id":
        chosen = columns["number"]
    if chosen not in headers or not chosen:
        what = f'"{wanted}"' if wanted else "that identifies students"
        raise ValueError(
            f"{path} has no column {what}; name one with --id-column: {', '.join(headers)[:300]}."
        )
    return chosen


def _meanings(headers: tuple[str, ...]) -> dict[str, str]:
    """Return the headers by what they mean."""
    by_key = {_key(header): header for header in reversed(headers)}
    meanings = {}
    for meaning, keys in ROSTER_RULES.columns.items():
        header = next((by_key[key] for key in keys if key in by_key), None)
        if header is not None:
            meanings[meaning] = header
    return meanings


def _key(header: str) -> str:
    return re.sub(r"\s+", "", header).lower()


def _is_other_row(row: list[str]) -> bool:
    """Return whether a row is the LMS's and no student's."""
    return ROSTER_RULES.points_row in row[0] or bool(
        re.fullmatch(ROSTER_RULES.other_rows, "".join(row))
    )
