"""Records expressions, each separately: one that raises does not spoil the others."""

from __future__ import annotations

from autograder.challenges.kernel.state import Space
from gan_helpers import evidence


def main(space: Space, *, record: str, expressions: dict[str, str]) -> None:
    """Record the values of some expressions; one that raises is left out.

    Args:
        space: The student's namespace.
        record: Name of the record.
        expressions: Maps names in the record to expressions over the student's names.
    """
    values = {}
    for key, expression in expressions.items():
        try:
            values[key] = eval(expression, space)
        except Exception:
            continue
    evidence.record(record, **values)
