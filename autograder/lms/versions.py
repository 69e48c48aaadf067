"""Which of a student's files count, and what they are called in ``submitted/``."""

from __future__ import annotations

import filecmp
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from autograder.lms.filenames import Label
from autograder.lms.hand_ins import NOTEBOOK, Note

# x-1.ipynb and x (1).ipynb are x.ipynb handed in or downloaded once more.
_COPY = re.compile(r"(?:-| ?\()(\d{1,3})\)?$")
# nbgrader believes what these say about the time of the hand-in.
_RESERVED = ("timestamp.txt", "submission_secret.txt")


@dataclass(frozen=True)
class StudentFile:
    """A file of a download whose student is known.

    Attributes:
        path: Where it is now.
        place: Its path in the download.
        label: What the LMS says about it.
        time: When it was handed in, in UTC and without a zone, or None.
    """

    path: Path
    place: str
    label: Label
    time: datetime | None

    @property
    def is_notebook(self) -> bool:
        """Whether it is called like a notebook."""
        return bool(NOTEBOOK.search(self.label.file[-1]))


def newest(files: list[StudentFile], assignment: str) -> tuple[list[StudentFile], list[Note]]:
    """Choose the files of a student that count.

    Args:
        files: All files of the student.
        assignment: Name of the assignment.

    Returns:
        The files that count, and a note on each of the others.
    """
    attempt, superseded = _last_attempt(files)
    notebooks, older = _newest_notebooks(attempt, assignment)
    superseded += older
    packed_with_notebook = {_zip_of(file) for file in attempt if file.is_notebook} - {()}
    still_counting = {_zip_of(file) for file in notebooks}
    counting = list(notebooks)
    for file in attempt:
        if file.is_notebook:
            continue
        # What was packed beside a notebook belongs to it.
        if _zip_of(file) in packed_with_notebook - still_counting:
            superseded.append(Note(file.place, "it was packed with a notebook that is older."))
        else:
            counting.append(file)
    return counting, superseded


def _last_attempt(files: list[StudentFile]) -> tuple[list[StudentFile], list[Note]]:
    """Return what was handed in last, and notes on what was handed in at other times."""
    attempts: dict[datetime, list[StudentFile]] = defaultdict(list)
    for file in files:
        attempts[file.time or datetime.min].append(file)
    # Unless the last is something added to a notebook handed in before.
    last = max(attempts, key=lambda time: (any(f.is_notebook for f in attempts[time]), time))
    superseded = []
    for time, attempt in attempts.items():
        if time != last:
            when = "later" if time < last else "earlier, with the notebook,"
            reason = f"the student has handed in {when} at {last:%Y-%m-%d %H:%M} UTC."
            superseded += [Note(file.place, reason) for file in attempt]
    return attempts[last], superseded


def _newest_notebooks(
    attempt: list[StudentFile], assignment: str
) -> tuple[list[StudentFile], list[Note]]:
    """Return the newest notebooks of each name, each content once, and notes on the others."""
    by_name: dict[str, list[StudentFile]] = defaultdict(list)
    for file in attempt:
        if file.is_notebook:
            by_name[_original_name(file, attempt, assignment)].append(file)
    notebooks: list[StudentFile] = []
    superseded = []
    for versions in by_name.values():
        highest = max(map(_version, versions))
        distinct: list[StudentFile] = []
        for file in versions:
            if _version(file) < highest:
                superseded.append(Note(file.place, "a newer notebook has the same name."))
            elif any(filecmp.cmp(file.path, other.path, shallow=False) for other in distinct):
                superseded.append(Note(file.place, "the same notebook is there twice."))
            else:
                distinct.append(file)
        notebooks += distinct
    return notebooks, superseded


def _zip_of(file: StudentFile) -> tuple[str, ...]:
    """Return the path of the student's zip file that a file was in; empty if it was in none."""
    folders = file.place.split("/")[:-1]
    zips = [n for n, part in enumerate(folders, start=1) if part.lower().endswith(".zip")]
    return tuple(folders[: zips[-1]]) if zips else ()


def _original_name(file: StudentFile, attempt: Iterable[StudentFile], assignment: str) -> str:
    """Return the name that a notebook had before an LMS or browser has numbered it."""
    name = file.label.file[-1]
    stem = NOTEBOOK.sub("", name)
    original = _COPY.sub("", stem)
    unnumbered = original + name[len(stem) :]
    others = {other.label.file[-1] for other in attempt}
    return unnumbered if original == assignment or unnumbered in others else name


def _version(file: StudentFile) -> tuple[int, int]:
    copy = _COPY.search(NOTEBOOK.sub("", file.label.file[-1]))
    return file.label.upload, int(copy[1]) if copy else 0


def destinations(files: list[StudentFile], assignment: str) -> dict[str, Path]:
    """Choose where the files go: notebooks side by side where grading looks, others below.

    Args:
        files: The files of one student that count.
        assignment: Name of the assignment.

    Returns:
        The files by their paths below the student's folder.
    """
    wrapper = {_inner_parts(file)[:-1][:1] for file in files}
    shared = len(wrapper) == 1 and wrapper != {()}  # everything lies in one folder
    targets: dict[str, Path] = {}
    for file in sorted(files, key=lambda file: not file.is_notebook):
        parts = _inner_parts(file)[1:] if shared else _inner_parts(file)
        if file.is_notebook:
            name = _original_name(file, files, assignment)
            candidates = [name, "_".join((*parts[:-1], name))]
        elif parts[-1].lower() in _RESERVED:
            candidates = ["/".join((*parts[:-1], f"handed_in_{parts[-1]}"))]
        else:
            candidates = ["/".join(parts)]
        candidates += [f"{number}_{candidates[0]}" for number in range(2, len(files) + 2)]
        targets[next(target for target in candidates if _is_free(target, targets))] = file.path
    return targets


def _inner_parts(file: StudentFile) -> tuple[str, ...]:
    """Return the path that a student gave a file, without the zip files around it."""
    *folders, name = file.label.file
    return (*(part for part in folders if not part.lower().endswith(".zip")), name)


def _is_free(name: str, taken: Iterable[str]) -> bool:
    """Return whether a file may have a name.

    It may if no file and no folder has it, and no file is called like a folder on its path.
    """
    return not any(
        name == other or name.startswith(f"{other}/") or other.startswith(f"{name}/")
        for other in taken
    )
