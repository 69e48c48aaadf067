"""Hooks that note what the figures of a notebook draw: lines, points and bars.

A question such as "draw both losses over the epochs" can be answered with any kind of figure. So
the grading machine puts drawn numbers in place of the real ones, and asks Matplotlib for the height
of every point that a figure shows. ``plotted_lines`` reads the picture instead, which also works
for figures that Matplotlib did not make, but needs curves of a special form.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from autograder.challenges.hooks import Draw, Hook, When, run_file


def draw_losses(seed: int) -> dict[str, np.ndarray]:
    """Draw the losses of two networks over 100 epochs.

    Returns:
        ``losses``, float64 of shape ``(2, 100)``, from 0.4 to 2.5.
    """
    return {"losses": np.random.default_rng(seed).uniform(0.4, 2.5, (2, 100))}


def watch_figures(name: str, when: When, cell: str) -> Hook:
    """Return a hook from which on every figure that is drawn is noted.

    Args:
        name: Name of the hook.
        when: Before or after the cell.
        cell: Grade id of the cell.
    """
    return run_file(name, when, cell, "watch_figures")


def place_history(
    name: str, when: When, cell: str, *, history: str, losses: Sequence[str], draw: Draw
) -> Hook:
    """Return a hook that puts a history with drawn losses in place, and forgets earlier figures.

    The provided names get their values again as well.

    Args:
        name: Name of the hook.
        when: Before or after the cell.
        cell: Grade id of the cell.
        history: Name of the history in the notebook.
        losses: Names of its losses.
        draw: Draws ``losses``, an array with a row for each of them and a column for each epoch.
    """
    return run_file(
        name, when, cell, "place_history", draw=draw, history=history, losses=list(losses)
    )


def record_lines(name: str, when: When, cell: str, *, points: int) -> Hook:
    """Return a hook that records what figures have drawn with so many points, and forgets it.

    The record has ``lines``, float64 of shape ``(lines, points)``, 100 lines at most.

    Args:
        name: Name of the hook and of the record.
        when: Before or after the cell.
        cell: Grade id of the cell.
        points: How many points a line has that may be an answer.
    """
    return run_file(name, when, cell, "record_lines", records=True, points=points)


def undrawn(
    lines: np.ndarray, curves: Iterable[np.ndarray], *, rtol: float, atol: float = 1e-8
) -> list[int]:
    """Return the numbers of those curves that no line follows.

    Args:
        lines: What figures have drawn, of shape ``(lines, points)``.
        curves: What they should have drawn, each of shape ``(points,)``.
        rtol: By which part of its height a point may lie elsewhere.
        atol: By how much it may lie elsewhere besides.
    """
    return [
        number
        for number, curve in enumerate(curves)
        if not any(np.allclose(line, curve, rtol=rtol, atol=atol) for line in lines)
    ]
