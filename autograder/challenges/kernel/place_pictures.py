"""Puts pictures in the place of those in ``image_dir``, and the old ones back."""

from __future__ import annotations

from pathlib import Path

from autograder.challenges.kernel.state import Space, state


def place(folder: Path, pictures: dict[str, bytes]) -> dict[Path, bytes | None]:
    """Write some files and return what was there before; None where nothing was."""
    folder.mkdir(parents=True, exist_ok=True)
    before: dict[Path, bytes | None] = {}
    for name, content in pictures.items():
        path = folder / name
        before[path] = path.read_bytes() if path.is_file() else None
        path.write_bytes(content)
    return before


def put_back(before: dict[Path, bytes | None]) -> None:
    """Undo :func:`place`."""
    for path, content in before.items():
        if content is None:
            path.unlink(missing_ok=True)
        else:
            path.write_bytes(content)


def main(space: Space, *, pictures: dict[str, bytes]) -> None:
    """Place pictures in ``image_dir`` until ``restore_pictures`` takes them away.

    Args:
        space: The student's namespace.
        pictures: Maps file names to contents.
    """
    state(space)["pictures"] = place(Path(space["image_dir"]), pictures)
