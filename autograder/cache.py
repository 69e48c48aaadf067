"""Keeps results in files, for as long as nothing that they follow from has changed."""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import json
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parent
_version = functools.cache(importlib.metadata.version)


def fingerprint(files: Iterable[Path], packages: Iterable[str], *more: Any) -> str:
    """Return a hash of what a result follows from.

    Args:
        files: Files, by name and content; one that does not exist counts as such.
        packages: Installed packages, by version.
        more: Anything else, as plain JSON values.
    """
    contents = [
        (path.name, hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None)
        for path in files
    ]
    versions = [_version(name) for name in packages]
    return hashlib.sha256(json.dumps([contents, versions, *more]).encode()).hexdigest()


def store(path: Path, basis: str, value: Any) -> None:
    """Write a result into a file.

    Args:
        path: The file, in an existing folder.
        basis: Hash of what the result follows from.
        value: The result, as plain JSON values.
    """
    # At one stroke, and under a name of its own before: two processes may do this at once.
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}-", delete=False
    ) as file:
        json.dump({"basis": basis, "value": value}, file)
    Path(file.name).replace(path)


def load(path: Path, basis: str) -> Any:
    """Return the result in a file, or None if there is none that follows from this."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return content["value"] if content.get("basis") == basis else None


def source_files(*parts: str) -> list[Path]:
    """Return the Python files of some parts of this package, to be hashed.

    Args:
        parts: Names of packages or modules in it, such as ``"sandbox"``.
    """
    files: list[Path] = []
    for part in parts:
        module = PACKAGE / f"{part}.py"
        files += [module] if module.is_file() else sorted((PACKAGE / part).rglob("*.py"))
    return files
