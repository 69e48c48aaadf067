"""Numbers, texts and arrays of a record, made fit for JSON and for an ``.npz`` file beside it."""

from __future__ import annotations

import math
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from gan_helpers._evidence.format import ARRAY_BYTES, FILE_BYTES

TEXT = 2000  # characters at most
NAME = 200
_DEPTH = 6
_ITEMS = 1000


class ArrayStore:
    """Collects the arrays of one record, within the limits on their size."""

    def __init__(self) -> None:
        self._arrays: list[np.ndarray] = []

    def __len__(self) -> int:
        return len(self._arrays)

    def add(self, value: Any) -> dict[str, Any]:
        """Store an array and return the reference to it, or say why it was dropped."""
        array = np.asarray(value)
        reference = {"array": None, "shape": list(array.shape), "dtype": str(array.dtype)}
        if array.dtype.kind not in "biuf":
            if str(array.dtype) != "bfloat16":
                reason = f"cannot keep values of type {array.dtype}"[:NAME]
                return {**reference, "dropped": reason}
            array = array.astype(np.float32)
        if array.nbytes > ARRAY_BYTES:
            return {**reference, "dropped": f"larger than {ARRAY_BYTES} bytes"}
        if sum(stored.nbytes for stored in self._arrays) + array.nbytes > FILE_BYTES:
            return {**reference, "dropped": f"more than {FILE_BYTES} bytes in one file"}
        self._arrays.append(np.ascontiguousarray(array))
        # Numbered, because names from the notebook may contain anything.
        return {**reference, "array": f"a{len(self._arrays) - 1}"}

    def drop_after(self, count: int) -> None:
        """Forget all arrays but the first ``count``."""
        del self._arrays[count:]

    def save(self, path: Path) -> None:
        """Write an ``.npz`` file, packed quickly: np.savez_compressed takes three times as long."""
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for index, array in enumerate(self._arrays):
                with archive.open(f"a{index}.npy", "w") as file:
                    np.lib.format.write_array(file, array, allow_pickle=False)


def number(value: Any) -> int | float | str:
    """Return a plain number; JSON has no NaN and infinity, so they become text."""
    if issubclass(type(value), int | np.integer) and not issubclass(type(value), bool):
        whole = int(value)
        return whole if abs(whole) < 2**63 else str(whole)[:NAME]
    value = float(value)
    if math.isnan(value):
        return "NaN"
    return value if math.isfinite(value) else ("Infinity" if value > 0 else "-Infinity")


def to_numpy(value: Any) -> np.ndarray:
    """Return the values of a tensor or variable; bfloat16 as float32, which NumPy's files know."""
    if hasattr(value, "numpy"):
        value = value.numpy()
    array = np.asarray(value)
    return array.astype(np.float32) if str(array.dtype) == "bfloat16" else array


def value_range(array: np.ndarray) -> dict[str, Any]:
    """Return minimum, maximum and mean of an array, ``None`` where it has none."""
    if not array.size or array.dtype.kind not in "biuf":
        return {"min": None, "max": None, "mean": None}
    return {
        "min": number(array.min().astype(np.float64)),
        "max": number(array.max().astype(np.float64)),
        "mean": number(array.mean(dtype=np.float64)),
    }


def summary(array: np.ndarray) -> dict[str, Any]:
    """Return shape, type and range of an array."""
    return {"shape": list(array.shape), "dtype": str(array.dtype), **value_range(array)}


def head(array: np.ndarray, count: int) -> np.ndarray:
    """Return the first ``count`` rows, as float32 where they are numbers."""
    array = array[:count] if array.ndim else array
    return array.astype(np.float32) if array.dtype.kind in "biuf" else array


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
