"""Builds a valid notebook from the JSON of a submission, whatever is in it.

Nothing in it is trusted. A notebook is therefore not checked and fixed, but built afresh from the
parts that are known.
"""

from __future__ import annotations

import math
import re
from typing import Any

from nbformat import NotebookNode

from autograder.submission.report import Problem, ProblemKind

_MAX_CELLS = 1000
_MAX_CELL_CHARACTERS = 1_000_000
_MAX_DEPTH = 8

_CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
# Metadata that nbformat's schema gives a type to. It only says how a cell looks, so it is left out
# rather than checked.
_LOOKS = {"authors", "collapsed", "execution", "format", "jupyter", "name", "scrolled", "title"}


def clean_notebook(raw: dict[str, Any], problems: list[Problem]) -> NotebookNode:
    """Build a valid notebook of format 4.5 from a JSON object of format 4, whatever is in it.

    Args:
        raw: The object; ``raw["cells"]`` is taken as an empty list unless it is a list.
        problems: Gets an entry for everything that is left out.

    Returns:
        A new notebook that shares nothing with `raw`. The same input gives the same cell ids.
    """
    cells = raw.get("cells")
    cells = cells if isinstance(cells, list) else []
    if len(cells) > _MAX_CELLS:
        message = f"The notebook has {len(cells)} cells; only the first {_MAX_CELLS} count."
        problems.append(Problem(ProblemKind.CUT, message))
    ids: set[str] = set()
    clean, broken = [], 0
    for raw_cell in cells[:_MAX_CELLS]:
        if not isinstance(raw_cell, dict):
            broken += 1
            continue
        cell = _clean_cell(raw_cell)
        if len(cell.source) > _MAX_CELL_CHARACTERS:
            message = "A cell of more than a million characters was cut."
            problems.append(Problem(ProblemKind.CUT, message))
            cell.source = cell.source[:_MAX_CELL_CHARACTERS]
        cell["id"] = free_id(_wanted_id(raw_cell), ids)
        clean.append(cell)
    if broken:
        message = f"{broken} damaged cells of the notebook could not be read."
        problems.append(Problem(ProblemKind.DAMAGED_CELLS, message))
    metadata = _metadata(raw.get("metadata"))
    _clean_kernel(metadata)
    return NotebookNode(nbformat=4, nbformat_minor=5, metadata=metadata, cells=clean)


def free_id(wanted: str, taken: set[str]) -> str:
    """Return a cell id as near to the wanted one as is free, and add it to the taken ones."""
    free, number = wanted, 1
    while free in taken:
        number += 1
        free = f"{wanted[:56]}-{number}"
    taken.add(free)
    return free


def _wanted_id(raw_cell: dict[str, Any]) -> str:
    metadata = raw_cell.get("metadata")
    # Colab keeps a cell's id in its metadata.
    inner = metadata.get("id") if isinstance(metadata, dict) else None
    for cell_id in (raw_cell.get("id"), inner):
        if isinstance(cell_id, str) and _CELL_ID.fullmatch(cell_id):
            return cell_id
    return "cell"


def _clean_cell(raw: dict[str, Any]) -> NotebookNode:
    kind = raw.get("cell_type")
    if kind not in ("code", "markdown", "raw"):
        kind = "code" if "outputs" in raw else "markdown"
    cell = NotebookNode(
        cell_type=kind,
        metadata=_metadata(raw.get("metadata")),
        source=text_of(raw.get("source", raw.get("input"))),
    )
    if kind == "code":
        outputs = raw.get("outputs")
        cell["execution_count"] = _count(raw.get("execution_count"))
        cell["outputs"] = [
            output
            for output in map(_clean_output, outputs if isinstance(outputs, list) else [])
            if output is not None
        ]
    elif isinstance(raw.get("attachments"), dict):
        cell["attachments"] = NotebookNode(
            {
                text_of(name): _mime_bundle(bundle)
                for name, bundle in raw["attachments"].items()
                if isinstance(bundle, dict)
            }
        )
    return cell


def _clean_output(raw: Any) -> NotebookNode | None:
    kind = raw.get("output_type") if isinstance(raw, dict) else None
    if kind == "stream":
        name = "stderr" if raw.get("name") == "stderr" else "stdout"
        return NotebookNode(output_type=kind, name=name, text=text_of(raw.get("text")))
    if kind == "error":
        traceback = raw.get("traceback")
        return NotebookNode(
            output_type=kind,
            ename=text_of(raw.get("ename")),
            evalue=text_of(raw.get("evalue")),
            traceback=[text_of(line) for line in traceback] if isinstance(traceback, list) else [],
        )
    if kind in ("display_data", "execute_result"):
        data = raw.get("data")
        output = NotebookNode(
            output_type=kind,
            data=_mime_bundle(data if isinstance(data, dict) else {}),
            metadata=NotebookNode(),
        )
        if kind == "execute_result":
            output["execution_count"] = _count(raw.get("execution_count"))
        return output
    return None


def _mime_bundle(raw: dict[str, Any]) -> NotebookNode:
    """Return texts as they are, and only the names of JSON values: none is shown later."""
    return NotebookNode(
        {
            text_of(mime): text_of(value) if isinstance(value, str | list) else ""
            for mime, value in raw.items()
        }
    )


def text_of(value: Any) -> str:
    """Return the text of a notebook field: a string, or a list of strings to be joined."""
    if isinstance(value, list):
        value = "".join(part for part in value if isinstance(part, str))
    if not isinstance(value, str):
        return ""
    # Half a surrogate pair cannot be written to a file, and a zero byte cannot be compiled.
    return value.encode("utf-8", errors="replace").decode("utf-8").replace("\0", "")


def _count(value: Any) -> int | None:
    return value if type(value) is int and 0 <= value < 2**31 else None


def _metadata(value: Any) -> NotebookNode:
    metadata = _plain(value, _MAX_DEPTH) if isinstance(value, dict) else NotebookNode()
    for key in _LOOKS & metadata.keys():
        del metadata[key]
    tags = metadata.pop("tags", None)
    tags = tags if isinstance(tags, list) else []
    valid = [tag for tag in tags if isinstance(tag, str) and tag and "," not in tag]
    if valid:
        metadata["tags"] = list(dict.fromkeys(valid))
    return metadata


def _plain(value: Any, depth: int) -> Any:
    """Copy a JSON value down to a depth; what lies deeper is left out."""
    if isinstance(value, str):
        return text_of(value)
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if depth and isinstance(value, dict):
        return NotebookNode({text_of(k): _plain(v, depth - 1) for k, v in value.items()})
    if depth and isinstance(value, list):
        return [_plain(v, depth - 1) for v in value]
    return None


def _clean_kernel(metadata: NotebookNode) -> None:
    """Drop what nbformat's schema does not allow at the top of a notebook."""
    metadata.pop("orig_nbformat", None)
    metadata.pop("tags", None)
    required = {"kernelspec": ("name", "display_name"), "language_info": ("name",)}
    for key, names in required.items():
        entry = metadata.pop(key, None)
        if isinstance(entry, dict) and isinstance(entry.get("name"), str):
            metadata[key] = NotebookNode({n: text_of(entry.get(n)) for n in names})
