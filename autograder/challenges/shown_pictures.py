"""Hooks that put marker pictures in the place of sample pictures, for questions that show these."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from autograder.challenges.hooks import Hook, When, run_file
from autograder.challenges.markers import SentinelSet
from autograder.challenges.rendering import KERNEL, Step
from autograder.evidence.seeds import seed_for


def sentinels_for(challenge: str, purpose: str, epochs: Iterable[int]) -> SentinelSet:
    """Return the marker pictures of a run, the same on the side of the run and of the judge."""
    return SentinelSet.draw(epochs=epochs, seed=seed_for(challenge, purpose))


def place_sentinels(name: str, when: When, cell: str, *, epochs: Iterable[int]) -> Hook:
    """Return a hook that puts markers in place of the pictures in ``image_dir``.

    The pictures come back with :func:`restore_pictures`.

    Args:
        name: Name of the hook, for which the markers are drawn.
        when: Before or after the cell.
        cell: Grade id of the cell.
        epochs: Epochs that get a marker.
    """
    return _with_markers(name, when, cell, "place_pictures", tuple(epochs))


def restore_pictures(name: str, when: When, cell: str) -> Hook:
    """Return the hook that takes markers away again."""
    return run_file(name, when, cell, "restore_pictures")


def show_with_sentinels(
    name: str, when: When, cell: str, *, call: str, epochs: Iterable[int], elsewhere: bool
) -> Hook:
    """Return a hook that calls a function of the notebook over markers and keeps its pictures.

    Args:
        name: Name of the hook.
        when: Before or after the cell.
        cell: Grade id of the cell.
        call: The call, for example ``display_key_epochs()``.
        epochs: Epochs that have a picture.
        elsewhere: Whether ``image_dir`` is set to another folder, as for another run, instead of
            replacing the files of the present one.
    """
    return _with_markers(
        name, when, cell, "show_pictures", tuple(epochs), call=call, elsewhere=elsewhere
    )


def _with_markers(
    name: str, when: When, cell: str, file: str, epochs: tuple[int, ...], **arguments: Any
) -> Hook:
    def steps(challenge: str) -> Iterator[Step]:
        markers = sentinels_for(challenge, name, epochs)
        pictures = {f"image_at_epoch_{epoch:04d}.png": markers.png(epoch) for epoch in epochs}
        yield Step(KERNEL / f"{file}.py", {"pictures": pictures, **arguments})

    return Hook(name, when, cell, steps, pictures="call" in arguments)
