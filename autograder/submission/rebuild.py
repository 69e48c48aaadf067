"""Puts a submitted notebook together again: the course's cells and marks, the student's answers."""

from __future__ import annotations

import copy

from nbformat import NotebookNode
from nbgrader import utils

from autograder.figures import is_same_text
from autograder.submission.match import (
    Matching,
    grade_id,
    is_untouched,
    match_cells,
    plain_text,
    similarity,
    word_pairs,
)
from autograder.submission.outputs import OutputCleaner
from autograder.submission.parse import clean_notebook, free_id
from autograder.submission.release import is_graded_cell, release_view
from autograder.submission.report import Repair, RepairResult, shown
from autograder.submission.sanitize import as_plain_text, safe_markdown
from autograder.submission.split_merged import separate_merged

_SHARE_OF_A_CHANGED_CELL = 0.5  # below it, a locked cell's text is the student's own
_MAX_MARKDOWN = 100_000  # characters of a notebook that are rendered to judge their links
_FLAGS = ("grade", "solution", "locked", "task", "points", "grade_id")
_EDITORS = {"colab", "colab_type", "outputId", "vscode", "widgets", "accelerator", "gpuType"}


def repair(submitted: NotebookNode, source: NotebookNode) -> RepairResult:
    """Rebuild a submission on the course's notebook; run nothing.

    Args:
        submitted: The notebook as read; its metadata and outputs may hold anything.
        source: The course's notebook with nbgrader metadata. Give the release where nothing
            hidden may get near student code: locked cells take text and metadata from here.

    Returns:
        A notebook with every nbgrader cell of the source exactly once and in its order: locked
        and grade cells as in the source, solution cells with the student's text and the source's
        metadata. Extra cells stay where they were, without nbgrader metadata. An intact
        submission of a release comes back equal to it, outputs aside.

    Raises:
        ValueError: If the nbgrader metadata of `source` is not valid.
    """
    return _Rebuilding(submitted, source).result()


def stands_for(submitted: NotebookNode, source: NotebookNode) -> tuple[int, int]:
    """Count how much of the course's notebook a submission holds.

    Returns:
        The number of solution cells that hold an answer, and the number of nbgrader cells found.
    """
    release = release_view(source).cells
    cells = clean_notebook(submitted, []).cells
    graded = [i for i in match_cells(cells, release).found.items() if is_graded_cell(release[i[0]])]
    answers = [
        i
        for i, j in graded
        if utils.is_solution(release[i]) and not is_untouched(cells[j], release[i])
    ]
    return len(answers), len(graded)


class _Rebuilding:
    """One repair. The steps share what was submitted, what was given and what is reported."""

    def __init__(self, submitted: NotebookNode, source: NotebookNode) -> None:
        self.source = copy.deepcopy(source)
        self.release = release_view(source)
        for number, (cell, given) in enumerate(
            zip(self.source.cells, self.release.cells, strict=True), 1
        ):
            # Before format 4.5 cells had no ids.
            cell["id"] = given["id"] = cell.get("id", f"course-{number}")
        self.repairs: list[Repair] = []
        self.problems: list[str] = []
        self.submitted = clean_notebook(submitted, self.problems)
        self.outputs = OutputCleaner()
        self._markdown = 0

    def result(self) -> RepairResult:
        self._report_metadata()
        self.cells, separated = separate_merged(self.submitted.cells, self.release.cells)
        self.repairs += separated
        matching = match_cells(self.cells, self.release.cells)
        self._report_matching(matching)
        notebook = NotebookNode(
            nbformat=4,
            nbformat_minor=5,
            metadata=self.source.metadata,
            cells=self._assemble(matching),
        )
        for what, number in sorted(self.outputs.cut.items()):
            self._report("outputs", f"Left out of the outputs you handed in: {what} ({number}).")
        return RepairResult(notebook, self.repairs, self.problems)

    def _report(self, kind: str, message: str, cell: str = "notebook") -> None:
        note = Repair(kind, cell, message)
        if note not in self.repairs:
            self.repairs.append(note)

    # What the file says about itself

    def _report_metadata(self) -> None:
        theirs = self.submitted.metadata.get("kernelspec", {}).get("name")
        ours = self.source.metadata.get("kernelspec", {}).get("name")
        if theirs and ours and theirs != ours:
            self._report(
                "kernel",
                f"The notebook asked for the kernel {shown(theirs)}; it is run with {ours}.",
            )
        given = {tag for cell in self.release.cells for tag in cell.metadata.get("tags", [])}
        tags = {t for cell in self.submitted.cells for t in cell.metadata.get("tags", [])} - given
        if tags:
            self._report("tags", f"Cell tags were taken away: {shown(', '.join(sorted(tags)))}.")
        theirs_all = [self.submitted.metadata, *(cell.metadata for cell in self.submitted.cells)]
        ours_all = [self.source.metadata, *(cell.metadata for cell in self.release.cells)]
        if _EDITORS & (set().union(*theirs_all) - set().union(*ours_all)):
            self._report(
                "editor", "Notes that the editor keeps in the file were left out of the copy."
            )

    # What was found

    def _report_matching(self, matching: Matching) -> None:
        graded = [i for i, cell in enumerate(self.release.cells) if is_graded_cell(cell)]
        found = [i for i in graded if i in matching.found]
        if not found:
            self.problems.append(
                "No cell of this assignment was found in the notebook; is it the right one?"
            )
        positions = [matching.found[i] for i in found]
        if positions != sorted(positions):
            self._report(
                "reordered", "Cells of the assignment had been moved; they are in order again."
            )
        unmarked = [
            i
            for i in found
            if matching.how[i] in ("text", "cell id")
            and grade_id(self.cells[matching.found[i]]) is None
        ]
        if unmarked:
            one = len(unmarked) == 1
            self._report(
                "marks-lost",
                f"The grader's labels were gone from {len(unmarked)} "
                f"{'cell' if one else 'cells'} of the assignment, as some editors do it; "
                f"{'it was recognised by its' if one else 'they were recognised by their'} "
                "contents.",
            )
        by_place = [self._name(i) for i in found if matching.how[i] == "place"]
        if by_place:
            self._report(
                "by-place",
                "Answer cells had lost their labels, so the cells that stand in their places are "
                f"taken as your answers to {', '.join(by_place)}.",
            )
        for i in found:
            self._report_flags(i, self.cells[matching.found[i]])

    def _report_flags(self, i: int, cell: NotebookNode) -> None:
        theirs, ours = cell.metadata.get("nbgrader"), self.source.cells[i].metadata.nbgrader
        if not isinstance(theirs, dict) or not theirs:
            return
        if any(theirs.get(flag, ours.get(flag)) != ours.get(flag) for flag in _FLAGS):
            self._report(
                "flags",
                f"The points or the marks of the cell {self._name(i)} had been changed; the "
                "course's own count.",
                self._name(i),
            )

    def _name(self, i: int) -> str:
        return grade_id(self.source.cells[i]) or f"cell {i + 1}"

    # The new notebook

    def _assemble(self, matching: Matching) -> list[NotebookNode]:
        graded = [i for i, cell in enumerate(self.release.cells) if is_graded_cell(cell)]
        positions = [matching.found[i] for i in graded if i in matching.found]
        # Plain cells of the course keep the student's place, unless everything was moved about.
        in_order = positions == sorted(positions)
        skeleton = graded if in_order else sorted({*graded, *matching.found})
        extras = self._extras_by_place(matching, skeleton)

        self._ids = {cell.id for cell in self.source.cells}
        plain = {
            j: i for i, j in matching.found.items() if not is_graded_cell(self.release.cells[i])
        }
        cells = self._extra_cells(extras[-1], plain)
        for i in skeleton:
            cells += self._course_cell(i, matching.found.get(i), plain)
            cells += self._extra_cells(extras[i], plain)
        return self._point_out_answers_beside(cells)

    def _course_cell(self, i: int, j: int | None, plain: dict[int, int]) -> list[NotebookNode]:
        """Return what stands for source cell `i`, for which submitted cell `j` was found."""
        if j is None:
            return [self._missing(i)]
        if not is_graded_cell(self.release.cells[i]):
            return self._extra_cells([j], plain)
        if utils.is_solution(self.release.cells[i]):
            return [self._answer(i, self.cells[j])]
        return self._locked(i, self.cells[j])

    def _extras_by_place(self, matching: Matching, skeleton: list[int]) -> dict[int, list[int]]:
        """Return the other submitted cells by the skeleton cell they follow, -1 for none."""
        at = {matching.found[i]: i for i in skeleton if i in matching.found}
        copies = self._needless_copies(matching)
        extras: dict[int, list[int]] = {-1: [], **{i: [] for i in skeleton}}
        current = -1
        for j in range(len(self.cells)):
            if j in at:
                current = at[j]
            elif j not in copies:
                extras[current].append(j)
        # A missing cell is put back behind the extra cells before it: they may hold its answer.
        return extras

    def _needless_copies(self, matching: Matching) -> set[int]:
        """Find copies that say nothing new, and report all cells that were there twice."""
        copies: set[int] = set()
        used = set(matching.found.values())
        locked = {
            plain_text(cell.source): self._name(i)
            for i, cell in enumerate(self.release.cells)
            if is_graded_cell(cell) and not utils.is_solution(cell)
        }
        for j, cell in enumerate(self.cells):
            text = plain_text(cell.source)
            if j not in used and text and text in locked:
                copies.add(j)
                self._report(
                    "duplicate", f"A copy of the cell {locked[text]} was left out.", locked[text]
                )
        for i, rivals in matching.rivals.items():
            given, kept = self.release.cells[i], plain_text(self.cells[matching.found[i]].source)
            if not is_graded_cell(given):
                continue
            for j in rivals:
                if j in copies:
                    continue
                name, text = self._name(i), plain_text(self.cells[j].source)
                if is_untouched(self.cells[j], given) or text == kept:
                    copies.add(j)
                    message = f"A copy of the cell {name} was left out."
                elif utils.is_solution(given):
                    message = (
                        f"The cell {name} is there more than once; the last one with an answer "
                        "counts, and the others are kept as ordinary cells."
                    )
                else:
                    message = f"A changed copy of the cell {name} is kept as an ordinary cell."
                self._report("duplicate", message, name)
        return copies

    def _extra_cells(self, indices: list[int], plain: dict[int, int]) -> list[NotebookNode]:
        """Return cells that nbgrader does not watch over, as the student left them.

        Args:
            indices: The submitted cells.
            plain: The source cell by submitted cell, for those that come from the course.
        """
        cells = []
        for j in indices:
            cell = copy.deepcopy(self.cells[j])
            theirs = cell.metadata.get("nbgrader")
            if isinstance(theirs, dict) and (theirs.get("grade") or theirs.get("points")):
                self._report(
                    "extra-graded",
                    "A cell that is not part of the assignment was marked as graded; it is kept "
                    "as an ordinary cell.",
                )
            if j not in plain:
                cell["id"], cell.metadata = free_id(cell.id, self._ids), NotebookNode()
                self._make_safe(cell)
                cells.append(cell)
                continue
            given = copy.deepcopy(self.release.cells[plain[j]])
            if _is_same(cell, given):
                self._keep_outputs(given, cell)
                cells.append(given)
            else:
                cell["id"], cell.metadata = given.id, given.metadata
                self._make_safe(cell)
                cells.append(cell)
        return cells

    def _answer(self, i: int, theirs: NotebookNode) -> NotebookNode:
        cell, given = copy.deepcopy(self.source.cells[i]), self.release.cells[i]
        name = self._name(i)
        cell.source = theirs.source
        if theirs.cell_type != cell.cell_type:
            self._report(
                "cell-type",
                f"The cell {name} had become a {theirs.cell_type} cell; it is a {cell.cell_type} "
                "cell again.",
                name,
            )
        cell.pop("attachments", None)
        if cell.cell_type == "code":
            self._keep_outputs(cell, theirs)
        elif theirs.source != given.source:
            if "attachments" in theirs:
                cell["attachments"] = theirs.attachments
            self._make_safe(cell)
        elif "attachments" in given:
            cell["attachments"] = copy.deepcopy(given.attachments)
        return cell

    def _locked(self, i: int, theirs: NotebookNode) -> list[NotebookNode]:
        cell, given = copy.deepcopy(self.source.cells[i]), self.release.cells[i]
        name = self._name(i)
        if cell.cell_type == "code":
            self._keep_outputs(cell, theirs)
        if plain_text(theirs.source) == plain_text(given.source):
            if theirs.cell_type != given.cell_type:
                self._report("cell-type", f"The cell {name} has its old type again.", name)
            return [cell]
        share = similarity(word_pairs(theirs.source), word_pairs(given.source))
        if theirs.source.strip() and share < _SHARE_OF_A_CHANGED_CELL:
            self._report(
                "restored",
                f"The cell {name} is read-only and held other text; the course's version is back, "
                "and your text stands in a cell before it.",
                name,
            )
            own = copy.deepcopy(theirs)
            own["id"], own.metadata = free_id("extra", self._ids), NotebookNode()
            if own.cell_type == "code":
                own["outputs"] = []
            self._make_safe(own)
            return [own, cell]
        self._report(
            "restored",
            f"The cell {name} is read-only and had been changed; the course's version is back.",
            name,
        )
        return [cell]

    def _missing(self, i: int) -> NotebookNode:
        cell, given = copy.deepcopy(self.source.cells[i]), self.release.cells[i]
        name = self._name(i)
        if cell.cell_type == "code":
            cell["outputs"], cell["execution_count"] = [], None
        if not utils.is_solution(given):
            self._report("restored", f"The cell {name} was missing; it has been put back.", name)
            return cell
        self._report(
            "missing", f"The answer cell {name} was missing; an empty one is in its place.", name
        )
        # Not the stub: it would raise in code, and as a free text nbgrader would give it 0 points
        # without asking, although the answer may stand in a cell beside it.
        note = "This answer cell was missing from the submission."
        cell.source = f"# {note}" if cell.cell_type == "code" else f"*{note}*"
        cell.pop("attachments", None)
        return cell

    def _point_out_answers_beside(self, cells: list[NotebookNode]) -> list[NotebookNode]:
        """Mark an untouched free-text answer that has a cell of the student's own next to it.

        nbgrader gives 0 points to an untouched answer without showing it to anyone.
        """
        given = {cell.id: cell for cell in self.release.cells}
        for k, cell in enumerate(cells):
            if not (utils.is_solution(cell) and utils.is_grade(cell)):
                continue
            neighbours = [cells[n] for n in (k - 1, k + 1) if 0 <= n < len(cells)]
            if is_untouched(cell, given[cell.id]) and any(
                near.source.strip()
                and not is_graded_cell(near)
                and not (near.id in given and _is_same(near, given[near.id]))
                for near in neighbours
            ):
                name = grade_id(cell) or ""
                cell.source = (
                    f"{given[cell.id].source}\n\n*(This answer cell was left as it was; a cell "
                    "beside it may hold the answer.)*"
                )
                self._report(
                    "answer-beside",
                    f"The answer cell {name} is empty; a cell of your own beside it is shown to "
                    "the person who marks it.",
                    name,
                )
        return cells

    # What is shown in a browser

    def _keep_outputs(self, cell: NotebookNode, theirs: NotebookNode) -> None:
        if cell.cell_type == "code":
            cell["outputs"] = self.outputs.clean(theirs.get("outputs", []))
            cell["execution_count"] = theirs.get("execution_count")

    def _make_safe(self, cell: NotebookNode) -> None:
        """Take out of a student's cell whatever could run in the browser that shows it."""
        if cell.cell_type == "code":
            self._keep_outputs(cell, cell)
            return
        # nbconvert writes a raw cell into its page as it is.
        cell["cell_type"] = "markdown"
        if "attachments" in cell:
            cell["attachments"] = self.outputs.clean_attachments(cell.attachments)
        self._markdown += len(cell.source)
        if self._markdown > _MAX_MARKDOWN:
            safe = as_plain_text(cell.source)
        else:
            safe = safe_markdown(cell.source, cell.get("attachments", {}))
        if safe != cell.source:
            self._report(
                "markup",
                "HTML or a link in one of your text cells is shown as plain text.",
                grade_id(cell) or "notebook",
            )
            cell.source = safe


def _is_same(cell: NotebookNode, given: NotebookNode) -> bool:
    """Whether a cell is as the course gave it, but for spaces at line ends."""
    return cell.cell_type == given.cell_type and is_same_text(
        plain_text(cell.source), plain_text(given.source)
    )
