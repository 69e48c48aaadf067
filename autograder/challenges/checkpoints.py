"""Hooks that plant drawn weights in a checkpoint: only restoring it brings them up."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from autograder.challenges.hooks import Hook, When, run_file
from autograder.challenges.kernel.drawn_weights import draw_weights
from autograder.challenges.rendering import KERNEL, Step
from autograder.evidence.seeds import seed_for


def plant_checkpoint(name: str, when: When, cell: str, *, model: str) -> Hook:
    """Return a hook that makes the latest checkpoint hold drawn weights of one network.

    The network itself keeps its weights, so that it holds the drawn ones afterwards if, and only
    if, the checkpoint has really been restored. Compare with :func:`planted_digests`.

    Args:
        name: Name of the hook.
        when: Before or after the cell.
        cell: Grade id of the cell.
        model: Name of the network in the notebook.
    """

    def steps(challenge: str) -> Iterator[Step]:
        seed = seed_for(challenge, name)
        yield Step(KERNEL / "plant_checkpoint.py", {"model": model, "seed": seed})

    return Hook(name, when, cell, steps)


def restore_weights(name: str, when: When, cell: str) -> Hook:
    """Return the hook that gives a network its weights of before :func:`plant_checkpoint` again.

    What a later training run of the same network does must not depend on what was drawn.
    """
    return run_file(name, when, cell, "restore_weights")


def planted_digests(challenge: str, name: str, shapes: Iterable[tuple[int, ...]]) -> list[str]:
    """Return the digests of the weights that :func:`plant_checkpoint` drew, one per weight."""
    weights = draw_weights(seed_for(challenge, name), shapes)
    return [hashlib.sha256(values.tobytes()).hexdigest() for values in weights]
