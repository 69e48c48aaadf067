"""Gets the notebook that is being run, with its outputs, as a dictionary."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from IPython import get_ipython

from gan_helpers import workspace

_SECONDS = (20, 40, 80)  # a notebook with many pictures takes Colab a while


class NotebookUnavailableError(Exception):
    """The notebook could not be had; the text says what to do."""


def read(marker: str) -> dict[str, Any]:
    """Get the notebook: from Colab itself, or in Jupyter from the file that it is saved in.

    ``marker`` are words of the cell that asks, by which its notebook is known among several.
    """
    return _from_colab() if workspace.in_colab() else _from_file(marker)


def _from_colab() -> dict[str, Any]:
    """Ask Colab's page for the notebook as it is shown there.

    There is no public way to. This one is used by many, but Google may change it at any time.
    """
    problem = "Colab did not answer"
    for seconds in _SECONDS:
        try:
            from google.colab import _message

            reply = _message.blocking_request("get_ipynb", timeout_sec=seconds)
            if reply:
                return _checked(reply["ipynb"])
        except Exception as error:
            problem = f"{type(error).__name__}: {error}"
            break
    raise NotebookUnavailableError(
        f"Colab did not hand over this notebook ({problem}). Run this cell once more. If that does "
        "not help, choose File > Download > Download .ipynb and hand in that file instead."
    )


def _from_file(marker: str) -> dict[str, Any]:
    path = _saved_file(marker)
    try:
        notebook = _checked(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise NotebookUnavailableError(
            f"{path} cannot be read as a notebook ({error}). Save it, then run this cell again."
        ) from error
    if _is_older_than_its_run(notebook):
        raise NotebookUnavailableError(
            f"{path.name} was not saved after its cells were run. Save it (Ctrl+S, or Cmd+S on a "
            "Mac), then run this cell again."
        )
    return notebook


def _saved_file(marker: str) -> Path:
    # Jupyter servers name the file when they start a kernel; VS Code has a variable for it.
    variables = getattr(get_ipython(), "user_ns", {})
    named = os.environ.get("JPY_SESSION_NAME") or variables.get("__vsc_ipynb_file__", "")
    if str(named).endswith(".ipynb") and Path(named).is_file():
        return Path(named)
    paths = [path for path in sorted(Path.cwd().glob("*.ipynb")) if _mentions(path, marker)]
    if len(paths) == 1:
        return paths[0]
    problem = f"{len(paths)} of them" if paths else "none"
    raise NotebookUnavailableError(
        f"This notebook's file was looked for in {Path.cwd()}, and there is {problem}. Save the "
        "notebook, restart its kernel and run all cells again; or hand in its .ipynb file itself."
    )


def _mentions(path: Path, marker: str) -> bool:
    try:
        cells = _checked(json.loads(path.read_text(encoding="utf-8")))["cells"]
    except (OSError, ValueError):
        return False
    return any(marker in source_of(cell) for cell in cells)


def _is_older_than_its_run(notebook: Mapping[str, Any]) -> bool:
    """Tell whether a cell was run again since the notebook was saved.

    The kernel knows when it has run which text for the last time; the file has the number of the
    run whose outputs it holds.
    """
    shell = get_ipython()
    if shell is None:
        return False
    ran = shell.history_manager.input_hist_raw
    last_run = {source.strip(): number for number, source in enumerate(ran)}
    saved: dict[str, set[Any]] = {}
    for cell in notebook["cells"]:
        if cell.get("cell_type") == "code":
            numbers = saved.setdefault(source_of(cell).strip(), set())
            numbers.add(cell.get("execution_count"))
    now = len(ran) - 1  # the cell that asks; shell.execution_count may be one ahead
    return any(
        last_run[source] not in numbers
        for source, numbers in saved.items()
        if source and last_run.get(source, now) != now
    )


def text_of(part: Mapping[str, Any], key: str) -> str:
    """Return a text of a cell or an output, which files keep as a list of lines."""
    text = part.get(key, "")
    return text if isinstance(text, str) else "".join(map(str, text))


def source_of(cell: Mapping[str, Any]) -> str:
    """Return the text of a cell."""
    return text_of(cell, "source")


def _checked(notebook: Any) -> dict[str, Any]:
    content: dict[str, Any] = notebook if isinstance(notebook, dict) else {}
    cells = content.get("cells")
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise ValueError("it holds no cells")
    return content
