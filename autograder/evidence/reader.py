"""Reads what a run left behind. Everything here is data that an untrusted kernel may have forged.

A run's folder holds:

- ``run.json``: written by the grading machine; what happened to each cell, the challenge, limits;
- ``recorded/<name>.json`` and ``.npz``: written by the kernel through ``gan_helpers.evidence``;
- ``pictures/<cell>_<n>.png``: what chosen cells displayed;
- ``computed.json`` and ``verdict.json``: written by the judge, which need not do its work twice.

Nothing is unpickled, imported or executed, sizes are checked before anything is decompressed, and
odd content raises :class:`Unmet` with a sentence for the student, never anything else.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn, TypeVar, overload

import msgspec
import numpy as np
from PIL import Image

from autograder.cache import fingerprint, load, source_files, store
from autograder.evidence.arrays import read_arrays
from autograder.evidence.images import load_picture
from autograder.evidence.schema import (
    KINDS,
    ArrayReference,
    CellStatus,
    Described,
    Model,
    RunRecord,
)
from autograder.evidence.seeds import seed_for
from autograder.evidence.unmet import Unmet
from gan_helpers._evidence.format import FORMAT, probe_inputs

MAX_JSON_BYTES = 8 * 2**20
_MAX_DEPTH = 30
_Kind = TypeVar("_Kind", bound=Described)


class Evidence:
    """The evidence of one run.

    Args:
        folder: The run's folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read: dict[str, Recording] = {}
        self._computed: dict[str, Any] | None = None

    @cached_property
    def run(self) -> RunRecord:
        """What the grading machine wrote about the run."""
        return msgspec.json.decode((self.folder / "run.json").read_bytes(), type=RunRecord)

    def seed(self, purpose: str) -> int:
        """Return this run's secret seed for a purpose, such as one set of sentinel pictures."""
        return seed_for(self.run.challenge, purpose)

    def recorded(self, name: str) -> Recording:
        """Return what was recorded under a name.

        Raises:
            Unmet: If there is no readable record; the sentence says why.
        """
        if name not in self._read:
            self._read[name] = self._load(name)
        return self._read[name]

    def has(self, name: str) -> bool:
        """Return whether there is a readable record of that name."""
        try:
            self.recorded(name)
        except Unmet:
            return False
        return True

    def pictures(self, cell: str) -> list[Image.Image]:
        """Return the pictures that a cell displayed, in order; unreadable ones are left out."""
        pictures = []
        for path in sorted((self.folder / "pictures").glob(f"{cell}_[0-9][0-9][0-9].png")):
            try:
                pictures.append(load_picture(path.read_bytes()))
            except ValueError:
                continue
        return pictures

    def computed(self, what: str, compute: Callable[[], Any]) -> Any:
        """Return something that follows from this evidence and takes long to compute.

        It is stored in the run's folder: when a check has changed, a class is judged again in
        seconds. A change of the code that computes it makes it be computed anew.

        Args:
            what: What it is, with everything that it depends on besides the evidence.
            compute: Computes it, as plain JSON values.
        """
        path = self.folder / "computed.json"
        if self._computed is None:
            self._computed = load(path, _computing_code()) or {}
        if what not in self._computed:
            self._computed[what] = compute()
            store(path, _computing_code(), self._computed)
        return self._computed[what]

    def why_missing(self, cell: str) -> str:
        """Return one sentence on why a cell left no evidence, from what the runner saw."""
        record = self.run.cells.get(cell)
        if record is None or record.status is CellStatus.NOT_RUN:
            reason = self.run.stopped or "the notebook did not get that far"
            return f"The cell {cell} was not run: {reason}."
        if record.status is CellStatus.ERROR:
            # The kernel's name for a cell, as in (123.py, line 1), says nothing to a reader.
            error = re.sub(r"\(\d+\.py, line", "(line", str(record.error))
            if error.startswith("NotImplementedError"):
                return (
                    f"The cell {cell} has not been answered: it still raises NotImplementedError."
                )
            return f"The cell {cell} stopped with {error.rstrip('.')}."
        if record.status is not CellStatus.OK:
            return f"The cell {cell} {_UNFINISHED.get(record.status, 'did not finish')}."
        return f"The cell {cell} ran but recorded nothing that can be read."

    def _load(self, name: str) -> Recording:
        path = self.folder / "recorded" / f"{name}.json"
        cell = f"{name}_check"
        if not path.is_file() or path.is_symlink():
            raise Unmet(self.why_missing(cell if cell in self.run.cells else name))
        data = path.read_bytes()
        if len(data) > MAX_JSON_BYTES:
            raise Unmet(f"The record of {name} is too large to be read.")
        try:
            content = json.loads(data, parse_constant=_refuse_constant)
            _require_plain(content)
            objects = content["objects"]
            if content["format"] != FORMAT or not isinstance(objects, dict):
                raise ValueError("unknown format")
            if content["challenge"] != self.run.challenge:
                raise ValueError("recorded in another run")
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise Unmet(f"The record of {name} cannot be used: {_short(error)}.") from None
        arrays = self.folder / "recorded" / f"{name}.npz"
        return Recording(name, objects, arrays, challenge=content["challenge"])


class Recording:
    """The objects recorded for one question.

    Args:
        name: The question.
        objects: Their descriptions, by name.
        arrays: The file of arrays that belongs to them; it need not exist.
        challenge: The challenge of the run.
    """

    def __init__(
        self, name: str, objects: Mapping[str, Any], arrays: Path, *, challenge: str
    ) -> None:
        self.name = name
        self._objects = objects
        self._arrays_path = arrays
        self._challenge = challenge

    @overload
    def get(self, name: str, kind: type[_Kind], /) -> _Kind: ...

    @overload
    def get(self, name: str, *kinds: type[Described]) -> Any: ...

    def get(self, name: str, *kinds: type[Described]) -> Any:
        """Return the record of one object.

        Args:
            name: Its name in the notebook.
            kinds: The classes of ``autograder.evidence.schema`` that are accepted.

        Raises:
            Unmet: If it was not recorded, is of another kind, or was not written by the recorder.
        """
        described, tag = self._described(name)
        kind = KINDS.get(tag)
        if kind is None or kind not in kinds:
            self._refuse(name, described, tag, [kind.WORDS for kind in kinds])
        try:
            record = msgspec.convert(_with_known_items(described), kind)
        except (msgspec.ValidationError, RecursionError):
            raise Unmet(f"The record of {name} is damaged.") from None
        if isinstance(record, Model):
            self._require_this_run(record.probe.input, name)
        return record

    def _described(self, name: str) -> tuple[dict[str, Any], str]:
        described = self._objects.get(name)
        if not isinstance(described, dict) or not isinstance(described.get("kind"), str):
            raise Unmet(f"{name} was not recorded.")
        return described, described["kind"]

    def _refuse(
        self, name: str, described: dict[str, Any], tag: str, wanted: list[str]
    ) -> NoReturn:
        if tag == "error":
            reason = _short(described.get("message", ""))
            raise Unmet(f"{name} could not be looked at: {reason}.")
        word = described.get("type", "something") if tag == "other" else tag
        shown = KINDS[str(word)].WORDS if str(word) in KINDS else str(word)[:80]
        raise Unmet(f"{name} should be {' or '.join(wanted)}, but it is {shown}.")

    def _require_this_run(self, reference: ArrayReference | None, name: str) -> None:
        """Refuse a model that was tried on other inputs than those of this run."""
        if reference is None or reference.array is None:
            return
        inputs = self.array(reference)
        (drawn,) = probe_inputs(self._challenge, [inputs.shape])
        if not np.array_equal(inputs, drawn):
            raise Unmet(f"The record of {name} is not from this run.")

    def array(self, reference: ArrayReference | None) -> np.ndarray:
        """Return the array that a record refers to.

        Raises:
            Unmet: If there is none, or it is not safe to read.
        """
        if reference is None or reference.array not in self._arrays:
            raise Unmet(f"The record of {self.name} lacks some of its numbers.")
        return self._arrays[reference.array]

    @cached_property
    def _arrays(self) -> dict[str, np.ndarray]:
        if not self._arrays_path.is_file() or self._arrays_path.is_symlink():
            return {}
        try:
            return read_arrays(self._arrays_path.read_bytes())
        except ValueError as error:
            raise Unmet(f"The record of {self.name} cannot be used: {_short(error)}.") from None


@functools.cache
def _computing_code() -> str:
    code = source_files("evidence", "challenges", "judging")
    return fingerprint(code, ("numpy", "opencv-python-headless", "pillow"))


_UNFINISHED = {
    CellStatus.TOO_SLOW: "was still running when its time was over, and was stopped",
    CellStatus.TOO_MUCH_OUTPUT: "wrote too much, and was stopped",
    CellStatus.KERNEL_DIED: "ended the kernel",
}


def _with_known_items(described: dict[str, Any]) -> dict[str, Any]:
    """Return a record in which items of no known kind are others, so that the rest can be read."""
    items = described.get("items")
    if isinstance(items, list):
        return {**described, "items": [_known(item) for item in items]}
    if isinstance(items, dict):
        return {**described, "items": {name: _known(item) for name, item in items.items()}}
    return described


def _known(item: Any) -> dict[str, Any]:
    if isinstance(item, dict) and isinstance(item.get("kind"), str) and item["kind"] in KINDS:
        return _with_known_items(item)
    return {"kind": "other"}


def _short(text: Any) -> str:
    return str(text)[:200].rstrip(".")


def _refuse_constant(name: str) -> None:
    raise ValueError(f"it holds {name}")


def _require_plain(value: Any, depth: int = 0) -> None:
    if depth > _MAX_DEPTH:
        raise ValueError("it is nested too deeply")
    if isinstance(value, dict):
        for item in value.values():
            _require_plain(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _require_plain(item, depth + 1)
    elif isinstance(value, int | float) and not -(2**63) <= value < 2**64:
        raise ValueError("it holds a number beyond all bounds")  # 1e999 is infinity
