"""Calls ``double`` on drawn numbers; unlike the shared kernel file, without TensorFlow."""

from __future__ import annotations

from autograder.challenges.kernel.state import Space
from gan_helpers import evidence


def main(space: Space, *, record: str, drawn: dict[str, list[int]]) -> None:
    """Record what ``double`` gives as ``value``.

    Args:
        space: The student's namespace.
        record: Name of the record.
        drawn: The numbers.
    """
    evidence.record(record, value=space["double"](drawn["numbers"]))
