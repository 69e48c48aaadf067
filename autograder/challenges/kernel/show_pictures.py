"""Calls a function that shows sample pictures, over pictures that were placed for it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from autograder.challenges.kernel.place_pictures import place, put_back
from autograder.challenges.kernel.state import Space


def main(space: Space, *, call: str, pictures: dict[str, bytes], elsewhere: bool) -> Any:
    """Return what a call gives while other pictures stand in ``image_dir``.

    Args:
        space: The student's namespace.
        call: The call, for example ``display_key_epochs()``.
        pictures: Maps file names to contents.
        elsewhere: Whether ``image_dir`` becomes another folder meanwhile, as for another run,
            instead of having its files replaced.
    """
    former = space.get("image_dir")
    folder = Path(former)  # type: ignore[arg-type]  # whatever the notebook has there
    if elsewhere:
        folder = Path(tempfile.mkdtemp(dir=folder.parent.parent))
        space["image_dir"] = folder
    before = place(folder, pictures)
    try:
        return eval(call, space)
    finally:
        space["image_dir"] = former
        put_back(before)
