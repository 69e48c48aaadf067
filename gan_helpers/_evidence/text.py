"""Texts and settings of a record, cut to a length that is fit for JSON."""

from __future__ import annotations

from typing import Any

import numpy as np

from gan_helpers._evidence.arrays import number

TEXT = 2000
NAME = 200
_DEPTH = 6
_ITEMS = 1000


def short(value: Any) -> str:
    """Return a text, or the ``repr`` of anything else, cut and free of lone surrogates."""
    text = value if type(value) is str else repr(value)
    return text[:NAME].encode("utf-8", "replace").decode("utf-8")


def error_of(error: BaseException) -> dict[str, Any]:
    """Describe an error, even one that cannot be printed."""
    try:
        message = str(error)
    except BaseException:
        message = "an error that cannot be shown"
    return {"kind": "error", "type": type(error).__name__[:NAME], "message": message[:NAME]}


def settings(value: Any, depth: int = 0) -> Any:
    """Make the values of a configuration fit for JSON."""
    if value is None or type(value) is bool:
        return value
    if type(value) is str:
        return value[:TEXT]
    if issubclass(type(value), int | float | np.integer | np.floating):
        return number(value)
    if depth < _DEPTH and issubclass(type(value), list | tuple):
        return [settings(item, depth + 1) for item in list(value)[:_ITEMS]]
    if depth < _DEPTH and issubclass(type(value), dict):
        pairs = list(value.items())[:_ITEMS]
        return {short(key): settings(item, depth + 1) for key, item in pairs}
    return short(repr(value))
