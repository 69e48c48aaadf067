"""Drawn loss curves are found again however they are drawn, and nothing else is."""

from __future__ import annotations

import io

import matplotlib
import numpy as np
import pytest
from PIL import Image

from autograder.challenges.plotted_lines import SquareWaves
from gan_helpers import plots
from gan_helpers.training import History

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # after the choice of the backend

pytestmark = pytest.mark.slow  # imports TensorFlow

NAMES = ("discriminator_loss", "generator_loss")
WAVES = SquareWaves.draw(3, NAMES)
LOSSES = WAVES.losses(100)


def shown(figure) -> Image.Image:
    """Return a figure as a notebook shows it."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", bbox_inches="tight")
    plt.close("all")
    return Image.open(buffer)


def drawn(losses: dict[str, list[float]], *, apart: bool = False, **style) -> Image.Image:
    figure, axes = plt.subplots(1, 2 if apart else 1, figsize=(7, 3), squeeze=False)
    for number, (name, values) in enumerate(losses.items()):
        part = axes[0, number if apart else 0]
        part.plot(range(len(values)), values, label=name, **style)
        part.legend()
        part.grid(alpha=0.3)
    return shown(figure)


def test_same_seed_same_waves_and_names_in_order():
    assert SquareWaves.draw(3, NAMES) == WAVES != SquareWaves.draw(4, NAMES)
    below, above = (LOSSES[name] for name in NAMES)
    assert len(below) == len(above) == 100
    assert max(below) < min(above)


@pytest.mark.parametrize("seed", range(3))
def test_found_in_the_figure_of_the_helpers(seed):
    waves = SquareWaves.draw(seed, NAMES)
    history = History(epochs=list(range(1, 101)), losses=waves.losses(100))
    assert waves.names_in([shown(plots.loss_curves(history))]) == set(NAMES)


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"apart": True},
        {"linestyle": "--"},
        {"linestyle": ":", "linewidth": 2},
        {"marker": "o", "linestyle": "none", "markersize": 3},
        {"color": "black"},
        {"apart": True, "color": "tab:blue"},
    ],
)
def test_found_in_figures_of_all_kinds(options):
    assert WAVES.names_in([drawn(LOSSES, **options)]) == set(NAMES)


def test_found_on_a_logarithmic_scale_and_in_a_dark_style():
    with plt.style.context("dark_background"):
        figure, axes = plt.subplots()
        for values in LOSSES.values():
            axes.semilogy(values)
        assert WAVES.names_in([shown(figure)]) == set(NAMES)


def test_one_curve_alone_is_one():
    assert WAVES.names_in([drawn({NAMES[1]: LOSSES[NAMES[1]]})]) == {NAMES[1]}


def test_other_curves_and_pictures_are_not_found():
    other = SquareWaves.draw(5, NAMES).losses(100)
    smooth = {name: list(np.linspace(1, 2, 100)) for name in NAMES}
    half = {name: values[:50] for name, values in LOSSES.items()}
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (300, 400), np.uint8))
    pictures = [drawn(losses) for losses in (other, smooth, half)]
    assert WAVES.names_in([*pictures, noise, Image.new("L", (50, 50))]) == set()
