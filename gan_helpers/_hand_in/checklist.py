"""Looks through a notebook before it is handed in: what is missing, not run, or went wrong.

It says nothing about right and wrong. It needs no nbgrader: where the marks on the cells are lost,
it goes by their text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gan_helpers._hand_in.notebook_source import source_of, text_of

_STUB = re.compile(r"^\s*raise NotImplementedError\(\)\s*$", re.MULTILINE)
_NO_ANSWER = "YOUR ANSWER HERE"
_NOT_RECORDED = ("could not be recorded", "Recording did not work")
_SHOWN = 60  # characters of a cell or an error
_SIGNED = ("Name", "Student number")


def findings(
    notebook: Mapping[str, Any], questions: Sequence[str], *, marker: str = ""
) -> list[str]:
    """List what should be seen to before the notebook is handed in.

    A question with a check cell is known by its ``evidence.record("id", ...)``, one to be answered
    in words by its mark of nbgrader. ``marker`` are words of the cell that asks: it still runs.
    """
    cells = [cell for cell in notebook["cells"] if not marker or marker not in source_of(cell)]
    checks = {question: _check_of(question, cells) for question in questions}
    sentences = list(_of_settings(notebook))
    for question, check in checks.items():
        if check is not None:
            sentences += _of_check(question, check)
        else:
            sentences += _of_answer(question, cells)
    unmarked = [] if any(map(_grade_id, cells)) else cells
    if count := sum(source_of(cell).strip() == _NO_ANSWER for cell in unmarked):
        sentences.append(f"{count} questions still say {_NO_ANSWER}.")
    others = [cell for cell in cells if not any(cell is check for check in checks.values())]
    return [*sentences, *_of_code(others), *_of_signature(cells)]


def largest_cell(notebook: Mapping[str, Any]) -> str:
    """Name the cell with the most output."""
    cells = [cell for cell in notebook["cells"] if cell.get("outputs")]
    largest: Mapping[str, Any] = max(
        cells, key=lambda cell: len(json.dumps(cell["outputs"])), default={}
    )
    lines = source_of(largest).strip().splitlines()
    return f"the cell that begins “{lines[0]}”" if lines else "its largest cell"


def _of_settings(notebook: Mapping[str, Any]) -> Iterator[str]:
    colab = notebook.get("metadata", {}).get("colab", {})
    if isinstance(colab, dict) and colab.get("private_outputs"):
        yield (
            "This notebook is set to be saved without its outputs: switch that off in Edit > "
            "Notebook settings, then run all cells again."
        )


def _check_of(question: str, cells: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    call = re.compile(rf"evidence\.record\(\s*[\"']{re.escape(question)}[\"']")
    return next((cell for cell in cells if _is_code(cell) and call.search(source_of(cell))), None)


def _of_check(question: str, check: Mapping[str, Any]) -> Iterator[str]:
    outputs = _outputs(check)
    error = _error(outputs)
    text = "".join(text_of(output, "text") for output in outputs)
    if error:
        yield f"Question {question}: its check cell stopped with {error}."
    elif not text:
        yield f"Question {question}: its check cell was not run."
    elif any(words in text for words in _NOT_RECORDED):
        yield f"Question {question}: its check cell could not record everything; see there."


def _of_answer(question: str, cells: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    # A task has a code cell of that name too.
    marks = [None if _is_code(cell) else _grade_id(cell) for cell in cells]
    if question in marks:
        text = source_of(cells[marks.index(question)]).strip()
        if not text or _NO_ANSWER in text:
            yield f"Question {question}: not answered yet."
    elif any(map(_grade_id, cells)):
        yield (
            f"Question {question}: its cell is no longer there. Undo its deletion, or copy your "
            "work into a fresh copy of the notebook."
        )


def _of_code(cells: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    not_run = []
    for cell in cells:
        source = source_of(cell)
        if not _is_code(cell) or not source.strip():
            continue
        error = _error(_outputs(cell))
        if _STUB.search(source):
            yield f"{_title(source)}: not answered yet."
        elif error:
            yield f"{_title(source)}: stopped with {error}."
        elif not _outputs(cell) and not cell.get("execution_count"):
            not_run.append(source)
    if not_run:
        first = _title(not_run[0])
        more = f" and {len(not_run) - 1} more" if len(not_run) > 1 else ""
        yield f"{first}{more}: not run. Run all cells from the top."


def _of_signature(cells: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    texts = [source_of(cell) for cell in cells if "# Signature\n" in source_of(cell) + "\n"]
    if not texts:
        yield "The signature is no longer there."
    for label in _SIGNED:
        if any(re.search(rf"^- {label}:[ \t]*$", text, re.MULTILINE) for text in texts):
            yield f"Signature: fill in “{label}”."


def _is_code(cell: Mapping[str, Any]) -> bool:
    return cell.get("cell_type") == "code"


def _outputs(cell: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [output for output in cell.get("outputs") or [] if isinstance(output, dict)]


def _error(outputs: Sequence[Mapping[str, Any]]) -> str:
    """Return kind and text of the error that a cell ended with, or nothing."""
    error = next((output for output in outputs if output.get("output_type") == "error"), None)
    if error is None:
        return ""
    text = f"{error.get('ename')}: {error.get('evalue')}".splitlines()[0]
    return _shortened(text.removesuffix(":").rstrip("."))


def _grade_id(cell: Mapping[str, Any]) -> str | None:
    nbgrader = cell.get("metadata", {}).get("nbgrader")
    grade_id = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    return grade_id if isinstance(grade_id, str) else None


def _title(source: str) -> str:
    first = next(line for line in source.splitlines() if line.strip())
    return f"The cell “{_shortened(first.strip(' #'))}”"


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1].rstrip()}…"
