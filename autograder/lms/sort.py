"""Gives every file of a download to a student, or puts it onto a list that says why not."""

from __future__ import annotations

import filecmp
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from pathlib import Path

import dateutil.parser

from autograder.lms.filenames import Label, UnknownNameError, read_label
from autograder.lms.roster import Roster, UnknownStudentError, id_from_name, is_id

_NOTEBOOK = re.compile(r"\.ipynb(\.txt|\.json)?$", re.IGNORECASE)
# What programs and the LMS itself leave behind; nobody has handed it in.
_JUNK = re.compile(
    r"__MACOSX|\._.*|\.DS_Store|Thumbs\.db|desktop\.ini|\.ipynb_checkpoints|__pycache__|\.git",
    re.IGNORECASE,
)
_LMS_PAGES = ("index.html",)  # Brightspace's list of what it has packed
# x-1.ipynb and x (1).ipynb are x.ipynb handed in or downloaded once more.
_COPY = re.compile(r"(?:-| ?\()(\d{1,3})\)?$")
# nbgrader believes what these say about the time of the hand-in.
_RESERVED = ("timestamp.txt", "submission_secret.txt")


@dataclass(frozen=True)
class Note:
    """Something to tell about a file.

    Attributes:
        place: The file's path in the download.
        reason: Why it was not collected; ends in a full stop.
    """

    place: str
    reason: str


@dataclass(frozen=True)
class HandIn:
    """What one student has handed in.

    Attributes:
        student: The student's id.
        files: Maps paths below the student's folder to the files to copy there.
        time: When it was handed in, in UTC and without a zone as nbgrader keeps it, or None.
        late: Whether the LMS calls it late.
    """

    student: str
    files: dict[str, Path]
    time: datetime | None = None
    late: bool = False

    @property
    def has_notebook(self) -> bool:
        """Whether there is a notebook in it."""
        return any(_NOTEBOOK.search(name) for name in self.files)


@dataclass
class Sorted:
    """Where every file of a download belongs.

    Attributes:
        hand_ins: By student.
        superseded: Files that the same student has handed in again later.
        not_understood: Files that could not be given to a student.
        left_out: Files that nobody has handed in.
    """

    hand_ins: dict[str, HandIn] = field(default_factory=dict)
    superseded: list[Note] = field(default_factory=list)
    not_understood: list[Note] = field(default_factory=list)
    left_out: list[Note] = field(default_factory=list)


@dataclass(frozen=True)
class _File:
    path: Path
    place: str
    label: Label
    time: datetime | None

    @property
    def is_notebook(self) -> bool:
        return bool(_NOTEBOOK.search(self.label.file[-1]))


def sort_files(
    root: Path,
    *,
    assignment: str,
    system: str,
    roster: Roster | None = None,
    zone: tzinfo | None = None,
) -> Sorted:
    """Sort what was unpacked of a download.

    Args:
        root: Folder with one folder per download. Zip files in them have been opened already: each
            is a folder of its own name.
        assignment: Name of the assignment.
        system: The LMS, one of ``names.SYSTEMS``.
        roster: The students. Without it, ids are made of what the file names hold: the number in
            Canvas, the name in Brightspace and Moodle, the folder's name without an LMS.
        zone: The time zone of the times in file names; this machine's if left out.

    Raises:
        ValueError: If there is no such system, or one folder holds everything and it cannot be
            told whether it is a student's.
    """
    result = Sorted()
    by_student: dict[str, list[_File]] = defaultdict(list)
    for download in sorted(root.iterdir()):
        if system == "folder" and roster is None:
            _require_student_folders(download, assignment)
        for path in _files(download):
            parts = path.relative_to(download).parts
            place = "/".join(parts)
            if any(_JUNK.fullmatch(part) for part in parts):
                result.left_out.append(Note(place, "a program has left it behind."))
                continue
            if path.is_symlink() or not path.is_file():
                result.not_understood.append(Note(place, "it is a link or device, not a file."))
                continue
            try:
                student, label = _student_of(parts, system, roster)
            except (UnknownNameError, UnknownStudentError) as error:
                if parts[-1] in _LMS_PAGES:
                    result.left_out.append(Note(place, "the LMS has written it."))
                else:
                    result.not_understood.append(Note(place, str(error)))
                continue
            time = _in_utc(label.time or _from_roster(student, roster), zone)
            by_student[student].append(_File(path, place, label, time))
    for student, files in sorted(by_student.items()):
        numbers = sorted({file.label.number for file in files})
        if len(numbers) > 1:
            reason = (
                f"several people are called so ({', '.join(numbers)}); put the files into "
                "submitted/ by hand."
            )
            result.not_understood += [Note(file.place, reason) for file in files]
            continue
        chosen = list(_newest(files, assignment, result.superseded))
        result.hand_ins[student] = HandIn(
            student,
            _destinations(chosen, assignment),
            time=chosen[0].time,
            late=any(file.label.late for file in chosen),
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


def _student_of(parts: tuple[str, ...], system: str, roster: Roster | None) -> tuple[str, Label]:
    label = read_label(parts, system)
    if roster is None:
        if system == "canvas":
            return label.number, label
        if system != "folder":
            return id_from_name(label.name), label
        if not is_id(label.name):
            raise UnknownStudentError(
                "the folder's name cannot be a student's id; use letters, digits, dots, - and @."
            )
        return label.name, label
    try:
        return roster.find(label.name, label.number, system).id, label
    except UnknownStudentError:
        if system != "folder" or len(parts) < 3:
            raise
        # The students' folders may lie in a folder of their own.
        label = read_label(parts[1:], system)
        return roster.find(label.name, label.number, system).id, label


def _from_roster(student: str, roster: Roster | None) -> datetime | None:
    """Return when Moodle's grading worksheet says that a student has handed in."""
    row = next((one for one in roster.students if one.id == student), None) if roster else None
    text = row.get("submitted") if row else ""
    try:
        return dateutil.parser.parse(text) if len(text) > 1 else None
    except (ValueError, OverflowError):
        return None  # in another language than English


def _in_utc(time: datetime | None, zone: tzinfo | None) -> datetime | None:
    if time is None:
        return None
    local = time.astimezone() if zone is None else time.replace(tzinfo=zone)
    return local.astimezone(UTC).replace(tzinfo=None)


def _newest(files: list[_File], assignment: str, superseded: list[Note]) -> Iterator[_File]:
    """Yield the files of a student that count; note the others."""
    attempts: dict[datetime, list[_File]] = defaultdict(list)
    for file in files:
        attempts[file.time or datetime.min].append(file)
    # What was handed in last, unless it is something added to a notebook handed in before.
    last = max(attempts, key=lambda time: (any(f.is_notebook for f in attempts[time]), time))
    for time, attempt in attempts.items():
        if time != last:
            when = "later" if time < last else "earlier, with the notebook,"
            reason = f"the student has handed in {when} at {last:%Y-%m-%d %H:%M} UTC."
            superseded += [Note(file.place, reason) for file in attempt]
    versions: dict[str, list[_File]] = defaultdict(list)
    others: list[_File] = []
    for file in attempts[last]:
        if file.is_notebook:
            versions[_original_name(file, attempts[last], assignment)].append(file)
        else:
            others.append(file)
    with_notebook: dict[tuple[str, ...], bool] = {}  # zip files that held one: does it count?
    for group in versions.values():
        newest = max(map(_version, group))
        kept: list[_File] = []
        for file in group:
            if _version(file) < newest:
                superseded.append(Note(file.place, "a newer notebook has the same name."))
            elif any(filecmp.cmp(file.path, other.path, shallow=False) for other in kept):
                superseded.append(Note(file.place, "the same notebook is there twice."))
            else:
                kept.append(file)
            if zip_file := _zip_of(file):
                with_notebook[zip_file] = with_notebook.get(zip_file, False) or file in kept
        yield from kept
    for file in others:
        # What was packed beside a notebook belongs to it.
        if with_notebook.get(_zip_of(file), True):
            yield file
        else:
            superseded.append(Note(file.place, "it was packed with a notebook that is older."))


def _zip_of(file: _File) -> tuple[str, ...]:
    """Return the path of the student's zip file that a file was in; empty if it was in none."""
    folders = file.place.split("/")[:-1]
    zips = [n for n, part in enumerate(folders, start=1) if part.lower().endswith(".zip")]
    return tuple(folders[: zips[-1]]) if zips else ()


def _original_name(file: _File, attempt: Iterable[_File], assignment: str) -> str:
    """Return the name that a notebook had before an LMS or browser has numbered it."""
    name = file.label.file[-1]
    stem = _NOTEBOOK.sub("", name)
    original = _COPY.sub("", stem)
    unnumbered = original + name[len(stem) :]
    others = {other.label.file[-1] for other in attempt}
    return unnumbered if original == assignment or unnumbered in others else name


def _version(file: _File) -> tuple[int, int]:
    name = file.label.file[-1]
    copy = _COPY.search(_NOTEBOOK.sub("", name))
    return file.label.upload, int(copy[1]) if copy else 0


def _inner_parts(file: _File) -> tuple[str, ...]:
    """Return the path that a student gave a file, without the zip files around it."""
    *folders, name = file.label.file
    return (*(part for part in folders if not part.lower().endswith(".zip")), name)


def _destinations(files: list[_File], assignment: str) -> dict[str, Path]:
    """Return where the files go: notebooks side by side where grading looks, others below."""
    wrapper = {_inner_parts(file)[:-1][:1] for file in files}
    shared = len(wrapper) == 1 and wrapper != {()}  # everything lies in one folder
    taken: dict[str, Path] = {}
    for file in sorted(files, key=lambda one: not one.is_notebook):
        parts = _inner_parts(file)[1:] if shared else _inner_parts(file)
        if file.is_notebook:
            name = _original_name(file, files, assignment)
            candidates = [name, "_".join((*parts[:-1], name))]
        elif parts[-1].lower() in _RESERVED:
            candidates = ["/".join((*parts[:-1], f"handed_in_{parts[-1]}"))]
        else:
            candidates = ["/".join(parts)]
        candidates += [f"{number}_{candidates[0]}" for number in range(2, len(files) + 2)]
        taken[next(one for one in candidates if _is_free(one, taken))] = file.path
    return taken


def _is_free(name: str, taken: Iterable[str]) -> bool:
    """Whether a file may have a name: no file and no folder has it, and no file is its folder."""
    return not any(
        name == other or name.startswith(f"{other}/") or other.startswith(f"{name}/")
        for other in taken
    )
