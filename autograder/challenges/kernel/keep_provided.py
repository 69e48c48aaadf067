"""Keeps what provided cells define and every answer may rely on."""

from __future__ import annotations

from autograder.challenges.kernel.state import Space, state


def main(space: Space, *, names: list[str]) -> None:
    """Keep the values of some names.

    Args:
        space: The student's namespace.
        names: The names, all of them defined.
    """
    state(space).setdefault("provided", {}).update({name: space[name] for name in names})
