"""Takes away the pictures that ``place_pictures`` has placed."""

from __future__ import annotations

from autograder.challenges.kernel.place_pictures import put_back
from autograder.challenges.kernel.state import Space, state


def main(space: Space) -> None:
    """Put the pictures of before back.

    Args:
        space: The student's namespace.
    """
    put_back(state(space).pop("pictures"))
