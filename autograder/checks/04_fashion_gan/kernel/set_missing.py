"""Gives names that are missing a value, for cells that want all of them."""

from __future__ import annotations

from autograder.challenges.kernel.state import Space


def main(space: Space, *, names: list[str]) -> None:
    """Set names that are not defined to None; the others are recorded all the same.

    Args:
        space: The student's namespace.
        names: Names in the notebook.
    """
    for name in names:
        space.setdefault(name, None)
