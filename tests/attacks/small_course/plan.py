"""What the grading machine adds to a run of the small notebook."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from autograder.challenges.hooks import Plan, Watch, run_file
from autograder.challenges.shown_pictures import place_sentinels, restore_pictures

KERNEL = Path(__file__).parent / "kernel"


def draw_numbers(seed: int) -> dict[str, list[int]]:
    """Draw eight numbers that no answer can know."""
    return {"numbers": np.random.default_rng(seed).integers(1, 10**6, 8).tolist()}


PLAN = Plan(
    hooks=(
        run_file(
            "q1_value",
            "after",
            "q1_check",
            KERNEL / "call_double.py",
            records=True,
            draw=draw_numbers,
        ),
        place_sentinels("q3_pictures", "before", "q3", epochs=(1, 2, 3)),
        restore_pictures("q3_restore", "before", "q3_check"),
    ),
    watches=(Watch("q3", until="q3_check"),),
)
