"""Makes Markdown and HTML that a student wrote safe to show in the instructor's browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser

import nh3
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

DATA_URI = re.compile(r"data:(image/(?:png|jpeg|gif));base64,([A-Za-z0-9+/]+={0,2})")

_TAGS = set(
    "a abbr b blockquote br caption code col colgroup dd del div dl dt em figcaption figure h1 h2 "
    "h3 h4 h5 h6 hr i img ins kbd li ol p pre s samp small span strong sub sup table tbody td "
    "tfoot th thead tr u ul var".split()
)
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"alt", "height", "src", "width"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
_LINKS = ("https://", "http://", "mailto:", "#")
# Some texts take the renderer time with the square of their length: at most 0.5 s for this one.
_MAX_RENDERED = 20_000
_MAX_SHOWN = 100_000
# A "<" that may open a tag, unless it is one of these tags without attributes, a bare link, or a
# comment that every browser ends at the same place.
_TAG_OPENS = re.compile(
    r"<(?=[A-Za-z/!?])"
    r"(?!/?(?:b|blockquote|br|code|del|em|hr|i|kbd|li|ol|p|pre|s|small|strong|sub|sup|u|ul)\s*/?>)"
    r"(?!https?://[^\s<>]*>)"
    r"(?!!--(?:(?!--)[^<>])*-->)"
)


def safe_html(text: str, *, keep_picture: Callable[[str, str], bool]) -> str:
    """Rebuild HTML from a short list of tags and attributes; scripts and styles go.

    Args:
        text: The HTML. The time taken grows with the square of its nesting: limit it before.
        keep_picture: Called with the MIME type and the base64 text of every embedded picture.
            Pictures from elsewhere are never kept: they would tell their server who looks at them.
    """

    def attribute(tag: str, name: str, value: str) -> str | None:
        if name == "src":
            picture = DATA_URI.fullmatch(value)
            return value if picture and keep_picture(picture[1], picture[2]) else None
        if name == "href":
            return value if value.startswith(_LINKS) else None
        if name in ("alt", "title"):
            return value
        return value if re.fullmatch("[0-9]{1,4}", value) else None

    return nh3.clean(
        text,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=attribute,
        url_schemes={"data", "http", "https", "mailto"},
        clean_content_tags={"script", "style", "svg", "math", "template", "iframe"},
    )


def safe_markdown(text: str, attachments: dict[str, dict[str, str]]) -> str:
    """Return Markdown that shows the same words and cannot run a script or load anything.

    A tag gets a space after its "<", which makes it plain text for every renderer, also within
    code and formulas. Links are judged by what the renderer of the feedback pages makes of them,
    since there are too many ways to spell one; if one is not safe, all is shown as plain text.

    Args:
        text: The Markdown.
        attachments: The cell's pictures by name. A picture that is missing here would stop
            nbconvert, and with it the feedback.
    """
    text = _TAG_OPENS.sub("< ", text)
    if len(text) > _MAX_RENDERED:
        return as_plain_text(text)
    links = _Links()
    try:
        renderer = IPythonRenderer(escape=False, attachments=attachments)
        links.feed(MarkdownWithMath(renderer=renderer).render(text))
        links.close()
    except Exception:  # the renderer was not written for text made to hurt it
        return as_plain_text(text)
    return text if links.safe else as_plain_text(text)


class _Links(HTMLParser):
    safe = True

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "href" and tag == "a":
                self.safe &= (value or "").lower().startswith(_LINKS)
            elif name == "src" and tag == "img":
                self.safe &= bool(DATA_URI.fullmatch(value or ""))
            elif name in ("href", "src") or name.startswith("on"):
                self.safe = False


def as_plain_text(text: str) -> str:
    """Return Markdown that shows a text letter by letter, up to 100,000 letters of it."""
    if len(text) > _MAX_SHOWN:
        text = text[:_MAX_SHOWN] + "\n[the rest of this text was cut]"
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"
