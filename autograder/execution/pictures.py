"""Keeps the pictures that cells of an untrusted notebook display."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from pathlib import Path

from nbformat import NotebookNode

from autograder.evidence.images import decode_picture, embedded_pictures, load_picture

_MOST = 40
# Looking for markers takes three seconds and 100 MB per million pixels if they are made for it.
_LARGEST_SIDE = 1600
_MOST_PIXELS = 12_000_000


class PictureStore:
    """Writes pictures to files, within limits for each name.

    Args:
        folder: An existing folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pixels: dict[str, int] = {}

    def keep(self, name: str, pictures: list[bytes]) -> str | None:
        """Keep pictures as ``<name>_000.png`` and so on, those that are not there already.

        Args:
            name: What they are filed under, such as a cell's grade id.
            pictures: PNG or JPEG files, all that were shown under this name so far.

        Returns:
            A sentence if they were too large to keep all, else None.
        """
        for number, content in enumerate(pictures[:_MOST]):
            path = self._folder / f"{name}_{number:03d}.png"
            if path.exists():
                continue
            try:
                picture = load_picture(content)
            except ValueError:
                continue
            picture.thumbnail((_LARGEST_SIDE, _LARGEST_SIDE))
            self._pixels[name] = self._pixels.get(name, 0) + picture.width * picture.height
            if self._pixels[name] > _MOST_PIXELS:
                return f"The pictures of {name} are very large; only the first {number} were kept."
            # Written again, so that nothing but pixels is kept.
            buffer = io.BytesIO()
            picture.convert("RGBA" if "A" in picture.getbands() else "RGB").save(buffer, "PNG")
            path.write_bytes(buffer.getvalue())
        return None


def displayed(outputs: Iterable[NotebookNode]) -> list[bytes]:
    """Return the PNG and JPEG pictures that outputs show, in order."""
    return [picture for output in outputs for picture in _pictures_of(output)]


def _pictures_of(output: NotebookNode) -> Iterator[bytes]:
    data = output.get("data", {})
    for kind in ("text/html", "text/markdown", "image/svg+xml"):
        # A picture inside HTML is what the reader sees; the other forms are then fallbacks.
        text = data.get(kind)
        embedded = embedded_pictures(text) if isinstance(text, str) else []
        if embedded:
            yield from embedded
            return
    for kind in ("image/png", "image/jpeg"):
        if isinstance(data.get(kind), str):
            yield decode_picture(data[kind])
            return
