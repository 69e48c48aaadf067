"""Hooks that keep provided names and give them back: a mistake costs its own question only."""

from __future__ import annotations

from typing import Any

from autograder.challenges.hooks import Hook, When, run_file


def keep_provided(name: str, when: When, cell: str, *names: str) -> Hook:
    """Return a hook that keeps what provided cells define and every answer may rely on.

    Args:
        name: Name of the hook.
        when: Before or after the cell.
        cell: Grade id of the cell.
        names: Names in the notebook.
    """
    return run_file(name, when, cell, "keep_provided", names=list(names))


def restore_provided(
    name: str, when: When, cell: str, *, same_as: dict[str, str] | None = None, **values: Any
) -> Hook:
    """Return a hook that gives the provided names their values again.

    Args:
        name: Name of the hook.
        when: Before or after the cell.
        cell: Grade id of the cell.
        same_as: Further names, each with the provided name whose value it gets.
        values: Further names and their values.
    """
    return run_file(
        name, when, cell, "restore_provided", values=values, same_as=dict(same_as or {})
    )
