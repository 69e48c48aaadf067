"""Gives provided names their values again; an answer may have used one for something else."""

from __future__ import annotations

from typing import Any

from autograder.challenges.kernel.state import Space, state


def main(
    space: Space,
    *,
    values: dict[str, Any] | None = None,
    same_as: dict[str, str] | None = None,
) -> None:
    """Restore what ``keep_provided`` has kept.

    Args:
        space: The student's namespace.
        values: Further names and their values.
        same_as: Further names, each with the provided name whose value it gets.
    """
    provided = state(space)["provided"]
    space.update(provided)
    space.update(values or {})
    space.update({name: provided[other] for name, other in (same_as or {}).items()})
