"""Lines that can be told apart, pictures that a screen reader can read, and several as one."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from gan_helpers.quality import QualityLog

_CAPTION_HEIGHT = 26  # pixels
# Okabe-Ito without its yellow, which is too pale on white paper.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
LINES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
# By the names of gan_helpers.quality.Report.to_dict.
QUALITY = {
    "frechet": "Fréchet distance (lower is better)",
    "kernel": "kernel distance (lower is better)",
    "classes_covered": "classes covered",
    "density": "density (1 is like real)",
    "coverage": "coverage (higher is better)",
    "memorisation_ratio": "distance to training (near 0: copies)",
}


def line_style(index: int) -> dict[str, Any]:
    """Return colour and dashes of the line of that number."""
    return {"color": COLOURS[index % len(COLOURS)], "linestyle": LINES[index % len(LINES)]}


def draw_quality(axes: Any, runs: Mapping[str, QualityLog], name: str) -> list[str]:
    """Draw one number over the epochs, and return what the lines show in words."""
    words, texts = QUALITY[name], []
    for index, (name_of_run, run) in enumerate(runs.items()):
        values = run.values(name)
        axes.plot(
            run.epochs,
            values,
            label=name_of_run or "generated",
            **line_style(index),
            marker=MARKERS[index % len(MARKERS)],
        )
        texts.append(
            f"{name_of_run} {words}: {values[0]:.2f} in epoch {run.epochs[0]}, {values[-1]:.2f} in "
            f"epoch {run.epochs[-1]}".strip()
        )
    floors = [value for run in runs.values() for value in run.values(f"{name}_floor")]
    known = [value for value in floors if np.isfinite(value)]
    if known:
        axes.axhline(np.mean(known), color="black", linewidth=1, label="real images")
        texts.append(f"real images {words}: {np.mean(known):.2f}")
    if name == "frechet":
        axes.set_yscale("log")  # From hundreds at first to a few at the end.
    axes.set_title(words, fontsize="medium")
    axes.set_xlabel("epoch")
    axes.grid(alpha=0.3)
    return texts


class AltFigure(Figure):
    """A Matplotlib figure that a notebook shows together with a text for screen readers."""

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
