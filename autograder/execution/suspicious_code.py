"""Finds code that works on the grading machine instead of on the question.

A kernel belongs to the student. Whoever knows what a right answer's record looks like can forge it
from inside, and no recorder inside can prevent that. So the code itself is looked at:

- Code that takes hold of the recorder, of IPython's or of Python's machinery has no place in an
  answer. The marks of such a submission wait until the instructor has read it.
- Code that is merely unusual changes no mark; the instructor is told where it is.

This is no wall: code can be spelled in endless ways. The wall is the sandbox, and what makes
forging useless wherever it can be done are checks by challenge (``autograder.challenges.hooks``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from nbformat import NotebookNode

from autograder.verdict import Audience, Note

_TAMPERING = re.compile(
    r"""
    \b(?: ast_transformers | input_transformers_(?:post|cleanup) | (?:pre|post)_(?:run_cell|execute)
        | meta_path | _evidence | __builtins__ | builtins | __import__ | ctypes | marshal
        | _grading\w* | GAN_HELPERS_EVIDENCE | evidence\.(?!record\b)\w+ | evidence\.record(?=\s*=)
        | sys\.modules(?=.*evidence) | gan_helpers\.evidence(?=["']) )
    | (?<![\w.])(?:exec|eval|compile)(?=\ *\()
    """,
    re.VERBOSE,
)
_UNUSUAL = re.compile(
    r"""
    \b(?: importlib | sys\.modules | get_ipython | settrace | setprofile | gc\.get_\w+
        | threading | multiprocessing | subprocess | socket | os\.(?:fork|exec\w*)
        | NBGRADER_EXECUTION | b64decode | fromhex )\b
    """,
    re.VERBOSE,
)


@dataclass(frozen=True)
class Findings:
    """What was found in the code of a submission.

    Attributes:
        tampering: Names of the cells that tamper with the grading machine.
        notes: For the instructor.
    """

    tampering: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()


def look_for_tampering(cells: Iterable[NotebookNode]) -> Findings:
    """Look through the code of a submission.

    Args:
        cells: The code cells of a repaired submission; locked cells are the course's own.
    """
    tampering, notes = [], []
    for number, cell in enumerate(cells, start=1):
        nbgrader = cell.metadata.get("nbgrader", {})
        if nbgrader.get("locked") or nbgrader.get("grade"):
            continue
        name = nbgrader.get("grade_id", f"cell {number}")
        words = {match[0] for match in _TAMPERING.finditer(cell.source)}
        if words:
            tampering.append(name)
            sentence = (
                f"no marks yet, since {name} uses {_listed(words)}. Read that code; if it is "
                "honest, enter the marks by hand."
            )
            notes.append(Note(sentence, Audience.INSTRUCTOR))
        elif unusual := {match[0] for match in _UNUSUAL.finditer(cell.source)}:
            sentence = (
                f"{name} uses {_listed(unusual)}, which no answer needs; read that code before "
                "you rely on the marks."
            )
            notes.append(Note(sentence, Audience.INSTRUCTOR))
    return Findings(tuple(tampering), tuple(notes))


def _listed(words: set[str]) -> str:
    return ", ".join(sorted(words))[:200]
