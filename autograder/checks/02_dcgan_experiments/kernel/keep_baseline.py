"""Keeps what an answer has to make again, so that it can be told from the new one."""

from __future__ import annotations

from autograder.challenges.kernel.state import Space, state


def main(space: Space) -> None:
    """Keep the baseline's networks and loss.

    Args:
        space: The student's namespace.
    """
    state(space)["baseline"] = {
        "generator": space["baseline_generator"],
        "discriminator": space["baseline_discriminator"],
        "cross_entropy": space["cross_entropy"],
    }
