"""Lines that can be told apart in grey print and by the colour-blind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from gan_helpers.quality import QualityLog

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
