"""Points the instructor to code that no answer needs.

A kernel belongs to the student, so somebody who knows a right answer's record could forge it with
enough effort. The words below are what such code is written with. They change no mark, since an
honest notebook may hold one of them too; they say which cells are worth a minute of reading.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from nbformat import NotebookNode

_WORDS = re.compile(
    r"""
    \b(?: ast_transformers | input_transformers_(?:post|cleanup) | (?:pre|post)_(?:run_cell|execute)
        | __builtins__ | builtins | __import__ | importlib | meta_path | sys\.modules | marshal
        | _grading\w* | GAN_HELPERS_EVIDENCE | NBGRADER_EXECUTION | gan_helpers\.evidence
        | evidence\.\w+ | import\ +evidence | ctypes | settrace | setprofile | gc\.get_\w+
        | get_ipython | threading | multiprocessing | subprocess | socket | os\.(?:fork|exec\w*)
        | skip-execution | b64decode | fromhex )\b
    | \b(?<!\.)(?:exec|eval|compile)\ *\(
    """,
    re.VERBOSE,
)


def suspicious_code(cells: Iterable[NotebookNode]) -> list[str]:
    """Return one sentence for the instructor per cell of the student's that holds such code.

    Args:
        cells: The code cells of a repaired submission; locked cells are the course's own.
    """
    found = []
    for number, cell in enumerate(cells, start=1):
        nbgrader = cell.metadata.get("nbgrader", {})
        if nbgrader.get("locked") or nbgrader.get("grade"):
            continue
        words = sorted({word.strip(" (") for word in _WORDS.findall(cell.source)})
        if words:
            name = nbgrader.get("grade_id", f"cell {number}")
            found.append(
                f"INSTRUCTOR: {name} uses {', '.join(words)[:200]}, which no answer needs; read "
                "that code before you rely on the marks."
            )
    return found
