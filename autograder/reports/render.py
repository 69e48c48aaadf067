"""Shows cells of a student's notebook on pages of our own: text, pictures, tables and nothing else.

The repair has made outputs safe already. Here they also become fit for every reader: no headings or
lists out of place, a text for every picture, lines that wrap.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
import nh3
from markupsafe import Markup
from nbconvert.filters.ansi import strip_ansi
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from autograder.reports.pictures import Picture, joined, pictures_in

PAGES = Path(__file__).parent / "templates"

_MOST_LINES = 40  # of one output; progress bars fill hundreds
_LAST_LINES = 25
_FEW_BARS = 4  # lines
_TITLE = 60  # letters; a text as short as that belongs to the picture that comes after it
_TABLES = {"caption", "col", "colgroup", "table", "tbody", "td", "tfoot", "th", "thead", "tr"}
_TEXT = set("b blockquote br code del em i ins kbd p pre s span strong sub sup u".split())
_LISTS = set("dd dl dt li ol ul".split())
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_BAR = re.compile(r"\s*(?:Epoch \d+/\d+|\d+/\d+ +[━─=>.\[\]]{5,}.*)\s*")
_WITHOUT_WORDS = re.compile(r"<img(?![^>]*\balt=)")


def environment() -> jinja2.Environment:
    """Return what renders our templates: everything is escaped, unknown names are errors."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(PAGES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["number"] = lambda value: f"{value:g}"
    made.globals["style"] = Markup((PAGES / "style.css").read_text(encoding="utf-8"))
    return made


def show_cell(cell: Mapping[str, Any], what: str) -> Iterator[Markup]:
    """Give the parts of a page that show a cell: its code or text, then what it has put out.

    Args:
        cell: A cell of a repaired notebook.
        what: What it is, in a few words, for pictures that say nothing about themselves.
    """
    if cell["cell_type"] == "markdown":
        yield Markup('<div class="answer">{}</div>').format(show_markdown(cell))
        return
    yield Markup("<pre><code>{}</code></pre>").format(cell["source"])
    if cell["cell_type"] != "code":
        return
    parts = list(_outputs(cell, what))
    if parts:
        yield Markup('<div class="outputs">{}</div>').format(Markup("\n").join(parts))


def _outputs(cell: Mapping[str, Any], what: str) -> Iterator[Markup]:
    number, above = 0, Markup()
    for output in cell.get("outputs", ()):
        pictures = pictures_in(output.get("data", {}))
        for picture in pictures:
            number += 1
            shown = show_picture(picture, f"Picture {number} of {what}")
            yield Markup("<div>{}{}</div>").format(above, shown)
            above = Markup()
        text = _text_of(output, pictures)
        if text:
            if above:
                yield above
            above = Markup('<div class="output">{}</div>').format(text)
            if len(text.striptags()) > _TITLE:
                yield above
                above = Markup()
    if above:
        yield above


def show_picture(picture: Picture, words: str) -> Markup:
    """Return a picture with its words; of an animation, only that it is there.

    Args:
        picture: The picture, checked by the repair.
        words: What to say if it says nothing about itself.
    """
    words = picture.alt or f"{words}."
    if picture.mime == "image/gif":  # what moves cannot be stopped, printed or read
        return Markup('<p class="dim">An animation, to be seen in your notebook: {}</p>').format(
            words
        )
    return Markup(
        '<figure><img src="data:{};base64,{}" alt="{}"><figcaption>{}</figcaption></figure>'
    ).format(picture.mime, picture.data, words, words)


def show_markdown(cell: Mapping[str, Any]) -> Markup:
    """Return an answer in Markdown as HTML that fits below a heading of ours."""
    renderer = IPythonRenderer(escape=False, attachments=cell.get("attachments", {}))
    html = MarkdownWithMath(renderer=renderer).render(cell["source"])
    return _fitting(html, _TEXT | _TABLES | _LISTS | {"img"})


def _text_of(output: Mapping[str, Any], pictures: Sequence[Picture]) -> Markup | None:
    kind = output["output_type"]
    if kind == "error":
        return Markup("<pre>{}: {}</pre>").format(
            strip_ansi(output["ename"]), strip_ansi(output["evalue"])
        )
    if kind == "stream":
        text = readable(joined(output["text"]))
        return Markup("<pre>{}</pre>").format(text) if text else None
    data = output.get("data", {})
    if "text/html" in data:
        html = _fitting(joined(data["text/html"]), _TEXT | _TABLES)
        if html.striptags().strip():
            return Markup('<div class="scroll" role="group" tabindex="0">{}</div>').format(html)
    if pictures or "text/plain" not in data:
        return None
    return Markup("<pre>{}</pre>").format(readable(joined(data["text/plain"])))


def _fitting(html: str, tags: set[str]) -> Markup:
    """Return HTML with these tags only; headings become bold lines."""
    allowed = {"td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}, "img": {"alt", "src"}}
    clean = nh3.clean(
        html,
        tags=tags | _HEADINGS,
        attributes={tag: names for tag, names in allowed.items() if tag in tags},
        url_schemes={"data"},
        clean_content_tags={"script", "style", "svg", "math", "template", "iframe"},
    )
    clean = re.sub("<h[1-6]>", '<p class="heading">', clean)
    clean = re.sub("</h[1-6]>", "</p>", clean)
    return Markup(_WITHOUT_WORDS.sub('<img alt="Picture without a description"', clean))


def readable(text: str) -> str:
    """Return text as a terminal would have left it, without colours, cut in the middle if long.

    Of a training's progress bars, which tell nothing any more, the last one stays.
    """
    lines = []
    for line in strip_ansi(text).replace("\r\n", "\n").split("\n"):
        # A progress bar writes over itself: what is seen is what comes after the last return.
        line = line.rstrip("\r").rsplit("\r", 1)[-1].replace("\b", "")
        lines.append("".join(char if char.isprintable() or char == "\t" else " " for char in line))
    while lines and not lines[-1].strip():
        lines.pop()
    lines = _without_bars(lines)
    if len(lines) > _MOST_LINES:
        first = _MOST_LINES - _LAST_LINES
        left_out = len(lines) - _MOST_LINES
        lines[first:-_LAST_LINES] = [f"[… {left_out} lines left out …]"]
    return "\n".join(lines)


def _without_bars(lines: Sequence[str]) -> list[str]:
    kept: list[str] = []
    for bars, run in itertools.groupby(lines, key=lambda line: bool(_BAR.fullmatch(line))):
        group = list(run)
        if bars and len(group) > _FEW_BARS:
            group = [f"[… {len(group) - 2} lines of progress bars left out …]", *group[-2:]]
        kept += group
    return kept
