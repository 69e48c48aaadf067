"""Training histories that no training run has made."""

from __future__ import annotations

from gan_helpers.training import History


def history_of(losses: dict[str, list[float]]) -> History:
    """Return a history of one-step epochs with these losses.

    Args:
        losses: Maps the name of a loss to its value in every epoch; all of the same length.
    """
    epochs = min(map(len, losses.values()))
    return History(
        epochs=list(range(1, epochs + 1)),
        losses=losses,
        seconds=[0.1] * epochs,
        steps_per_epoch=1,
        batch_size=100,
        budget="grading",
    )
