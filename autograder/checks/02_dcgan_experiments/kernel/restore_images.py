"""Gives the notebook its own images again, which ``place_images`` has replaced."""

from __future__ import annotations

from autograder.challenges.kernel.state import Space, state


def main(space: Space, *, batch_size: int) -> None:
    """Restore the images, and set the batch size that later questions build on.

    Args:
        space: The student's namespace.
        batch_size: What ``BATCH_SIZE`` becomes.
    """
    real = state(space)["real_images"]
    state(space)["provided"].update(real)
    space.update(real, BATCH_SIZE=batch_size)
