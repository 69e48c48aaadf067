"""Draws the pictures of the assignments and puts them into their texts, as PNG data in the page.

A notebook in Colab, JupyterLab and nbgrader is one file with nothing beside it, so its pictures
have to be inside it. Data in the text works in all of them (attachments get lost in text, SVG and
Mermaid are not shown everywhere). Each picture stands in the line after ``<!-- picture: NAME -->``.

Run from the root of the repository, then bring the notebook up to date:

    python tools/draw_architectures.py 02_dcgan_experiments
    jupytext --sync notebooks/02_dcgan_experiments/02_dcgan_experiments.md

Without a name it draws those of all assignments.
"""

from __future__ import annotations

import argparse
import base64
import functools
import io
import math
import re
from dataclasses import dataclass
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Polygon, Rectangle
from PIL import Image

TEXTS = Path("notebooks")

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


# The discriminator of most assignments.
DISCRIMINATOR = [
    Stage(28, 1, "28 × 28 × 1"),
    Stage(14, 64, "14 × 14 × 64", "Conv 5×5,\nstride 2,\nLeakyReLU,\nDropout"),
    Stage(7, 128, "7 × 7 × 128", "Conv 5×5,\nstride 2,\nLeakyReLU,\nDropout"),
    Stage(0, 6272, "6272", "Flatten"),
    Stage(0, 1, "1 logit", "Dense"),
]


def canvas(width: float, height: float) -> tuple[Figure, Axes]:
    """Returns a white figure whose coordinates are hundredths of an inch."""
    figure, axes = plt.subplots(figsize=(width / 100, height / 100), dpi=100)
    figure.subplots_adjust(0, 0, 1, 1)
    axes.set(xlim=(0, width), ylim=(0, height))
    axes.axis("off")
    return figure, axes


def arrow(axes: Axes, start, end, *, color=GREY, dashed=False, bend=0.0) -> None:
    """Draws an arrow from ``start`` to ``end``."""
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


def box(axes: Axes, x, y, width, height, text, color, *, size=12, weight="normal") -> None:
    """Draws a labelled box centred on ``(x, y)``."""
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
    """Draws one stage with its front face centred on ``y``; returns its left and right ends."""
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
    """Draws a row of stages with arrows between them."""
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


def draw_game(noise: str = "40 random numbers") -> Figure:
    """The game: who makes what, who judges it, and which loss trains whom.

    Args:
        noise: What a noise vector is, in a few words.
    """
    figure, axes = canvas(1000, 330)
    box(axes, 90, 110, 156, 64, f"noise $z$\n{noise}", GREY, size=10)
    box(axes, 305, 110, 150, 76, "generator $G$", BLUE, size=13, weight="bold")
    box(axes, 500, 110, 130, 64, "generated\nimage $G(z)$", BLUE, size=11)
    box(axes, 500, 238, 130, 64, "real image $x$\nfrom the data", GREEN, size=11)
    box(axes, 698, 174, 172, 76, "discriminator $D$", ORANGE, size=13, weight="bold")
    wish = "loss $L_D$\nwants: data real,\ngenerated fake"
    box(axes, 906, 238, 176, 70, wish, ORANGE, size=10.5)
    box(axes, 906, 110, 176, 70, "loss $L_G$\nwants:\ngenerated real", BLUE, size=10.5)
    arrow(axes, (172, 110), (227, 110))
    arrow(axes, (382, 110), (432, 110))
    arrow(axes, (567, 118), (609, 152))
    arrow(axes, (567, 230), (609, 196))
    arrow(axes, (786, 192), (815, 226))
    arrow(axes, (786, 156), (815, 122))
    axes.text(794, 174, "logit", fontsize=10, ha="left", va="center", color=GREY)
    arrow(axes, (880, 275), (698, 215), color=ORANGE, dashed=True, bend=0.42)
    axes.text(700, 300, "trains $D$ only", fontsize=11, color=ORANGE, ha="center")
    arrow(axes, (906, 73), (305, 70), color=BLUE, dashed=True, bend=-0.13)
    axes.text(
        600,
        12,
        "trains $G$ only: the gradient passes back through $D$",
        fontsize=11,
        color=BLUE,
        ha="center",
    )
    return figure


def draw_networks(
    generator: list[Stage], discriminator: list[Stage], names: tuple[str, str]
) -> Figure:
    """A generator above its discriminator."""
    figure, axes = canvas(1000, 440)
    network(axes, 312, names[0], generator, BLUE)
    network(axes, 90, names[1], discriminator, ORANGE)
    return figure


def draw_walkthrough() -> Figure:
    """The networks of assignment 01, which 03 uses as well."""
    return draw_networks(
        [
            Stage(0, 100, "100"),
            Stage(7, 256, "7 × 7 × 256", "Dense, BN,\nLeakyReLU,\nReshape"),
            Stage(7, 128, "7 × 7 × 128", "ConvT 5×5,\nstride 1,\nBN, LeakyReLU"),
            Stage(14, 64, "14 × 14 × 64", "ConvT 5×5,\nstride 2,\nBN, LeakyReLU"),
            Stage(28, 1, "28 × 28 × 1", "ConvT 5×5,\nstride 2,\ntanh"),
        ],
        DISCRIMINATOR,
        ("Generator: from noise to an image", "Discriminator: from an image to a logit"),
    )


def draw_baseline() -> Figure:
    """The networks of section 3 of assignment 02."""
    return draw_networks(
        [
            Stage(0, 40, "40"),
            Stage(7, 256, "7 × 7 × batch size", "Dense, BN,\nLeakyReLU,\nReshape"),
            Stage(7, 128, "7 × 7 × 128", "ConvT 5×5,\nstride 1,\nBN, LeakyReLU"),
            Stage(14, 64, "14 × 14 × 64", "ConvT 5×5,\nstride 2,\nBN, LeakyReLU"),
            Stage(28, 1, "28 × 28 × 1", "ConvT 5×5,\nstride 2,\ntanh"),
        ],
        DISCRIMINATOR,
        ("Generator: from noise to an image", "Discriminator: from an image to a logit"),
    )


def draw_simpler() -> Figure:
    """The networks of section 5 of assignment 02."""
    return draw_networks(
        [
            Stage(0, 40, "40"),
            Stage(7, 64, "7 × 7 × batch size (64)", "Dense, BN,\nLeakyReLU,\nReshape"),
            Stage(14, 64, "14 × 14 × 64", "ConvT 5×5,\nstride 2,\nBN, LeakyReLU"),
            Stage(28, 1, "28 × 28 × 1", "ConvT 5×5,\nstride 2,\ntanh"),
        ],
        [
            Stage(28, 1, "28 × 28 × 1"),
            Stage(14, 64, "14 × 14 × 64", "Conv 5×5,\nstride 2,\nLeakyReLU,\nDropout"),
            Stage(0, 12544, "12544", "Flatten"),
            Stage(0, 1, "1 logit", "Dense"),
        ],
        ("Simpler generator", "Simpler discriminator"),
    )


def draw_vae() -> Figure:
    """The VAE of assignment 05: the encoder above its decoder."""
    figure, axes = canvas(1000, 440)
    axes.text(
        14,
        418,
        "Encoder: from an image to the distribution of its codes",
        fontsize=13,
        weight="bold",
        color=GREEN,
        va="center",
    )
    _, end = block(axes, 50, 312, Stage(28, 1, ""), GREEN)
    axes.text(69, 238, "28 rows of 28", ha="center", va="center", fontsize=11)
    start, states = block(axes, 465, 312, Stage(0, 1792, ""), GREEN)
    axes.text(471, 238, "28 × 64 = 1792", ha="center", va="center", fontsize=11)
    arrow(axes, (end + 8, 312), (start - 6, 312))
    words = "LSTM 64, every state,\nFlatten"
    axes.text(275, 321, words, ha="center", va="bottom", fontsize=9.5, linespacing=1.25)
    for y, name in ((354, "μ: 64"), (270, "log σ: 64")):
        start, end = block(axes, 880, y, Stage(0, 64, ""), GREEN)
        axes.text(end + 8, y, name, ha="left", va="center", fontsize=11)
        arrow(axes, (states + 8, 312 + (y - 312) / 4), (start - 6, y))
        axes.text(680, y, "Dense", ha="center", va="center", fontsize=9.5)
    network(
        axes,
        90,
        "Decoder: from a code z = μ + σ ε to an image",
        [
            Stage(0, 64, "64"),
            Stage(14, 1, "14 × 14 × 1", "Dense 98,\nDense 196,\nLeakyReLU each,\nReshape"),
            Stage(14, 32, "14 × 14 × 32", "ConvT 3×3,\nReLU,\nDropout"),
            Stage(14, 64, "14 × 14 × 64", "ConvT 3×3,\nReLU,\nDropout"),
            Stage(28, 64, "28 × 28 × 64", "ConvT 3×3,\nstride 2,\nReLU"),
            Stage(28, 1, "28 × 28", "Flatten,\nDense 784,\nsigmoid,\nReshape"),
        ],
        BLUE,
    )
    return figure


def draw_gan_of_05() -> Figure:
    """The GAN of assignment 05."""
    return draw_networks(
        [
            Stage(0, 100, "100"),
            Stage(7, 128, "7 × 7 × 128", "Dense,\nLeakyReLU,\nReshape"),
            Stage(14, 128, "14 × 14 × 128", "ConvT 4×4,\nstride 2,\nLeakyReLU"),
            Stage(28, 128, "28 × 28 × 128", "ConvT 4×4,\nstride 2,\nLeakyReLU"),
            Stage(28, 1, "28 × 28 × 1", "Conv 7×7,\nsigmoid"),
        ],
        [
            Stage(28, 1, "28 × 28 × 1"),
            Stage(14, 64, "14 × 14 × 64", "Conv 3×3,\nstride 2,\nLeakyReLU,\nDropout"),
            Stage(7, 64, "7 × 7 × 64", "Conv 3×3,\nstride 2,\nLeakyReLU,\nDropout"),
            Stage(0, 3136, "3136", "Flatten"),
            Stage(0, 1, "1 probability", "Dense,\nsigmoid"),
        ],
        ("Generator: from noise to an image", "Discriminator: from an image to a probability"),
    )


def draw_critic() -> Figure:
    """The critic of assignment 05."""
    figure, axes = canvas(1000, 220)
    network(
        axes,
        90,
        "Critic: from an image to a score",
        [
            Stage(28, 1, "28 × 28 × 1"),
            Stage(14, 64, "14 × 14 × 64", "Conv 3×3,\nstride 2,\nLeakyReLU"),
            Stage(7, 64, "7 × 7 × 64", "Conv 3×3,\nstride 2,\nLeakyReLU"),
            Stage(0, 3136, "3136", "Flatten"),
            Stage(0, 1, "1 score", "Dense"),
        ],
        ORANGE,
    )
    return figure


def draw_phases() -> Figure:
    """The two phases of assignment 04: D trained alone, and G trained through the frozen D."""
    figure, axes = canvas(1000, 420)
    axes.text(14, 400, "Discriminator's phase", fontsize=13, weight="bold", color=ORANGE)
    box(axes, 90, 350, 120, 46, "noise $z$", GREY, size=11)
    box(axes, 290, 350, 190, 54, "generator $G$\nstays as it is", GREY, size=11.5)
    box(axes, 290, 262, 190, 46, "real images $x$", GREEN, size=11)
    box(axes, 620, 306, 210, 70, "discriminator $D$\nis trained", ORANGE, size=12.5, weight="bold")
    box(axes, 880, 306, 196, 70, "labels:\nreal 1, generated 0", ORANGE, size=11)
    arrow(axes, (152, 350), (191, 350))
    arrow(axes, (388, 350), (512, 322))
    arrow(axes, (388, 262), (512, 290))
    arrow(axes, (728, 306), (779, 306))
    arrow(axes, (880, 268), (622, 268), color=ORANGE, dashed=True, bend=-0.12)
    axes.text(752, 238, "gradient", fontsize=11, color=ORANGE, ha="center")
    axes.plot([14, 986], [208, 208], color="#C8C8C8", lw=1)
    axes.text(14, 182, "Generator's phase", fontsize=13, weight="bold", color=BLUE)
    axes.add_patch(
        FancyBboxPatch(
            (176, 60),
            566,
            98,
            boxstyle="round,pad=0,rounding_size=10",
            facecolor="none",
            edgecolor=GREY,
            lw=1.3,
            linestyle=":",
        )
    )
    axes.text(458, 166, "combined model", fontsize=11, color=GREY, ha="center")
    box(axes, 90, 108, 120, 46, "noise $z$", GREY, size=11)
    box(axes, 290, 108, 190, 70, "generator $G$\nis trained", BLUE, size=12.5, weight="bold")
    box(axes, 620, 108, 210, 60, "discriminator $D$\nfrozen", GREY, size=11.5)
    box(axes, 880, 108, 196, 60, "label 1 for all", BLUE, size=11)
    arrow(axes, (152, 108), (191, 108))
    arrow(axes, (388, 108), (512, 108))
    axes.text(450, 116, "$G(z)$", fontsize=11, ha="center", va="bottom", color=GREY)
    arrow(axes, (728, 108), (779, 108))
    arrow(axes, (880, 76), (290, 70), color=BLUE, dashed=True, bend=-0.12)
    axes.text(585, 12, "gradient, through $D$ into $G$", fontsize=11, color=BLUE, ha="center")
    return figure


def draw_dense() -> Figure:
    """The dense pair of assignment 04."""
    return draw_networks(
        [
            Stage(0, 100, "100"),
            Stage(0, 256, "256", "Dense,\nLeakyReLU, BN"),
            Stage(0, 512, "512", "Dense,\nLeakyReLU, BN"),
            Stage(0, 1024, "1024", "Dense,\nLeakyReLU, BN"),
            Stage(28, 1, "28 × 28 × 1", "Dense 784,\nLeakyReLU,\nReshape"),
        ],
        [
            Stage(28, 1, "28 × 28 × 1"),
            Stage(0, 1024, "1024", "Flatten, Dense,\nLeakyReLU, BN"),
            Stage(0, 512, "512", "Dense,\nLeakyReLU, BN"),
            Stage(0, 256, "256", "Dense,\nLeakyReLU, BN"),
            Stage(0, 1, "1 probability", "Dense,\nsigmoid"),
        ],
        ("Dense generator", "Dense discriminator"),
    )


def draw_failing() -> Figure:
    """The convolutional pair of assignment 04, which fails."""
    return draw_networks(
        [
            Stage(0, 6272, "6272"),
            Stage(7, 128, "7 × 7 × 128", "Reshape"),
            Stage(14, 56, "14 × 14 × 56", "ConvT 2×2,\nstride 2,\nLeakyReLU, BN"),
            Stage(28, 112, "28 × 28 × 112", "ConvT 2×2,\nstride 2,\nLeakyReLU, BN"),
            Stage(28, 1, "28 × 28 × 1", "Conv 1×1"),
        ],
        [
            Stage(28, 1, "28 × 28 × 1"),
            Stage(12, 32, "12 × 12 × 32", "Conv 5×5,\nstride 2, valid,\nLeakyReLU, BN"),
            Stage(4, 64, "4 × 4 × 64", "Conv 5×5,\nstride 2, valid,\nLeakyReLU, BN"),
            Stage(0, 1024, "1024", "Flatten"),
            Stage(0, 1, "1 probability", "Dense,\nsigmoid"),
        ],
        ("Convolutional generator", "Convolutional discriminator"),
    )


# A name in the text, and there: how the picture is drawn, and what it shows in words.
GAME = (
    "Diagram of a GAN. Noise z goes into the generator G, which makes an image G(z). Real"
    " images x and generated images both go into the discriminator D, which gives a logit for"
    " each. The loss L_D trains only D; the loss L_G trains only G, its gradient passing back"
    " through D."
)
WALKTHROUGH = {
    "game": (functools.partial(draw_game, "100 numbers"), GAME),
    "walkthrough": (
        draw_walkthrough,
        "Both networks as rows of feature maps. Generator: 100 numbers; 7 by 7 by 256; 7 by 7 by"
        " 128; 14 by 14 by 64; 28 by 28 by 1. Discriminator: 28 by 28 by 1; 14 by 14 by 64;"
        " 7 by 7 by 128; 6272 numbers; one logit.",
    ),
}
EXPERIMENTS = {
    "game": (draw_game, GAME),
    "baseline": (
        draw_baseline,
        "The baseline networks as rows of feature maps. Generator: 40 numbers; 7 by 7 by batch"
        " size; 7 by 7 by 128; 14 by 14 by 64; 28 by 28 by 1. Discriminator: 28 by 28 by 1;"
        " 14 by 14 by 64; 7 by 7 by 128; 6272 numbers; one logit.",
    ),
    "simpler": (
        draw_simpler,
        "The simpler networks as rows of feature maps. Generator: 40 numbers; 7 by 7 by batch size;"
        " 14 by 14 by 64; 28 by 28 by 1. Discriminator: 28 by 28 by 1; 14 by 14 by 64;"
        " 12544 numbers; one logit.",
    ),
}
THREE_MODELS = {
    "vae": (
        draw_vae,
        "The VAE as rows of feature maps. Encoder: 28 rows of 28 pixels; an LSTM's 28 states of 64,"
        " flattened to 1792 numbers; from these mu and log sigma, 64 numbers each. Decoder: 64"
        " numbers; 98; 196 as 14 by 14 by 1; 14 by 14 by 32; 14 by 14 by 64; 28 by 28 by 64; 50176"
        " numbers; 28 by 28.",
    ),
    "gan": (
        draw_gan_of_05,
        "The GAN as rows of feature maps. Generator: 100 numbers; 7 by 7 by 128; 14 by 14 by 128;"
        " 28 by 28 by 128; 28 by 28 by 1. Discriminator: 28 by 28 by 1; 14 by 14 by 64; 7 by 7 by"
        " 64; 3136 numbers; one probability.",
    ),
    "critic": (
        draw_critic,
        "The critic as a row of feature maps: 28 by 28 by 1; 14 by 14 by 64; 7 by 7 by 64; 3136"
        " numbers; one score, any number. It has no dropout and no sigmoid.",
    ),
}
FASHION = {
    "phases": (
        draw_phases,
        "Diagram of the two phases. Above, the discriminator's: noise goes through the generator,"
        " which stays as it is; generated and real images go into the discriminator, which is"
        " trained on the labels 0 and 1. Below, the generator's: in the combined model noise goes"
        " through the generator and the frozen discriminator; with the label 1 for all, the"
        " gradient passes back through the discriminator and trains the generator only.",
    ),
    "dense": (
        draw_dense,
        "The dense networks as rows of layers. Generator: 100 numbers; 256; 512; 1024; 28 by 28"
        " by 1. Discriminator: 28 by 28 by 1; 1024; 512; 256; one probability.",
    ),
    "cnn": (
        draw_failing,
        "The convolutional networks as rows of feature maps. Generator: 6272 numbers; 7 by 7 by"
        " 128; 14 by 14 by 56; 28 by 28 by 112; 28 by 28 by 1. Discriminator: 28 by 28 by 1;"
        " 12 by 12 by 32; 4 by 4 by 64; 1024 numbers; one probability.",
    ),
}
ASSIGNMENTS = {
    "01_dcgan_walkthrough": WALKTHROUGH,
    "02_dcgan_experiments": EXPERIMENTS,
    "03_dcgan_ablations": {"walkthrough": WALKTHROUGH["walkthrough"]},
    "04_fashion_gan": FASHION,
    "05_vae_gan_wgan": THREE_MODELS,
}


def as_png(figure: Figure) -> bytes:
    """Renders a figure as a small PNG: flat drawings need few colours."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    plt.close(figure)
    picture = Image.open(buffer).convert("RGB")
    # By coverage of the colour space: the pale fills are rare and would be merged otherwise.
    picture = picture.quantize(64, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    small = io.BytesIO()
    picture.save(small, format="png", optimize=True)
    return small.getvalue()


def put_in(assignment: str) -> None:
    """Draws the pictures of one assignment and puts each into its place in the text.

    Args:
        assignment: Its name, one of ``ASSIGNMENTS``.

    Raises:
        SystemExit: If the text has no place for a picture, or several.
    """
    path = TEXTS / assignment / f"{assignment}.md"
    text = path.read_text(encoding="utf-8")
    for name, (draw, alt) in ASSIGNMENTS[assignment].items():
        png = as_png(draw())
        line = f"![{alt}](data:image/png;base64,{base64.b64encode(png).decode()})"
        place = re.compile(rf"(<!-- picture: {name} -->\n\n)(?:!\[.*\n)?")
        text, found = place.subn(lambda match, line=line: match[1] + line + "\n", text)
        if found != 1:
            raise SystemExit(f"{path} has {found} places '<!-- picture: {name} -->'; it needs one.")
        print(f"{assignment}, {name}: {len(png)} bytes")
    path.write_text(text, encoding="utf-8")


def main() -> None:
    """Draws the pictures of the assignments that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("assignment", nargs="*")
    assignments = parser.parse_args().assignment or list(ASSIGNMENTS)
    if unknown := set(assignments) - set(ASSIGNMENTS):
        parser.error(f"no pictures for {', '.join(unknown)}; choose among {', '.join(ASSIGNMENTS)}")
    for assignment in assignments:
        put_in(assignment)


if __name__ == "__main__":
    main()
