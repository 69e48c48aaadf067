"""Draws networks as rows of feature maps, boxes and arrows, and saves them as small PNG files.

What of it is drawn for which assignment is in ``draw_architectures.py``.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Polygon, Rectangle
from PIL import Image

# Okabe and Ito's colours, which colour-blind readers can tell apart; the roles are also labelled.
BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#555555"
LIGHT = {BLUE: "#CFE4F2", ORANGE: "#F9DECB", GREEN: "#CDEBE0", GREY: "#E8E8E8"}


@dataclass(frozen=True)
class Stage:
    """A feature map, or a vector if ``size`` is 0.

    Attributes:
        size: Height and width in pixels.
        channels: Channels, or the length of the vector.
        label: What is written below.
        made_by: The layers that make it from the stage before, written above the arrow.
    """

    size: int
    channels: int
    label: str
    made_by: str = ""


def canvas(width: float, height: float) -> tuple[Figure, Axes]:
    """Return a white figure whose coordinates are hundredths of an inch."""
    figure, axes = plt.subplots(figsize=(width / 100, height / 100), dpi=100)
    figure.subplots_adjust(0, 0, 1, 1)
    axes.set(xlim=(0, width), ylim=(0, height))
    axes.axis("off")
    return figure, axes


def arrow(
    axes: Axes,
    start: tuple[float, float],
    end: tuple[float, float],
    *,
    color: str = GREY,
    dashed: bool = False,
    bend: float = 0.0,
) -> None:
    """Draw an arrow from ``start`` to ``end``."""
    axes.annotate(
        "",
        xy=end,
        xytext=start,
        arrowprops={
            "arrowstyle": "-|>",
            "color": color,
            "lw": 1.5,
            "linestyle": "--" if dashed else "-",
            "connectionstyle": f"arc3,rad={bend}",
            "shrinkA": 0,
            "shrinkB": 0,
        },
    )


def box(
    axes: Axes,
    x: float,
    y: float,
    width: float,
    height: float,
    text: str,
    color: str,
    *,
    size: float = 12,
    weight: str = "normal",
) -> None:
    """Draw a labelled box centred on ``(x, y)``."""
    axes.add_patch(
        FancyBboxPatch(
            (x - width / 2, y - height / 2),
            width,
            height,
            boxstyle="round,pad=0,rounding_size=8",
            facecolor=LIGHT[color],
            edgecolor=color,
            lw=1.5,
        )
    )
    axes.text(x, y, text, ha="center", va="center", fontsize=size, weight=weight)


def block(axes: Axes, x: float, y: float, stage: Stage, color: str) -> tuple[float, float]:
    """Draw one stage with its front face centred on ``y``; return its left and right ends."""
    if stage.size == 0:
        height = 22 + 24 * math.log10(stage.channels)
        corner = (x, y - height / 2)
        axes.add_patch(Rectangle(corner, 12, height, facecolor=LIGHT[GREY], edgecolor=GREY, lw=1.2))
        return x, x + 12
    # Width for channels, height for pixels; both squeezed, or 28 x 28 x 1 would be a sheet.
    height = 16 + 3.2 * stage.size
    width = 6 + 2.6 * stage.channels**0.5
    slant = height * 0.28
    left, right, bottom, top = x, x + width, y - height / 2, y + height / 2
    faces = (
        ([(left, bottom), (right, bottom), (right, top), (left, top)], LIGHT[color]),
        (
            [(left, top), (right, top), (right + slant, top + slant), (left + slant, top + slant)],
            "white",
        ),
        (
            [
                (right, bottom),
                (right + slant, bottom + slant),
                (right + slant, top + slant),
                (right, top),
            ],
            LIGHT[color],
        ),
    )
    for corners, face in faces:
        axes.add_patch(Polygon(corners, closed=True, facecolor=face, edgecolor=color, lw=1.2))
    return left, right + slant


def network(axes: Axes, y: float, title: str, stages: list[Stage], color: str) -> None:
    """Draw a row of stages with arrows between them."""
    axes.text(14, y + 106, title, fontsize=13, weight="bold", color=color, va="center")
    step = 830 / (len(stages) - 1)
    end = 0.0
    for index, stage in enumerate(stages):
        left, right = block(axes, 50 + index * step, y, stage, color)
        axes.text((left + right) / 2, y - 74, stage.label, ha="center", va="center", fontsize=11)
        if index:
            arrow(axes, (end + 8, y), (left - 6, y))
            axes.text(
                (end + left) / 2,
                y + 9,
                stage.made_by,
                ha="center",
                va="bottom",
                fontsize=9.5,
                linespacing=1.25,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
            )
        end = right


def draw_networks(
    generator: list[Stage], discriminator: list[Stage], names: tuple[str, str]
) -> Figure:
    """Draw a generator above its discriminator, with these titles."""
    figure, axes = canvas(1000, 440)
    network(axes, 312, names[0], generator, BLUE)
    network(axes, 90, names[1], discriminator, ORANGE)
    return figure


def as_png(figure: Figure) -> bytes:
    """Return a figure as a small PNG: flat drawings need few colours."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    plt.close(figure)
    picture = Image.open(buffer).convert("RGB")
    # By coverage of the colour space: the pale fills are rare and would be merged otherwise.
    picture = picture.quantize(64, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    small = io.BytesIO()
    picture.save(small, format="png", optimize=True)
    return small.getvalue()
