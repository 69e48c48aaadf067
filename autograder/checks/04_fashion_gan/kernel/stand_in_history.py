"""A history that a table and curves can be made of, and the folder of the dense run."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from autograder.challenges.kernel.histories import history_of
from autograder.challenges.kernel.state import Space
from gan_helpers import workspace
from gan_helpers.training import History

EPOCHS = 100


def fits(history: Any) -> bool:
    """Return whether something is a history with both losses of every epoch, all finite."""
    try:
        return (
            isinstance(history, History)
            and len(history.epochs) == EPOCHS
            and all(
                len(history.losses[key]) == EPOCHS and all(map(math.isfinite, history.losses[key]))
                for key in ("discriminator_loss", "generator_loss")
            )
        )
    except Exception:  # losses of any kind, under any names
        return False


def main(space: Space) -> None:
    """Replace ``dense_history`` and ``image_dir`` where they are missing or wrong.

    Args:
        space: The student's namespace.
    """
    if not fits(space.get("dense_history")):
        space["dense_history"] = history_of(
            {
                "discriminator_loss": [0.7 + 0.001 * epoch for epoch in range(EPOCHS)],
                "generator_loss": [0.6 + 0.002 * epoch for epoch in range(EPOCHS)],
            }
        )
    if not isinstance(space.get("image_dir"), Path):
        space["image_dir"], _ = workspace.run_folders(space["folder"], "dense")
