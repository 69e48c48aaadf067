"""The files that go into the zip file that is handed in, and how as many as possible fit."""

from __future__ import annotations

import importlib.metadata
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gan_helpers._training import run_results

_FORMAT = 1
_PACKAGES = ("gan-helpers", "tensorflow", "keras")
# A notebook shrinks when it is packed; pictures and numbers hardly do.
_FOR_THE_ENTRIES = 20_000


@dataclass(frozen=True)
class Part:
    """A file for the zip; of those that do not all fit in, the first ones count."""

    name: str
    words: str
    content: bytes


def histories_in(folder: Path) -> dict[str, dict[str, Any]]:
    """Read the history of every run in a workspace, in the order in which they ended."""
    files = list(Path(folder).glob(f"*/{run_results.FOLDER}/{run_results.HISTORY}"))
    histories = {}
    for path in sorted(files, key=lambda path: (path.stat().st_mtime, path)):
        try:
            history = dict(json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, TypeError):
            print(f"{path} is damaged and is not packed; the marks do not depend on it.")
        else:
            histories[path.parent.parent.name] = history
    return histories


def files_of_runs(folder: Path, names: Sequence[str]) -> list[Part]:
    """Read what the runs have left: pictures and samples of all, then the newest generators."""
    shown: list[Part] = []
    generators: list[Part] = []
    for name in reversed(names):
        result = Path(folder) / name / run_results.FOLDER
        pictures = sorted(result.parent.glob("images/image_at_epoch_*.png"))
        for parts, path, place, words in (
            (shown, pictures[-1] if pictures else None, f"samples/{name}.png", "the last picture"),
            (shown, result / run_results.SAMPLES, f"samples/{name}.npz", "the samples"),
            (generators, result / run_results.GENERATOR, f"generators/{name}.npz", "the generator"),
        ):
            if path is not None and path.is_file():
                parts.append(Part(f"recorded/{place}", f"{words} of {name}", path.read_bytes()))
    return [*shown, *generators]


def manifest_of(assignment: str, findings: Sequence[str]) -> dict[str, Any]:
    """Return what the manifest says before it is known which files fit in."""
    return {
        "format": _FORMAT,
        "assignment": assignment,
        "packed": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {name: _version(name) for name in _PACKAGES},
        "findings": list(findings),
    }


def zipped(
    parts: Sequence[Part], manifest: Mapping[str, Any], limit: int
) -> tuple[bytes | None, list[str]]:
    """Pack as many of the parts as fit into ``limit`` bytes, and name those that do not.

    There are no bytes if not even the first fits. The manifest comes last, and names the others.
    """
    data, left_out = io.BytesIO(), []
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for index, part in enumerate(parts):
            # Packed by itself first, as nothing can be taken out of a zip file.
            alone = io.BytesIO()
            with zipfile.ZipFile(alone, "w", zipfile.ZIP_DEFLATED) as trial:
                trial.writestr(part.name, part.content)
            if data.tell() + alone.tell() + _FOR_THE_ENTRIES <= limit:
                archive.writestr(part.name, part.content)
            elif index == 0:
                return None, []
            else:
                left_out.append(part.words)
        full = {**manifest, "files": archive.namelist(), "left_out": left_out}
        archive.writestr("recorded/manifest.json", json.dumps(full, indent=1))
    return data.getvalue(), left_out


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
