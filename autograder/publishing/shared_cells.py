"""The parts that all notebooks share: the link to Colab, the installation, and the hand-in.

What follows from the address of the course, from an assignment's name and from its questions is
written into ``notebooks/ASSIGNMENT/ASSIGNMENT.md`` here; jupytext and nbgrader carry it on from
there. Their texts are in ``templates/``.

nbgrader's ``IncludeHeaderFooter`` was tried and does not do this: it puts the same whole cells
before the title and after the references of every release, while three of our four parts differ
between assignments and two are parts of cells. Above all, they would be in the release alone: the
reviewed text and the source would lack them, and grading would take the cells `install` and
`hand_in` of every submission for the student's extra cells.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import jinja2

from autograder.course import COURSE_ROOT, Assignment
from autograder.publishing.address import Address

_MARKS = (
    '"grade": false, "grade_id": "{}", "locked": true, "schema_version": 3, "solution": false, '
    '"task": false'
)
_SAVE_A_COPY = (
    "In Colab, begin with *File → Save a copy in Drive*; a notebook opened from GitHub is not kept."
)
_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).with_name("templates")),
    undefined=jinja2.StrictUndefined,
    keep_trailing_newline=True,
    autoescape=False,  # the results are Python and Markdown
)


def write_shared_cells(*, root: Path = COURSE_ROOT) -> list[Path]:
    """Bring the shared parts of all reviewed texts up to date.

    Args:
        root: The course.

    Returns:
        The files that were changed.

    Raises:
        AddressError: If the address is no good.
        ValueError: If a text is not built as expected.
    """
    address = Address.read(root=root)
    changed = []
    for name in Assignment.names(root=root):
        path = root / "notebooks" / name / f"{name}.md"
        text = path.read_text(encoding="utf-8")
        assignment = Assignment(name, root)
        questions = [*assignment.auto_points, *assignment.manual_points]
        new = with_shared_cells(text, name, questions=questions, address=address)
        if new != text:
            path.write_text(new, encoding="utf-8")
            changed.append(path)
    return changed


def with_shared_cells(text: str, name: str, *, questions: Sequence[str], address: Address) -> str:
    """Return the reviewed text of an assignment with the shared parts as they should be.

    Args:
        text: The text, in jupytext's Markdown. It needs a title, a cell ``install``, and at its end
            a signature and references; the rest is added if it is not there.
        name: The assignment.
        questions: Ids of all its questions.
        address: Where students get the course from.

    Raises:
        ValueError: If the text is not built like that.
    """
    in_order = sorted(questions, key=lambda question: text.find(f'"grade_id": "{question}'))
    install = _rendered("install.py.j2", package=address.package)
    hand_in = _rendered("hand_in.py.j2", name=name, questions=" ".join(in_order))
    text = _with_badge(text, f"{address.badge(name)} {_SAVE_A_COPY}")
    text = _with_cell(text, "install", install)
    text = _with_steps(text, _rendered("steps.md.j2", name=name))
    if '"grade_id": "hand_in"' not in text:
        block = f"### Hand in\n\n```python nbgrader={{{_MARKS.format('hand_in')}}}\n```\n\n"
        text = _substituted(r"(?m)^## References$", block + "## References", text, "references")
    return _with_cell(text, "hand_in", hand_in)


def _rendered(template: str, **values: str) -> str:
    return _TEMPLATES.get_template(template).render(values)


def _with_badge(text: str, badge: str) -> str:
    text = re.sub(r"\n\[!\[Open this assignment[^\n]*\n", "", text, count=1)
    title = r"(?s)\A(?:---\n.*?\n---\n)?\s*# [^\n]+\n"
    return _substituted(title, lambda match: f"{match[0]}\n{badge}\n", text, "title")


def _with_cell(text: str, grade_id: str, source: str) -> str:
    cell = rf'(?ms)^(```python nbgrader=[^\n]*"grade_id": "{grade_id}"[^\n]*\n).*?^```$'
    return _substituted(cell, lambda match: f"{match[1]}{source}```", text, f"cell {grade_id}")


def _with_steps(text: str, steps: str) -> str:
    """Replace what the list before the signature says from its third step on."""
    pattern = r"(?ms)^3\. (?:[^\n]*\n)(?:4\. [^\n]*\n)?(?=\s*### Signature$)"
    return _substituted(pattern, lambda _: steps, text, "list of steps before the signature")


def _substituted(
    pattern: str, new: str | Callable[[re.Match[str]], str], text: str, what: str
) -> str:
    result, count = re.subn(pattern, new, text, count=1)
    if not count:
        raise ValueError(f"There is no {what} in the notebook's text where it is looked for.")
    return result
