"""Writes verdicts into a notebook, for nbgrader's feedback pages and for formgrader."""

from __future__ import annotations

import html
from collections.abc import Sequence

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_output

from autograder.grading.graded_notebook import NOTES_ID, Record
from autograder.verdict import Audience, QuestionVerdict

# Colours are said twice, by words and by hue; contrast holds on white and on dark pages.
_PASSED = "color:#1a7f37;font-weight:600"
_FAILED = "color:#c62828;font-weight:600"


def write_verdict(notebook: NotebookNode, record: Record, grade_ids: dict[str, str]) -> None:
    """Replace the outputs of the grade cells by the verdict, and put notes at the top.

    The plain-text form of an output is the number of points, which nbgrader reads as the mark of
    the cell. Nothing that the student's kernel printed is left in a grade cell. The record itself
    goes into the notebook's metadata, for feedback and report.

    Args:
        notebook: A repaired submission; changed in place.
        record: What grading found.
        grade_ids: Maps grade ids of autograded cells to questions.
    """
    verdict = record.verdict
    record.keep_in(notebook)
    notebook.cells = [cell for cell in notebook.cells if cell.get("id") != NOTES_ID]
    for cell in notebook.cells:
        question = grade_ids.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
        if question is not None:
            result = verdict.question(question)
            cell.outputs = [
                new_output(
                    "execute_result",
                    {"text/plain": f"{result.points!r}", "text/html": question_table(result)},
                    execution_count=None,
                )
            ]
            cell.execution_count = None
    notes = verdict.texts(audience=Audience.EVERYONE)
    if notes:
        cell = new_markdown_cell(notes_text(notes))
        cell.id = NOTES_ID
        notebook.cells.insert(0, cell)


def question_table(question: QuestionVerdict) -> str:
    """Return the checks of a question as an HTML table that reads well without colours."""
    rows = "".join(
        '<tr style="vertical-align:top">'
        f'<td style="{_PASSED if check.passed else _FAILED};white-space:nowrap">'
        f"{'✓ passed' if check.passed else '✗ not met'}</td>"
        f'<td style="text-align:left">{html.escape(check.name)}'
        + ("" if check.passed else f"<br><em>{html.escape(check.message)}</em>")
        + f'</td><td style="white-space:nowrap">{check.points:g} / {check.max_points:g}</td></tr>'
        for check in question.checks
    )
    return (
        f'<table style="width:100%"><caption style="text-align:left">'
        f"<strong>{html.escape(question.id)}: {question.points:g} of {question.max_points:g}"
        "</strong></caption><thead><tr>"
        '<th scope="col">Result</th><th scope="col" style="text-align:left">Check</th>'
        f'<th scope="col">Marks</th></tr></thead><tbody>{rows}</tbody></table>'
    )


def notes_text(notes: Sequence[str]) -> str:
    """Return Markdown that lists what happened to a submission, safe to render."""
    items = "\n".join(f"- <span>{_safe(note)}</span>" for note in notes)
    return f"**About this submission**\n\n{items}"


def _safe(text: str) -> str:
    # Names and errors in the notes come from students: no Markdown, no formulas, no HTML.
    special = "\\`*_{}[]()#+!|~$<>&\"'"
    line = " ".join(text.split())
    return "".join(f"&#{ord(one)};" if one in special else one for one in line)
