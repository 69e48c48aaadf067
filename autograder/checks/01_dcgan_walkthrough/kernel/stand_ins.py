"""Puts objects in the place of the student's and takes them away again."""

from __future__ import annotations

from typing import Any

from autograder.challenges.kernel.state import Space, state


def put_in(space: Space, stand_ins: dict[str, Any]) -> None:
    """Give names other values until :func:`take_out`.

    Args:
        space: The student's namespace.
        stand_ins: Maps the names to the values.
    """
    before = {name: space[name] for name in stand_ins if name in space}
    state(space).update(stand_ins=stand_ins, before=before)
    space.update(stand_ins)


def take_out(space: Space) -> None:
    """Undo :func:`put_in`, if it got that far."""
    for name in state(space).pop("stand_ins", {}):
        space.pop(name, None)
    space.update(state(space).pop("before", {}))
