"""Hooks that call the student's functions on drawn numbers, and record expressions."""

from __future__ import annotations

from autograder.challenges.hooks import Draw, Hook, When, run_file


def call_function(name: str, when: When, cell: str, *, call: str, draw: Draw) -> Hook:
    """Return a hook that calls a function of the notebook on drawn numbers.

    The result is recorded as ``value``; the judge draws the same numbers and knows what is right.

    Args:
        name: Name of the hook and of the record.
        when: Before or after the cell.
        cell: Grade id of the cell.
        call: The call, with the names of the drawn arrays in it, which it sees as tensors.
        draw: Draws the arrays, by name.
    """
    return run_file(name, when, cell, "call_function", records=True, draw=draw, call=call)


def record(name: str, when: When, cell: str, **expressions: str) -> Hook:
    """Return a hook that records expressions under its name, each separately.

    An expression that raises is left out, so that the others are recorded all the same.
    """
    return run_file(name, when, cell, "record_expressions", records=True, expressions=expressions)
