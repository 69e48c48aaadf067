"""Takes out of a student's cells whatever could run in the browser that shows them."""

from __future__ import annotations

from nbformat import NotebookNode

from autograder.submission.match import grade_id
from autograder.submission.outputs import OutputCleaner
from autograder.submission.report import WHOLE_NOTEBOOK, RepairKind, RepairLog
from autograder.submission.sanitize import as_plain_text, safe_markdown

_MAX_MARKDOWN = 100_000  # characters of a notebook that are rendered to judge their links


class CellCleaner:
    """Makes the cells of one submission safe to show, within limits for all of them together.

    Args:
        log: Gets a repair for what is shown in another form.
    """

    def __init__(self, log: RepairLog) -> None:
        self._log = log
        self._outputs = OutputCleaner()
        self._markdown = 0  # characters so far

    def keep_outputs(self, cell: NotebookNode, submitted: NotebookNode) -> None:
        """Give a code cell safe copies of the outputs of a submitted cell."""
        if cell.cell_type == "code":
            cell["outputs"] = self._outputs.clean(submitted.get("outputs", []))
            cell["execution_count"] = submitted.get("execution_count")

    def make_safe(self, cell: NotebookNode) -> None:
        """Change a cell that a student wrote so that it can be shown."""
        if cell.cell_type == "code":
            self.keep_outputs(cell, cell)
            return
        # nbconvert writes a raw cell into its page as it is.
        cell["cell_type"] = "markdown"
        if "attachments" in cell:
            cell["attachments"] = self._outputs.clean_attachments(cell.attachments)
        self._markdown += len(cell.source)
        if self._markdown > _MAX_MARKDOWN:
            safe = as_plain_text(cell.source)
        else:
            safe = safe_markdown(cell.source, cell.get("attachments", {}))
        if safe != cell.source:
            self._log.add(
                RepairKind.MARKUP,
                "HTML or a link in one of your text cells is shown as plain text.",
                grade_id(cell) or WHOLE_NOTEBOOK,
            )
            cell.source = safe

    def report_cut(self) -> None:
        """Report what was left out of the outputs of all cells."""
        for what, number in sorted(self._outputs.cut.items()):
            message = f"Left out of the outputs you handed in: {what} ({number})."
            self._log.add(RepairKind.OUTPUTS, message)
