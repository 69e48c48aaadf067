"""Gives the notebook its ``train`` again, which ``replace_training`` has replaced."""

from __future__ import annotations

from autograder.challenges.kernel.state import Space, state


def main(space: Space) -> None:
    """Restore ``train``.

    Args:
        space: The student's namespace.
    """
    space["train"] = state(space).pop("train")
