"""Picks the notebook out of the folder that a student handed in, whatever it is called."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from nbformat import NotebookNode

from autograder.submission.parse import read_submission
from autograder.submission.rebuild import count_cells
from autograder.submission.report import WHOLE_NOTEBOOK, Repair, RepairKind, shown

# Browsers and mail programs hang a second ending on what they do not know.
_NOTEBOOK = re.compile(r"\.ipynb(\.txt|\.json)?$", re.IGNORECASE)
_NOTES_OF_MACOS = "._"  # how macOS names the file beside a file that it packs into an archive
_MAX_CANDIDATES = 20

PLACEHOLDER = b"Stands in for a notebook of another name in this folder; see the feedback.\n"
"""Put where nbgrader expects a notebook of a name that a submission does not have."""


def is_placeholder(path: Path) -> bool:
    """Return whether a file was put beside a submission for nbgrader, and not handed in."""
    return (
        path.is_file()
        and path.stat().st_size == len(PLACEHOLDER)
        and path.read_bytes() == PLACEHOLDER
    )


def find_submission(
    folder: Path, expected_name: str, *, source: NotebookNode | None = None
) -> tuple[Path | None, list[Repair]]:
    """Find the submitted notebook in a folder.

    The file of the expected name is taken, or the only notebook there is. If there are more, the
    choice falls by these questions, in this order: can it be read; does it hold any answer; has
    it the expected name; does its name hold that name (``Copy of x.ipynb``, ``x (1).ipynb``,
    ``x_jane.ipynb``); how many cells of the assignment does it hold; how new is it.

    Args:
        folder: The folder of one student and one assignment.
        expected_name: The file name of the assignment's notebook, with ``.ipynb``.
        source: The course's notebook, to compare contents with if there are several candidates.

    Returns:
        The notebook, or None if there is none, and what there is to say about the choice.
    """
    if folder.is_symlink() or not folder.is_dir():
        return None, [
            _note(RepairKind.NOT_FOUND, f"There is no folder with {expected_name} in it.")
        ]
    candidates, notes = _candidates(folder)
    if not candidates:
        message = f"No notebook was handed in; {expected_name} was expected."
        return None, [*notes, _note(RepairKind.NOT_FOUND, message)]

    # Newest first, but for the expected one, which is to be among those that are looked into.
    candidates.sort(key=lambda path: (path.name == expected_name, path.stat().st_mtime))
    candidates.reverse()
    chosen = candidates[0]
    if len(candidates) > 1:
        ranks = {p: _rank(p, expected_name, source) for p in candidates[:_MAX_CANDIDATES]}
        chosen = max(ranks, key=lambda path: ranks[path])  # the newest of equals: it comes first
        others = ", ".join(shown(path.name) for path in candidates if path != chosen)[:300]
        notes.append(
            _note(
                RepairKind.SEVERAL,
                f"Several notebooks were handed in; {shown(chosen.name)} is graded, and not "
                f"{others}.",
            )
        )
    if chosen.name != expected_name:
        notes.append(
            _note(
                RepairKind.RENAMED,
                f"{shown(chosen.name)} is graded as {expected_name}; keep the file's name.",
            )
        )
    return chosen, notes


def _candidates(folder: Path) -> tuple[list[Path], list[Repair]]:
    """Return all files that are called like notebooks, and notes on those that are links."""
    candidates, notes = [], []
    for path in sorted(folder.iterdir()):
        if not _NOTEBOOK.search(path.name) or path.name.startswith(_NOTES_OF_MACOS):
            continue
        if path.is_symlink():
            message = f"{shown(path.name)} is a link to another file and is not graded."
            notes.append(_note(RepairKind.LINK, message))
        elif path.is_file() and not is_placeholder(path):
            candidates.append(path)
    return candidates, notes


def _rank(
    path: Path, expected_name: str, source: NotebookNode | None
) -> tuple[bool, bool, bool, bool, int]:
    notebook, _ = read_submission(path)
    answers, cells = count_cells(notebook, source) if notebook and source else (0, 0)
    is_expected = path.name == expected_name
    is_like_it = _letters(_NOTEBOOK.sub("", expected_name)) in _letters(path.name)
    return notebook is not None, answers > 0, is_expected, is_like_it, cells


def _letters(name: str) -> str:
    """Return a file name's letters and digits, as they are the same in every spelling."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", name).casefold())


def _note(kind: RepairKind, message: str) -> Repair:
    return Repair(kind, WHOLE_NOTEBOOK, message)
