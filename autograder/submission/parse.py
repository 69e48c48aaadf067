"""Reads a submitted file into a valid notebook, or says in one sentence why it cannot.

The bytes come from outside: nothing in them is trusted, and no input makes a function here raise.
A notebook is therefore not checked and mended but built anew from the parts that are known.
"""

from __future__ import annotations

import json
import math
import os
import re
import stat
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

MAX_BYTES = 50 * 2**20
# An empty list costs three bytes of JSON and up to 200 of memory: this many are about 400 MB.
_MAX_CONTAINERS = 2_000_000
_MAX_CELLS = 1000
_MAX_CELL_CHARACTERS = 1_000_000
_MAX_DEPTH = 8

_CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
# Metadata that nbformat's schema gives a type to. It only says how a cell looks, so it is left out
# rather than checked.
_LOOKS = {"authors", "collapsed", "execution", "format", "jupyter", "name", "scrolled", "title"}


def read_submission(
    path: Path, *, max_bytes: int = MAX_BYTES
) -> tuple[NotebookNode | None, list[str]]:
    """Read a submitted notebook, however broken it is.

    Args:
        path: The submitted file.
        max_bytes: The largest file that is read, in bytes.

    Returns:
        The notebook in format 4.5, valid by nbformat's schema, and one sentence per problem. The
        notebook is None if the file cannot be read as one; the last problem then says why.
    """
    data, problem = _read_bytes(path, max_bytes)
    if data is None:
        return None, [problem]
    problems: list[str] = []
    try:
        raw = _parse(data, problems)
        return (None, problems) if raw is None else (clean_notebook(raw, problems), problems)
    except (RecursionError, MemoryError):
        return None, [*problems, "The file is nested too deeply to be a notebook."]


def _read_bytes(path: Path, max_bytes: int) -> tuple[bytes | None, str]:
    try:
        if path.is_symlink():  # O_NOFOLLOW says the same, but not on every system
            return None, "The submission is a link to another file; hand in the notebook itself."
        # Without O_NONBLOCK, opening a named pipe would wait for ever.
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        descriptor = os.open(path, flags)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                return None, "The submission is not a file; hand in the notebook itself."
            if status.st_size > max_bytes:
                return None, (
                    f"The file is {status.st_size / 1e6:.0f} MB, and at most "
                    f"{max_bytes / 1e6:.0f} MB are read; clear the outputs of the notebook, "
                    "save it and hand it in again."
                )
            with open(descriptor, "rb", closefd=False) as file:
                data = file.read(max_bytes + 1)
        finally:
            os.close(descriptor)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return None, f"The file could not be opened ({reason}); hand it in again."
    if not data.strip(b"\0 \t\r\n"):
        return None, "The file is empty; save the notebook and hand it in again."
    if len(data) > max_bytes:
        return None, "The file grew while it was read; hand it in again."
    return data, ""


def _parse(data: bytes, problems: list[str]) -> dict[str, Any] | None:
    """Return the JSON object of a notebook of format 4, or None after saying why not."""
    if data.count(b"[") + data.count(b"{") > _MAX_CONTAINERS:
        problems.append("The file holds millions of nested lists and is not read as a notebook.")
        return None
    text = _decode(data, problems)
    try:
        # NaN is no JSON, but editors have written it; lone control characters happen as well.
        raw = json.loads(text, strict=False, parse_constant=lambda _: None)
    except ValueError as error:
        where = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        end = len(text.rstrip())
        cut_off = getattr(error, "pos", 0) >= end or text[end - 1] != "}"
        if text.lstrip()[:1] != "{":
            problems.append(
                "The file is not a notebook; in Colab or JupyterLab, download the notebook as "
                ".ipynb and hand that in."
            )
        elif cut_off:
            problems.append(
                "The file ends in the middle of the notebook; save it and hand it in again."
            )
        else:
            problems.append(
                f"The file is damaged{where} and cannot be read as a notebook; save the notebook "
                "and hand it in again."
            )
        return None
    if not isinstance(raw, dict) or not (isinstance(raw.get("cells"), list) or _is_old(raw)):
        problems.append("The file holds no notebook cells; hand in the notebook itself.")
        return None
    return _upgrade(raw, problems) if _is_old(raw) else raw


def _decode(data: bytes, problems: list[str]) -> str:
    try:
        return data.decode(json.detect_encoding(data))
    except UnicodeDecodeError:
        problems.append(
            "The file is not saved as UTF-8, so letters with accents may look wrong in it."
        )
        return data.decode("latin-1")  # gives every byte a letter, so it always succeeds


def _is_old(raw: dict[str, Any]) -> bool:
    return "cells" not in raw and ("worksheets" in raw or raw.get("nbformat") == 1)


def _upgrade(raw: dict[str, Any], problems: list[str]) -> dict[str, Any] | None:
    version: Any = raw.get("nbformat")
    try:
        # nbformat's own converters expect a notebook without faults, which this may not be.
        notebook = nbformat.convert(
            nbformat.versions[version].to_notebook_json(raw), nbformat.current_nbformat
        )
    except Exception:
        problems.append(
            "The notebook is saved in an old format and could not be converted; open it in "
            "Colab or JupyterLab, save it and hand it in again."
        )
        return None
    problems.append(f"The notebook was saved in the old format {version}; it has been converted.")
    return notebook


def clean_notebook(raw: dict[str, Any], problems: list[str]) -> NotebookNode:
    """Build a valid notebook of format 4.5 from a JSON object of format 4, whatever is in it.

    Args:
        raw: The object; ``raw["cells"]`` is taken as an empty list unless it is a list.
        problems: Gets a sentence for everything that is left out.

    Returns:
        A new notebook that shares nothing with `raw`. The same input gives the same cell ids.
    """
    cells = raw.get("cells")
    cells = cells if isinstance(cells, list) else []
    if len(cells) > _MAX_CELLS:
        problems.append(f"The notebook has {len(cells)} cells; only the first {_MAX_CELLS} count.")
    ids: set[str] = set()
    clean, broken = [], 0
    for raw_cell in cells[:_MAX_CELLS]:
        if not isinstance(raw_cell, dict):
            broken += 1
            continue
        cell = _clean_cell(raw_cell)
        if len(cell.source) > _MAX_CELL_CHARACTERS:
            problems.append("A cell of more than a million characters was cut.")
            cell.source = cell.source[:_MAX_CELL_CHARACTERS]
        cell["id"] = free_id(_wanted_id(raw_cell), ids)
        clean.append(cell)
    if broken:
        problems.append(f"{broken} damaged cells of the notebook could not be read.")
    metadata = _metadata(raw.get("metadata"))
    _clean_kernel(metadata)
    return NotebookNode(nbformat=4, nbformat_minor=5, metadata=metadata, cells=clean)


def free_id(wanted: str, taken: set[str]) -> str:
    """Return a cell id as near to the wanted one as is free, and add it to the taken ones."""
    found, number = wanted, 1
    while found in taken:
        number += 1
        found = f"{wanted[:56]}-{number}"
    taken.add(found)
    return found


def _wanted_id(raw_cell: dict[str, Any]) -> str:
    metadata = raw_cell.get("metadata")
    # Colab keeps a cell's id in its metadata.
    inner = metadata.get("id") if isinstance(metadata, dict) else None
    for found in (raw_cell.get("id"), inner):
        if isinstance(found, str) and _CELL_ID.fullmatch(found):
            return found
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
    """Text stays text; a JSON value is only named, since no JSON type is shown later."""
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
