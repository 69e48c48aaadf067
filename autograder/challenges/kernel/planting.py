"""Puts objects of the grading machine in place of the student's for one call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import tensorflow as tf

from autograder.challenges.kernel.state import Space


@contextmanager
def eagerly() -> Iterator[None]:
    """Run every ``tf.function`` as plain Python: then its arguments are numbers, graph or not."""
    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(False)


@contextmanager
def planted(space: Space, values: dict[str, Any]) -> Iterator[None]:
    """Let names have other values, and give those that they had before back afterwards.

    Args:
        space: The student's namespace.
        values: The other values. Those of names that were not defined stay.
    """
    former = {name: space[name] for name in values if name in space}
    try:
        space.update(values)
        yield
    finally:
        space.update(former)
