"""Gives the student's names their own values again after a question."""

from __future__ import annotations

from stand_ins import take_out

from autograder.challenges.kernel.state import Space


def main(space: Space) -> None:
    """Take away what was put in for the question.

    Args:
        space: The student's namespace.
    """
    take_out(space)
