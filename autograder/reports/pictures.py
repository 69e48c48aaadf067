"""The pictures that cells of a handed-in notebook show, and what they say about them."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html.parser import HTMLParser
from typing import Any

from autograder.evidence.images import decode_picture

_PICTURES = ("image/png", "image/jpeg", "image/gif")
_DATA_URI = re.compile(r"data:(image/(?:png|jpeg|gif));base64,([A-Za-z0-9+/=\s]+)")


@dataclass(frozen=True)
class Picture:
    """A picture that a cell of a handed-in notebook shows.

    Attributes:
        mime: ``image/png``, ``image/jpeg`` or ``image/gif``.
        data: The file in base 64.
        alt: What the student's cell says about it in words; may be empty.
    """

    mime: str
    data: str
    alt: str = ""

    @property
    def content(self) -> bytes:
        """The bytes of the file, which a student made."""
        return decode_picture(self.data)

    @cached_property
    def digest(self) -> str:
        """Hash of the file."""
        return hashlib.sha256(self.data.encode()).hexdigest()


def joined(value: str | Sequence[str]) -> str:
    """Return a text of an output as one; files have it in lines."""
    return value if isinstance(value, str) else "".join(value)


def pictures_of(cell: Mapping[str, Any]) -> list[Picture]:
    """Return the pictures that a cell shows, in order, with what it says about them."""
    return [
        picture
        for output in cell.get("outputs", ())
        for picture in pictures_in(output.get("data", {}))
    ]


def pictures_in(data: Mapping[str, Any]) -> list[Picture]:
    """Return the pictures in one output."""
    if "text/html" in data:
        # A picture inside HTML is what the reader sees; the other forms are then fallbacks.
        finder = _PictureFinder()
        finder.feed(joined(data["text/html"]))
        if finder.pictures:
            return finder.pictures
    for mime in _PICTURES:
        if mime in data:
            return [Picture(mime, "".join(joined(data[mime]).split()))]
    return []


class _PictureFinder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.pictures: list[Picture] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        match = _DATA_URI.fullmatch(values.get("src") or "") if tag == "img" else None
        if match:
            alt = " ".join((values.get("alt") or "").split())
            self.pictures.append(Picture(match[1], "".join(match[2].split()), alt[:500]))


def data_uri(mime: str, content: bytes) -> str:
    """Return the address by which a page holds a picture within itself."""
    return f"data:{mime};base64,{base64.b64encode(content).decode('ascii')}"
