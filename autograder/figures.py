"""Pictures of the course's texts: files in ``notebooks/ASSIGNMENT/figures/``, data in a release.

Texts refer to a picture by its path, which is the same from ``notebooks/ASSIGNMENT/`` (GitHub) and
from ``source/ASSIGNMENT/`` (JupyterLab). A student has one file and nothing beside it, so in a
release the picture itself stands in the path's place. Data in the text is shown by Colab,
JupyterLab, formgrader and nbconvert; attachments get lost when a text is edited elsewhere, and SVG
is not shown everywhere.
"""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from nbformat import NotebookNode

MAX_FIGURE = 200_000
"""Bytes of one picture. Every hand-in of every student carries the pictures with it."""

_FORMATS = ("PNG", "JPEG", "GIF")  # those that survive the cleaning of a submission
_ELSEWHERE = ("https://", "http://", "data:", "attachment:")
_FILE = re.compile(r"\.\./\.\./notebooks/[\w.-]+/figures/[\w.%-]+")
_DATA = re.compile(r"data:image/\w+;base64,[A-Za-z0-9+/]+={0,2}")
_FENCED = r"^(?P<fence>```+|~~~+).*?(?:^(?P=fence)|\Z)"
_IN_A_LINE = r"(?P<ticks>`+)(?!`)[^\n]*?(?<!`)(?P=ticks)(?!`)"
# Code comes first: what looks like a picture in it is an example of how to write one.
_CODE_OR_PICTURE = re.compile(
    rf"(?P<code>{_FENCED}|{_IN_A_LINE})"
    r"|(?P<before>!\[[^\]]*\]\(|<img\b[^>]*?\bsrc=[\"'])(?P<target>[^\s\"'()<>]+)",
    re.DOTALL | re.MULTILINE,
)


class FigureError(ValueError):
    """A picture cannot be put into a release; the text is a sentence that says which and why."""


def figures_folder(source_folder: Path) -> Path:
    """Return the folder with the pictures of an assignment.

    Args:
        source_folder: The folder of its instructor notebook, ``source/ASSIGNMENT``.
    """
    # Resolved at the end, as the file system does it: `source_folder` may be a link.
    return (source_folder / "../../notebooks" / source_folder.name / "figures").resolve()


def embed_figures(notebook: NotebookNode, source_folder: Path) -> None:
    """Put the pictures that a notebook's texts refer to into the notebook.

    Pictures on the web, attachments and pictures that are inside already stay as they are.

    Args:
        notebook: An instructor notebook; its Markdown cells are changed.
        source_folder: The folder that its paths begin at, ``source/ASSIGNMENT``.

    Raises:
        FigureError: If a picture is missing, lies elsewhere than in the assignment's ``figures/``,
            is no PNG, JPEG or GIF or has more than ``MAX_FIGURE`` bytes, or if a text refers to
            ``figures/`` in a way that would be lost.
    """
    for cell in notebook.cells:
        where = f"{source_folder.name}, cell {_cell_name(cell)}"

        def as_data(match: re.Match[str], where: str = where) -> str:
            target = match["target"]
            if match["code"] or target.startswith(_ELSEWHERE):
                return match[0]
            return match["before"] + _data_uri(target, source_folder, where)

        if cell.cell_type == "markdown":
            cell.source = _CODE_OR_PICTURE.sub(as_data, cell.source)
        if _FILE.search(cell.source):
            raise FigureError(
                f"{where}: refers to a file in figures/, which students do not have; show it as "
                '![what it shows](PATH) or <img src="PATH" alt="what it shows"> in a text cell.'
            )


def refers_to_figures(notebook: NotebookNode) -> bool:
    """Return whether a notebook has paths of pictures in it, which students could not follow."""
    return any(_FILE.search(cell.source) for cell in notebook.cells)


def is_same_text(text: str, released: str) -> bool:
    """Return whether a text is that of a release, with its pictures or with their paths.

    The paths are those in ``source/``, whose notebook an instructor may hand in to try something.
    The time grows with the length only, as the text may be a student's.
    """
    if not _FILE.search(text):
        return text == released
    return _DATA.sub("", _FILE.sub("", text)) == _DATA.sub("", released)


def _data_uri(target: str, source_folder: Path, where: str) -> str:
    """Return a picture file as data for a page.

    Args:
        target: Its path as in the text.
        source_folder: Where the path begins.
        where: The cell, for the error's sentence.

    Raises:
        FigureError: If students cannot be given it.
    """
    from PIL import Image  # not needed by the judge, which has to start quickly

    home = figures_folder(source_folder)
    path = (source_folder / unquote(target)).resolve()
    if not path.is_relative_to(home):
        raise FigureError(
            f"{where}: the picture {target} is not in notebooks/{source_folder.name}/figures/, the "
            "only folder whose pictures get into a release; move it there."
        )
    try:
        # Not more than is allowed, whatever it is.
        with path.open("rb") as file:
            data = file.read(MAX_FIGURE + 1)
    except OSError as error:
        raise FigureError(
            f"{where}: the picture {target} cannot be read ({error.strerror}); put it there or "
            "correct its path."
        ) from None
    if len(data) > MAX_FIGURE:
        raise FigureError(
            f"{where}: the picture {target} has {path.stat().st_size:,} bytes, and at most "
            f"{MAX_FIGURE:,} go into a notebook; save it smaller or with fewer colours."
        )
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
            mime = Image.MIME[picture.format or ""]
            picture.verify()
    except Exception:  # Pillow raises more than OSError for damaged files
        raise FigureError(
            f"{where}: the picture {target} is not a PNG, JPEG or GIF that can be read; save it "
            "as PNG."
        ) from None
    return f"data:{mime};base64,{base64.b64encode(data).decode('ascii')}"


def _cell_name(cell: NotebookNode) -> str:
    """Return the grade id of a cell, or else its id."""
    return str(cell.metadata.get("nbgrader", {}).get("grade_id") or cell.get("id", "without id"))
