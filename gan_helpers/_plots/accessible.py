"""Pictures that a screen reader can read, and how several become one."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Mapping

from matplotlib.figure import Figure
from PIL import Image, ImageDraw, ImageFont

_CAPTION_HEIGHT = 26  # pixels


class AltFigure(Figure):
    """A Matplotlib figure that a notebook shows together with a text for screen readers.

    Attributes:
        alt_text: Says in words what the figure shows.
    """

    alt_text = ""

    def _repr_html_(self) -> str:
        return html_image(png(self), "png", self.alt_text)


def png(picture: Image.Image | Figure) -> bytes:
    """Return a picture as a PNG file."""
    buffer = io.BytesIO()
    if isinstance(picture, Image.Image):
        picture.save(buffer, format="png")
    else:
        picture.savefig(buffer, format="png", dpi=110, bbox_inches="tight")
    return buffer.getvalue()


def html_image(content: bytes, kind: str, alt: str) -> str:
    """Return an HTML element with a picture inside it."""
    data = base64.b64encode(content).decode("ascii")
    return (
        f'<img src="data:image/{kind};base64,{data}" alt="{html.escape(alt, quote=True)}" '
        'style="max-width: 100%">'
    )


def with_alt(picture: Image.Image, words: str) -> Image.Image:
    """Attach a text for screen readers, for :func:`gan_helpers.plots.show`."""
    picture.alt_text = words  # type: ignore[attr-defined]
    return picture


def stack(parts: Mapping[str, Image.Image], gap: int, *, across: bool) -> Image.Image:
    """Put pictures beside or below each other, each under its caption."""
    if not parts:
        raise ValueError("There is nothing to show: name at least one.")
    widths = [part.width + gap for part in parts.values()]
    heights = [part.height + _CAPTION_HEIGHT + gap for part in parts.values()]
    size = (sum(widths) + gap, max(heights)) if across else (max(widths) + gap, sum(heights))
    whole = Image.new("L", size, 255)
    draw = ImageDraw.Draw(whole)
    font = ImageFont.load_default(size=16)
    left, top = gap, 0
    for caption, part in parts.items():
        draw.text((left, top + 4), caption, fill=0, font=font)
        whole.paste(part, (left, top + _CAPTION_HEIGHT))
        if across:
            left += part.width + gap
        else:
            top += part.height + _CAPTION_HEIGHT + gap
    return whole
