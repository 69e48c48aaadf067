"""Figures tell what they draw, whatever they draw it with, and histories are put in place."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure

from autograder.challenges.figure_lines import (
    draw_losses,
    place_history,
    record_lines,
    undrawn,
    watch_figures,
)
from autograder.challenges.hooks import Hook
from gan_helpers import training

pytestmark = pytest.mark.slow  # imports TensorFlow

matplotlib.use("Agg")
CURVES = np.stack([np.linspace(0, 1, 10), np.linspace(5, 3, 10) ** 2])


@pytest.fixture
def space(monkeypatch, tmp_path) -> dict[str, Any]:
    """A namespace whose figures are watched; records go to a folder of the test."""
    monkeypatch.setattr(Figure, "draw", Figure.draw)
    monkeypatch.setenv("GAN_HELPERS_EVIDENCE", str(tmp_path))
    names: dict[str, Any] = {"_grading_state": {"provided": {"EPOCHS": 100}}}
    run(watch_figures("watch", "after", "cell"), names)
    yield names
    plt.close("all")


def run(hook: Hook, space: dict[str, Any]) -> None:
    exec(hook.code("a challenge"), space)


def shown(figure: Figure) -> None:
    figure.savefig(io.BytesIO(), format="png")


def recorded(space: dict[str, Any], folder: Path, points: int = 10) -> np.ndarray:
    run(record_lines("lines", "after", "cell", points=points), space)
    described = json.loads((folder / "lines.json").read_text())["objects"]["lines"]
    return np.load(folder / "lines.npz")[described["array"]]


@pytest.mark.parametrize("kind", ["plot", "scatter", "bar", "semilogy", "step", "stem"])
def test_curves_are_seen_however_they_are_drawn(kind, space, tmp_path):
    figure, axes = plt.subplots()
    for curve in CURVES:
        getattr(axes, kind)(np.arange(10), curve)
    shown(figure)
    assert undrawn(recorded(space, tmp_path), CURVES, rtol=1e-6, atol=1e-6) == []


def test_error_bars_do_no_harm(space, tmp_path):
    figure, axes = plt.subplots()
    axes.errorbar(np.arange(10), CURVES[1], yerr=0.1)
    shown(figure)
    assert undrawn(recorded(space, tmp_path), CURVES, rtol=1e-6) == [0]


def test_lines_of_another_length_and_figures_that_were_never_shown_do_not_count(space, tmp_path):
    figure, axes = plt.subplots()
    axes.plot(CURVES[0][:9])
    axes.plot(CURVES[1] + 1e-3)
    shown(figure)
    plt.subplots()[1].plot(CURVES[0])
    lines = recorded(space, tmp_path)
    assert lines.shape == (1, 10)
    assert undrawn(lines, CURVES, rtol=1e-6) == [0, 1]
    assert undrawn(lines, CURVES, rtol=1e-6, atol=2e-3) == [0]


def test_what_was_recorded_is_forgotten(space, tmp_path):
    figure, axes = plt.subplots()
    axes.plot(CURVES[0])
    shown(figure)
    assert len(recorded(space, tmp_path)) == 1
    assert recorded(space, tmp_path).shape == (0, 10)


def test_a_drawn_history_is_put_in_place(space, tmp_path):
    figure, axes = plt.subplots()
    axes.plot(np.arange(100))
    shown(figure)
    former = space["history"] = object()
    hook = place_history(
        "placed", "before", "cell", history="history", losses=("first", "second"), draw=draw_losses
    )
    run(hook, space)
    placed = space["history"]
    assert isinstance(placed, training.History) and placed.epochs == list(range(1, 101))
    assert list(placed.losses) == ["first", "second"] and len(placed.losses["second"]) == 100
    assert space["EPOCHS"] == 100 and space["_grading_state"]["histories"]["history"] is former
    assert recorded(space, tmp_path, points=100).shape == (0, 100)  # that was an earlier figure
