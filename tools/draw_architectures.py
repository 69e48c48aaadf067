"""Draws the pictures in the texts of the assignments: ``notebooks/ASSIGNMENT/figures/*.png``.

Run from the root of the repository, for some assignments or all of them; then make the releases,
which have the pictures inside:

    python -m tools.draw_architectures 02_dcgan_experiments
    make notebooks

They are drawn by hand from the notebooks' tables, and not by ``keras.utils.plot_model`` or
visualkeras from the models. Those show every layer as a box of its own and neither kernels nor
strides, which is what the questions are about.
"""

from __future__ import annotations

import argparse
import functools
from collections.abc import Callable
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from tools.drawing import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    Stage,
    arrow,
    as_png,
    block,
    box,
    canvas,
    draw_networks,
    network,
)

TEXTS = Path(__file__).resolve().parent.parent / "notebooks"


def draw_game(noise: str = "40 random numbers") -> Figure:
    """Draw the game: who makes what, who judges it, and which loss trains whom.

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


def draw_dcgan(noise: int, first: str) -> Figure:
    """Draw the networks of assignments 01, 02 (section 3) and 03.

    Args:
        noise: Length of the noise vector.
        first: Shape of the generator's first feature map, in words.
    """
    return draw_networks(
        [
            Stage(0, noise, str(noise)),
            Stage(7, 256, first, "Dense, BN,\nLeakyReLU,\nReshape"),
            Stage(7, 128, "7 × 7 × 128", "ConvT 5×5,\nstride 1,\nBN, LeakyReLU"),
            Stage(14, 64, "14 × 14 × 64", "ConvT 5×5,\nstride 2,\nBN, LeakyReLU"),
            Stage(28, 1, "28 × 28 × 1", "ConvT 5×5,\nstride 2,\ntanh"),
        ],
        [
            Stage(28, 1, "28 × 28 × 1"),
            Stage(14, 64, "14 × 14 × 64", "Conv 5×5,\nstride 2,\nLeakyReLU,\nDropout"),
            Stage(7, 128, "7 × 7 × 128", "Conv 5×5,\nstride 2,\nLeakyReLU,\nDropout"),
            Stage(0, 6272, "6272", "Flatten"),
            Stage(0, 1, "1 logit", "Dense"),
        ],
        ("Generator: from noise to an image", "Discriminator: from an image to a logit"),
    )


def draw_simpler() -> Figure:
    """Draw the networks of section 5 of assignment 02."""
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
    """Draw the VAE of assignment 05: the encoder above its decoder."""
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


def draw_gan() -> Figure:
    """Draw the GAN of assignment 05."""
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
    """Draw the critic of assignment 05."""
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
    """Draw the two phases of assignment 04: D trained alone, and G through the frozen D."""
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
    """Draw the dense pair of assignment 04."""
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


def draw_convolutional() -> Figure:
    """Draw the convolutional pair of assignment 04, which fails."""
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


WALKTHROUGH = functools.partial(draw_dcgan, 100, "7 × 7 × 256")

# What lies in the folder figures/ of each assignment; the words for each stand in its text.
PICTURES: dict[str, dict[str, Callable[[], Figure]]] = {
    "01_dcgan_walkthrough": {
        "game": functools.partial(draw_game, "100 numbers"),
        "walkthrough": WALKTHROUGH,
    },
    "02_dcgan_experiments": {
        "game": draw_game,
        "baseline": functools.partial(draw_dcgan, 40, "7 × 7 × batch size"),
        "simpler": draw_simpler,
    },
    "03_dcgan_ablations": {"walkthrough": WALKTHROUGH},
    "04_fashion_gan": {"phases": draw_phases, "dense": draw_dense, "cnn": draw_convolutional},
    "05_vae_gan_wgan": {"vae": draw_vae, "gan": draw_gan, "critic": draw_critic},
}


def main() -> None:
    """Draw the pictures of the assignments that the command line names."""
    parser = argparse.ArgumentParser(description="Draws the pictures in the assignments' texts.")
    parser.add_argument("assignment", nargs="*", help="all if left out")
    assignments = parser.parse_args().assignment or list(PICTURES)
    if unknown := set(assignments) - set(PICTURES):
        parser.error(f"no pictures for {', '.join(unknown)}; choose among {', '.join(PICTURES)}")
    for assignment in assignments:
        folder = TEXTS / assignment / "figures"
        folder.mkdir(exist_ok=True)
        for name, draw in PICTURES[assignment].items():
            png = as_png(draw())
            (folder / f"{name}.png").write_bytes(png)
            print(f"{folder / name}.png: {len(png)} bytes")


if __name__ == "__main__":
    main()
