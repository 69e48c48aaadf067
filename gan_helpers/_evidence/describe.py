"""Describes any object of a notebook in plain data; what libraries make is in ``libraries``."""

from __future__ import annotations

import inspect
import json
import sys
from pathlib import Path, PurePath
from typing import Any

import numpy as np

from gan_helpers._evidence import libraries
from gan_helpers._evidence.arrays import NAME, TEXT, error_of, number, short, value_range
from gan_helpers._evidence.libraries import Record

_ITEMS = 50
_DEPTH = 4


class Recorder(Record):
    """Describes objects, and collects the arrays that belong to the descriptions."""

    def describe(self, value: Any, depth: int = 0) -> dict[str, Any]:
        """Describe any object as JSON-safe data; an ``error`` if that is not possible."""
        before = len(self.arrays)
        try:
            described = self._describe(value, depth)
            # What one object brings along must not spoil the file for the others.
            json.dumps(described, allow_nan=False)
            return described
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            self.arrays.drop_after(before)
            return error_of(error)

    def _describe(self, value: Any, depth: int) -> dict[str, Any]:
        # type() and issubclass(), not isinstance(): the latter asks the object, which may lie.
        kind = type(value)
        if value is None:
            return {"kind": "none"}
        if kind is bool or kind is np.bool_:
            return {"kind": "bool", "value": bool(value)}
        if issubclass(kind, int | float | np.integer | np.floating):
            return {"kind": "number", "value": number(value), "type": kind.__name__[:NAME]}
        if issubclass(kind, str):
            return {"kind": "text", "value": str.__str__(value)[:TEXT]}
        if issubclass(kind, np.ndarray):
            array = np.asarray(value)
            return {"kind": "array", **self.arrays.add(array), **value_range(array)}
        for module, name, describe in libraries.KINDS:
            wanted = _loaded_class(module, name)
            if wanted is not None and issubclass(kind, wanted):
                return describe(self, value)
        if issubclass(kind, PurePath):
            path = Path(value)
            return libraries.folder(self, path) if path.is_dir() else _other(value)
        if issubclass(kind, list | tuple | dict) and depth >= _DEPTH:
            return _other(value)
        if issubclass(kind, list | tuple):
            return self._sequence(value, list if issubclass(kind, list) else tuple, depth)
        if issubclass(kind, dict):
            return self._dictionary(value, depth)
        if callable(value) and (inspect.isroutine(value) or hasattr(value, "python_function")):
            return _function(value)
        return _other(value)

    def _sequence(
        self, value: Any, base: type[list[Any] | tuple[Any, ...]], depth: int
    ) -> dict[str, Any]:
        # The base class's methods: a subclass may have replaced __iter__.
        items = list(base.__getitem__(value, slice(0, _ITEMS)))
        return {
            "kind": base.__name__,
            "length": base.__len__(value),
            "items": [self.describe(item, depth + 1) for item in items],
        }

    def _dictionary(self, value: dict[Any, Any], depth: int) -> dict[str, Any]:
        pairs = [pair for pair, _ in zip(dict.items(value), range(_ITEMS), strict=False)]
        return {
            "kind": "dict",
            "length": dict.__len__(value),
            "items": {short(name): self.describe(item, depth + 1) for name, item in pairs},
        }


def in_words(description: dict[str, Any]) -> str:
    """Say in a few words what was recorded of one object."""
    kind = str(description["kind"])
    if kind == "error":
        return f"could not be recorded: {description['message']}"
    if kind == "model":
        params = description.get("params")
        return f"model, {params:,} parameters" if isinstance(params, int) else "model, not built"
    if kind == "dataset":
        return f"dataset of {description['element']}"
    if kind == "optimizer":
        return f"{description['class']}, learning rate {description['learning_rate']}"
    if kind == "number":
        return str(description["value"])
    if kind in ("array", "image"):
        return f"{kind} {tuple(description['shape'])}"
    if kind == "history":
        return f"history of {len(description['epochs'])} epochs"
    return kind


def _loaded_class(module: str, name: str) -> type | None:
    """Return a class of a module that is loaded: what was never imported cannot occur."""
    value: Any = sys.modules.get(module)
    for part in name.split("."):
        value = getattr(value, part, None)
    return value if isinstance(value, type) else None


def _other(value: Any) -> dict[str, Any]:
    return {"kind": "other", "type": type(value).__name__[:NAME], "repr": short(repr(value))}


def _function(value: Any) -> dict[str, Any]:
    function = getattr(value, "python_function", value)
    parameters = required = None
    try:
        signature = inspect.signature(function).parameters.values()
        parameters = [short(parameter.name) for parameter in signature][:_ITEMS]
        required = sum(
            parameter.default is parameter.empty
            and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
            for parameter in signature
        )
    except (TypeError, ValueError):
        pass  # Some built-in functions have no signature.
    return {
        "kind": "function",
        "name": short(getattr(function, "__name__", "")),
        "module": short(getattr(function, "__module__", "") or ""),
        "parameters": parameters,
        "required": required,
    }
