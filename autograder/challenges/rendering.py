"""Turn kernel files and their arguments into the text that is sent to a student's kernel."""

from __future__ import annotations

import ast
import base64
import functools
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

PACKAGE = "autograder.challenges.kernel"
KERNEL = Path(__file__).parent / "kernel"
"""Kernel files that all assignments use; others lie in ``kernel/`` of an assignment's checks."""


@dataclass(frozen=True)
class Step:
    """One call of a kernel file.

    Attributes:
        file: Defines ``main(space, **arguments)``, where ``space`` is the student's namespace. It
            may import what Colab has, ``gan_helpers``, files of ``autograder.challenges.kernel``
            under their full name, and files beside it under their plain name.
        arguments: Plain JSON values, bytes and NumPy arrays, also within lists and dictionaries.
    """

    file: Path
    arguments: Mapping[str, Any] = field(default_factory=dict)


def render(steps: Sequence[Step]) -> str:
    """Return code that runs some steps; its value is what the last one returns.

    The files and arguments are packed into one short literal, because IPython goes through code
    token by token and ipykernel byte by byte.
    """
    sources: dict[str, str] = {}
    calls = []
    for step in steps:
        modules = _modules(step.file)
        sources |= modules
        calls.append({"modules": list(modules), "arguments": dict(step.arguments)})
    content = json.dumps({"sources": sources, "steps": calls}, default=_encoded)
    packed = base64.b64encode(zlib.compress(content.encode())).decode()
    # The function is taken away again before it runs.
    return f'{_bootstrap()}\nglobals().pop("_grading_run")("{packed}", globals())\n'


@functools.cache
def _bootstrap() -> str:
    """Return the function that runs steps, without comments: IPython reads every token of it."""
    tree = ast.parse((KERNEL / "bootstrap.py").read_text(encoding="utf-8"))
    function = next(node for node in tree.body if isinstance(node, ast.FunctionDef))
    function.body = function.body[1:]  # without its docstring
    return ast.unparse(function)


def _encoded(value: Any) -> Any:
    """Encode what JSON does not have, for ``bootstrap.restored``."""
    if isinstance(value, bytes):
        return {"__bytes__": base64.b64encode(value).decode()}
    if isinstance(value, np.ndarray):
        data = base64.b64encode(np.ascontiguousarray(value).tobytes()).decode()
        return {"__array__": data, "dtype": str(value.dtype), "shape": list(value.shape)}
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"A hook cannot send a {type(value).__name__}: {value!r:.80}")


def _modules(file: Path) -> dict[str, str]:
    """Return the names and texts of a kernel file and of those it imports, itself last."""
    modules: dict[str, str] = {}

    def visit(path: Path, trail: tuple[Path, ...]) -> None:
        if path in trail:
            raise ValueError(f"Kernel files import each other in a circle: {path.name}.")
        text, imports = _parsed(path, path.stat().st_mtime_ns)
        for imported in imports:
            visit(imported, (*trail, path))
        name = f"{PACKAGE}.{path.stem}" if path.parent == KERNEL else path.stem
        modules.setdefault(name, text)

    visit(file, ())
    return modules


@functools.lru_cache(maxsize=500)
def _parsed(path: Path, modified: int) -> tuple[str, tuple[Path, ...]]:
    """Return the text of a kernel file and the kernel files that it imports.

    Args:
        path: The file.
        modified: When it was changed last: a Jupyter server lives for days.
    """
    text = path.read_text(encoding="utf-8")
    imports = []
    for node in ast.parse(text).body:
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            package, _, stem = node.module.rpartition(".")
            folder = KERNEL if package == PACKAGE else path.parent if not package else None
            if folder is not None and (folder / f"{stem}.py").is_file():
                imports.append(folder / f"{stem}.py")
    return text, tuple(imports)
