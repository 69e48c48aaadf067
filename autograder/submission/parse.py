"""Reads a submitted file into a valid notebook, or says in one sentence why it cannot.

The bytes come from outside: nothing in them is trusted, and no input makes `read_submission` raise.
"""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder.submission.clean import clean_notebook
from autograder.submission.report import Problem, ProblemKind

MAX_BYTES = 50 * 2**20
# An empty list costs three bytes of JSON and up to 200 of memory: this many are about 400 MB.
_MAX_CONTAINERS = 2_000_000


class _Unreadable(Exception):
    """A file that cannot be read as a notebook; the text is a sentence for the student."""


def read_submission(
    path: Path, *, max_bytes: int = MAX_BYTES
) -> tuple[NotebookNode | None, list[Problem]]:
    """Read a submitted notebook, however broken it is.

    Args:
        path: The submitted file.
        max_bytes: The largest file that is read, in bytes.

    Returns:
        The notebook in format 4.5, valid by nbformat's schema, and the problems with it. The
        notebook is None if the file cannot be read as one; the last problem, of the kind
        ``UNREADABLE``, then says why.
    """
    problems: list[Problem] = []
    try:
        raw = _parse(_read_bytes(path, max_bytes), problems)
        return clean_notebook(raw, problems), problems
    except _Unreadable as error:
        reason = str(error)
    except (RecursionError, MemoryError):
        reason = "The file is nested too deeply to be a notebook."
    return None, [*problems, Problem(ProblemKind.UNREADABLE, reason)]


def _read_bytes(path: Path, max_bytes: int) -> bytes:
    try:
        if path.is_symlink():  # O_NOFOLLOW says the same, but not on every system
            raise _Unreadable(
                "The submission is a link to another file; hand in the notebook itself."
            )
        # Without O_NONBLOCK, opening a named pipe would wait for ever.
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        descriptor = os.open(path, flags)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise _Unreadable("The submission is not a file; hand in the notebook itself.")
            if status.st_size > max_bytes:
                raise _Unreadable(
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
        raise _Unreadable(f"The file could not be opened ({reason}); hand it in again.") from None
    if not data.strip(b"\0 \t\r\n"):
        raise _Unreadable("The file is empty; save the notebook and hand it in again.")
    if len(data) > max_bytes:
        raise _Unreadable("The file grew while it was read; hand it in again.")
    return data


def _parse(data: bytes, problems: list[Problem]) -> dict[str, Any]:
    """Return the JSON object of a notebook of format 4.

    Raises:
        _Unreadable: If there is none.
    """
    if data.count(b"[") + data.count(b"{") > _MAX_CONTAINERS:
        raise _Unreadable("The file holds millions of nested lists and is not read as a notebook.")
    text = _decode(data, problems)
    try:
        # NaN is no JSON, but editors have written it; lone control characters happen as well.
        raw = json.loads(text, strict=False, parse_constant=lambda _: None)
    except ValueError as error:
        raise _Unreadable(_what_is_wrong(text, error)) from None
    if not isinstance(raw, dict) or not (isinstance(raw.get("cells"), list) or _is_old(raw)):
        raise _Unreadable("The file holds no notebook cells; hand in the notebook itself.")
    return _upgrade(raw, problems) if _is_old(raw) else raw


def _what_is_wrong(text: str, error: ValueError) -> str:
    """Return a sentence on a text that is no JSON."""
    if text.lstrip()[:1] != "{":
        return (
            "The file is not a notebook; in Colab or JupyterLab, download the notebook as "
            ".ipynb and hand that in."
        )
    end = len(text.rstrip())
    if getattr(error, "pos", 0) >= end or text[end - 1] != "}":
        return "The file ends in the middle of the notebook; save it and hand it in again."
    where = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
    return (
        f"The file is damaged{where} and cannot be read as a notebook; save the notebook "
        "and hand it in again."
    )


def _decode(data: bytes, problems: list[Problem]) -> str:
    try:
        return data.decode(json.detect_encoding(data))
    except UnicodeDecodeError:
        message = "The file is not saved as UTF-8, so letters with accents may look wrong in it."
        problems.append(Problem(ProblemKind.ENCODING, message))
        return data.decode("latin-1")  # gives every byte a letter, so it always succeeds


def _is_old(raw: dict[str, Any]) -> bool:
    return "cells" not in raw and ("worksheets" in raw or raw.get("nbformat") == 1)


def _upgrade(raw: dict[str, Any], problems: list[Problem]) -> dict[str, Any]:
    version: Any = raw.get("nbformat")
    try:
        # nbformat's own converters expect a notebook without faults, which this may not be.
        notebook: dict[str, Any] = nbformat.convert(
            nbformat.versions[version].to_notebook_json(raw), nbformat.current_nbformat
        )
    except Exception:
        raise _Unreadable(
            "The notebook is saved in an old format and could not be converted; open it in "
            "Colab or JupyterLab, save it and hand it in again."
        ) from None
    message = f"The notebook was saved in the old format {version}; it has been converted."
    problems.append(Problem(ProblemKind.OLD_FORMAT, message))
    return notebook
