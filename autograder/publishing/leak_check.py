"""Finds in files for students what only the instructor has: answers, marking schemes, checks.

That a release equals what nbgrader makes of its source says nothing about the other files: the
guide, the README, the helpers, and whatever an instructor puts beside them. Nor do nbgrader's
markers: of eleven ways to let an answer or a check into such a file, which the tests try, six have
a marker in them, and five none. So every line and sentence of the instructor notebooks that the
releases do not have is looked for, and every passage of the autograder and of the right and wrong
answers that the tests keep.
"""

from __future__ import annotations

import io
import json
import keyword
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

_MARKER = re.compile(r"(?:BEGIN|END) (?:SOLUTION|HIDDEN TESTS|MARK SCHEME)")
_WORD = re.compile(r"\w+")
_ASSIGNED = re.compile(r"\w+ = \S*\w\S*")  # BATCH_SIZE = 64
_SENTENCE_END = re.compile(r"(?<=[.!?:;]) ")
# What may stand around a line without making it another one: quotes, comments, Markdown.
_AROUND = " \t\"'#>*-`,\\"
_PASSAGE_LINES = 3  # shorter runs of lines are often alike by chance: ")", "else:", "return result"
_PASSAGE_SIZE = 60  # characters


@dataclass(frozen=True)
class Leak:
    """Something that students must not see, in a file for students.

    Attributes:
        file: The file.
        place: The cell or line in it.
        text: The text that must not be there.
        origin: Where it comes from.
    """

    file: str
    place: str
    text: str
    origin: str

    def __str__(self) -> str:
        return (
            f'{self.file}, {self.place}: holds "{self.text[:60]}" from {self.origin}, which '
            "students must not get; take it out and bundle again."
        )


class Secrets:
    """What only the instructor has.

    Args:
        sources: The instructor notebooks, by name.
        releases: What nbgrader makes of each for students.
        public: Names of those that students get. One may show what another one asks.
        hidden: Python files that students do not get.
    """

    def __init__(
        self,
        sources: Mapping[str, NotebookNode],
        releases: Mapping[str, NotebookNode],
        *,
        public: Iterable[str],
        hidden: Iterable[Path],
    ) -> None:
        released = {
            name: {piece for cell in notebook.cells for piece in _pieces_of(cell.source)}
            for name, notebook in releases.items()
        }
        self._public = {piece for name in public for piece in released[name]}
        self._pieces: dict[str, str] = {}
        for name, source in sources.items():
            known = released[name] | self._public
            for cell in source.cells:
                origin = f"{cell_name(cell)} of source/{name}"
                for piece in _pieces_of(cell.source):
                    if piece not in known and _is_telling(piece):
                        self._pieces.setdefault(piece, origin)
        self._passages: dict[str, str] = {}
        for path in hidden:
            for passage in _passages(path.read_text(encoding="utf-8").splitlines(), self._public):
                self._passages.setdefault(passage, path.name)

    def search(self, name: str, data: bytes) -> list[Leak]:
        """Search a file.

        Args:
            name: The file's name.
            data: Its content. Zip files (also ``.npz``) are looked into.

        Returns:
            One leak for each cell or line that has any.
        """
        if zipfile.is_zipfile(io.BytesIO(data)):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                return [
                    leak
                    for member in archive.namelist()
                    for leak in self.search(f"{name}/{member}", archive.read(member))
                ]
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            return self._search_bytes(name, data)
        try:
            value = json.loads(text)
        except ValueError:
            return self._search_lines(name, text.splitlines(), "")
        return self._search_json(name, value)

    def _search_json(self, name: str, value: Any) -> list[Leak]:
        """Search a notebook cell by cell, and whatever else is JSON as a whole."""
        leaks: list[Leak] = []
        cells = value.pop("cells", []) if isinstance(value, dict) else []
        for cell in cells if isinstance(cells, list) else [cells]:
            place = f"cell {cell_name(cell)}" if isinstance(cell, dict) else "its cells"
            lines = [line for string in _strings(cell) for line in string.splitlines()]
            leaks += self._search_lines(name, lines, place)
        lines = [line for string in _strings(value) for line in string.splitlines()]
        return leaks + self._search_lines(name, lines, "metadata" if cells else "its JSON")

    def _search_lines(self, name: str, lines: list[str], place: str) -> list[Leak]:
        leaks: list[Leak] = []
        for number, line in enumerate(lines, start=1):
            where = place or f"line {number}"
            if marker := _MARKER.search(line):
                leaks.append(Leak(name, where, marker[0], "a marked region"))
            leaks += [
                Leak(name, where, piece, self._pieces[piece])
                for piece in _pieces(line)
                if piece in self._pieces
            ]
        leaks += [
            Leak(name, place or "several lines", passage, self._passages[passage])
            for passage in _passages(lines, self._public)
            if passage in self._passages
        ]
        return list({leak.place: leak for leak in reversed(leaks)}.values())[::-1]

    def _search_bytes(self, name: str, data: bytes) -> list[Leak]:
        return [
            Leak(name, "its bytes", piece, origin)
            for piece, origin in self._pieces.items()
            if len(piece) >= _PASSAGE_SIZE // 2 and piece.encode() in data
        ][:1]


def cell_name(cell: dict[str, Any]) -> str:
    """Return what a cell is called: its grade id, or else its id."""
    metadata = cell.get("metadata")
    flags = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = flags.get("grade_id") if isinstance(flags, dict) else None
    return str(grade_id or cell.get("id") or "without a name")


def _pieces_of(text: str) -> Iterator[str]:
    for line in text.splitlines():
        yield from _pieces(line)


def _pieces(line: str) -> Iterator[str]:
    """Yield a line and its sentences, spelled so that quoting and indenting make no difference."""
    line = " ".join(line.split())
    yield line.strip(_AROUND)
    sentences = _SENTENCE_END.split(line)
    if len(sentences) > 1:
        yield from (sentence.strip(_AROUND) for sentence in sentences)


def _is_telling(piece: str) -> bool:
    """Return whether a piece gives something away: more than brackets, keywords and two names."""
    words = [word for word in _WORD.findall(piece) if not keyword.iskeyword(word)]
    return (len(piece) >= 12 and len(words) >= 3) or (
        len(piece) >= 8 and _ASSIGNED.fullmatch(piece) is not None
    )


def _passages(lines: Iterable[str], public: set[str]) -> Iterator[str]:
    """Yield all runs of lines that are long enough and not all public."""
    pieces = [" ".join(line.split()).strip(_AROUND) for line in lines]
    pieces = [piece for piece in pieces if piece and not piece.startswith(("import ", "from "))]
    for start in range(len(pieces) - _PASSAGE_LINES + 1):
        run = pieces[start : start + _PASSAGE_LINES]
        if sum(map(len, run)) >= _PASSAGE_SIZE and not all(piece in public for piece in run):
            yield "\n".join(run)


def _strings(value: Any) -> Iterator[str]:
    """Yield all texts in a JSON value; a list of lines, as notebooks keep them, is one text."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        if value and all(isinstance(item, str) for item in value):
            yield "".join(value)
        else:
            for item in value:
                yield from _strings(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
