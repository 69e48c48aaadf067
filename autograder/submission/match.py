"""Says which submitted cell stands for which cell of the course's notebook.

Sure signs come first: the cell's own id, nbgrader's grade id, the same text, a very similar text.
What is left are answers without any mark, and they are found by their place between neighbours.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum, auto

from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.preprocessors import ClearSolutions

from autograder.submission.release import is_graded_cell

# Shares of common word pairs above which a changed text between the right neighbours is still the
# same cell. Read-only cells ask for more: their text is replaced, so no answer must look like one,
# and courses ask for variations of the code they show.
SIMILAR = 0.6
SIMILAR_LOCKED = 0.9
_COMPARED = 8_000  # characters of a cell that are compared
_TOKEN = re.compile(r"\w+|[^\w\s]")
_STUB_LINES = {
    line.strip()
    for stub in (ClearSolutions().code_stub["python"], ClearSolutions().text_stub)
    for line in stub.split("\n")
}


WordPairs = frozenset[tuple[str, str, int]]
"""Neighbouring words of a text, numbered where a pair comes more than once."""


class Sign(Enum):
    """What a submitted cell was recognised by."""

    CELL_ID = auto()
    GRADE_ID = auto()
    TEXT = auto()
    PLACE = auto()


@dataclass
class Matching:
    """Which submitted cells stand for which source cells.

    Attributes:
        matched: Index of the submitted cell by index of the source cell.
        signs: The sign that a source cell was recognised by.
        rivals: Other submitted cells that carried the mark of a source cell, in order.
    """

    matched: dict[int, int] = field(default_factory=dict)
    signs: dict[int, Sign] = field(default_factory=dict)
    rivals: dict[int, list[int]] = field(default_factory=dict)

    def take(self, i: int, j: int, sign: Sign) -> None:
        """Let submitted cell `j` stand for source cell `i`."""
        self.matched[i], self.signs[i] = j, sign


def match_cells(cells: list[NotebookNode], release: list[NotebookNode]) -> Matching:
    """Match submitted cells to the cells of a release.

    Args:
        cells: Submitted cells, as `clean.clean_notebook` gives them.
        release: The cells of the course's notebook as students got them.

    Returns:
        A matching in which every cell, of either side, appears at most once in `matched`.
    """
    matching = Matching()
    _match_marks(matching, cells, release)
    _match_same_text(matching, cells, release)
    _match_similar_text(matching, cells, release)
    if matching.matched:  # a place lies between neighbours
        _match_places(matching, cells, release)
    used = set(matching.matched.values())
    for i, rivals in list(matching.rivals.items()):
        matching.rivals[i] = [j for j in rivals if j not in used]
    return matching


def plain_text(text: str) -> str:
    """Return a text without spaces at line ends and without empty lines around it."""
    return "\n".join(line.rstrip() for line in text.strip().split("\n"))


def is_untouched(cell: NotebookNode, release_cell: NotebookNode) -> bool:
    """Return whether a cell still holds what the student was given, or nothing at all."""
    return plain_text(cell.source) in ("", plain_text(release_cell.source))


def word_pairs(text: str) -> WordPairs:
    """Return the pairs of neighbouring words and signs of a text, without nbgrader's stubs.

    The pairs are counted, so that one layer more or less makes a difference. Sets of pairs are
    compared instead of sequences (difflib) because the texts come from outside: the time must not
    grow with the square of their length.
    """
    lines = (line for line in text[:_COMPARED].split("\n") if line.strip() not in _STUB_LINES)
    tokens = _TOKEN.findall("\n".join(lines))
    counts: Counter[tuple[str, str]] = Counter()
    pairs = set()
    for pair in zip(tokens, [*tokens[1:], ""], strict=False):
        counts[pair] += 1
        pairs.add((*pair, counts[pair]))
    return frozenset(pairs)


def similarity(first: WordPairs, second: WordPairs) -> float:
    """Return Dice's coefficient of two sets of word pairs, in [0, 1]."""
    total = len(first) + len(second)
    return 2 * len(first & second) / total if total else 0.0


def grade_id(cell: NotebookNode) -> str | None:
    """Return the grade id a cell claims to have, true or not."""
    metadata = cell.metadata.get("nbgrader")
    claimed = metadata.get("grade_id") if isinstance(metadata, dict) else None
    return claimed if isinstance(claimed, str) else None


def _match_marks(
    matching: Matching, cells: list[NotebookNode], release: list[NotebookNode]
) -> None:
    by_id = {cell.get("id"): i for i, cell in enumerate(release)}
    by_grade_id = {grade_id(cell): i for i, cell in enumerate(release) if is_graded_cell(cell)}
    claims: dict[int, list[int]] = {}
    for j, cell in enumerate(cells):
        # No editor changes a grade id and leaves the cell's own id, so in a conflict that one wins.
        i = by_id.get(cell.id)
        if i is None:
            i = by_grade_id.get(grade_id(cell)) if grade_id(cell) else None
        if i is not None:
            claims.setdefault(i, []).append(j)
    for i, rivals in claims.items():
        chosen = _choose(rivals, cells, release[i])
        matching.take(
            i, chosen, Sign.CELL_ID if cells[chosen].id == release[i].get("id") else Sign.GRADE_ID
        )
        matching.rivals[i] = [j for j in rivals if j != chosen]


def _choose(rivals: list[int], cells: list[NotebookNode], release_cell: NotebookNode) -> int:
    """Choose among cells with the same mark: the last answer, or the truest read-only cell."""
    if len(rivals) == 1:
        return rivals[0]
    if utils.is_solution(release_cell):
        answers = [j for j in rivals if not is_untouched(cells[j], release_cell)]
        last = cells[answers[-1]].source if answers else cells[rivals[0]].source
        # Of copies with that text the first: the cell was there before it was copied.
        return next(j for j in rivals if cells[j].source == last)
    wanted = word_pairs(release_cell.source)
    return max(rivals, key=lambda j: (similarity(wanted, word_pairs(cells[j].source)), -j))


def _match_same_text(
    matching: Matching, cells: list[NotebookNode], release: list[NotebookNode]
) -> None:
    texts = Counter(plain_text(cell.source) for cell in release)
    used = set(matching.matched.values())
    unused: dict[str, int] = {}
    for j, cell in enumerate(cells):
        if j not in used:
            unused.setdefault(plain_text(cell.source), j)
    for i, cell in enumerate(release):
        text = plain_text(cell.source)
        # Stubs are all alike, so they say nothing about which of them a cell is.
        if i not in matching.matched and texts[text] == 1 and text in unused:
            matching.take(i, unused.pop(text), Sign.TEXT)


def _match_similar_text(
    matching: Matching, cells: list[NotebookNode], release: list[NotebookNode]
) -> None:
    used = set(matching.matched.values())
    free = {j: word_pairs(c.source) for j, c in enumerate(cells) if j not in used}
    pairs = []
    for i, cell in enumerate(release):
        if i in matching.matched:
            continue
        wanted = word_pairs(cell.source)
        locked = is_graded_cell(cell) and not utils.is_solution(cell)
        needed = SIMILAR_LOCKED if locked else SIMILAR
        for j in _between_neighbours(matching, i, len(cells)):
            score = similarity(wanted, free[j]) if j in free else 0.0
            if score >= needed:
                pairs.append((-score, abs(i / len(release) - j / len(cells)), i, j))
    for _, _, i, j in sorted(pairs):
        if i not in matching.matched and j in free:
            matching.take(i, j, Sign.TEXT)
            del free[j]


def _between_neighbours(matching: Matching, i: int, number: int) -> range:
    """Return the submitted cells between the matched cells that are nearest to source cell `i`."""
    before = [k for k in matching.matched if k < i]
    after = [k for k in matching.matched if k > i]
    first = matching.matched[max(before)] + 1 if before else 0
    return range(first, matching.matched[min(after)] if after else number)


def _match_places(
    matching: Matching, cells: list[NotebookNode], release: list[NotebookNode]
) -> None:
    """Match answers that nothing marks to the cells between the same neighbours."""
    gap: list[int] = []
    before = -1  # submitted index of the last matched cell
    for i in range(len(release) + 1):
        if i < len(release) and i not in matching.matched:
            if utils.is_solution(release[i]):
                gap.append(i)
            continue
        after = matching.matched[i] if i < len(release) else len(cells)
        if gap:
            used = set(matching.matched.values())
            end = before + 1
            while end < len(cells) and end != after and end not in used:
                end += 1
            for k, j in _align(gap, range(before + 1, end), cells, release):
                matching.take(k, j, Sign.PLACE)
            gap = []
        before = after


def _align(
    wanted: list[int], window: range, cells: list[NotebookNode], release: list[NotebookNode]
) -> list[tuple[int, int]]:
    """Pair source and submitted cells in order so that the sum of their scores is greatest."""
    longest = max((len(cells[j].source) for j in window), default=0) or 1
    skeletons = {i: word_pairs(release[i].source) for i in wanted}
    pairs_of = {j: word_pairs(cells[j].source) for j in window}

    def score(i: int, j: int) -> float:
        cell, given = cells[j], release[i]
        if cell.cell_type != given.cell_type:
            return 0.0
        skeleton = skeletons[i]
        shared = len(skeleton & pairs_of[j]) / len(skeleton) if skeleton else 0.0
        answered = not is_untouched(cell, given)
        return 1 + shared + 0.5 * answered + 0.25 * len(cell.source) / longest

    # best[a][b]: the greatest sum for the first a wanted and the first b submitted cells.
    best = [[0.0] * (len(window) + 1) for _ in range(len(wanted) + 1)]
    scores = [[score(i, j) for j in window] for i in wanted]
    for a in range(1, len(wanted) + 1):
        for b in range(1, len(window) + 1):
            paired = best[a - 1][b - 1] + scores[a - 1][b - 1]
            best[a][b] = max(best[a - 1][b], best[a][b - 1], paired)
    pairs = []
    a, b = len(wanted), len(window)
    while a and b:
        # Leave a cell out only if nothing is lost by it; of equal choices the first cell wins.
        if best[a][b] == best[a][b - 1]:
            b -= 1
        elif best[a][b] == best[a - 1][b]:
            a -= 1
        else:
            a, b = a - 1, b - 1
            pairs.append((wanted[a], window[b]))
    return pairs
