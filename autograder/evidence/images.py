"""Decode pictures that an untrusted kernel displayed or a student's notebook holds."""

from __future__ import annotations

import base64
import io
import re

from PIL import Image, ImageOps

_MAX_PIXELS = 16_000_000
_MAX_SIDE = 4000  # a larger output is read at reduced size
_EMBEDDED = re.compile(r"data:image/(?:png|jpeg);base64,([A-Za-z0-9+/=\s]+)")


def load_picture(data: bytes) -> Image.Image:
    """Decode PNG or JPEG bytes that an untrusted kernel displayed.

    Raises:
        ValueError: If the bytes are no PNG or JPEG or the picture is too large.
    """
    try:
        picture = Image.open(io.BytesIO(data), formats=("PNG", "JPEG"))
        # The header gives the size before anything is decompressed.
        if picture.width * picture.height > _MAX_PIXELS:
            raise ValueError("the picture is too large")
        if max(picture.size) > _MAX_SIDE:
            picture.thumbnail((_MAX_SIDE, _MAX_SIDE))
        picture.load()
    except ValueError:
        raise
    except Exception as error:  # Pillow's decoders raise many types on damaged data
        raise ValueError(f"not a readable picture ({type(error).__name__})") from error
    return picture


def decode_picture(text: str) -> bytes:
    """Return the bytes that a text encodes in base 64; none if it does not."""
    try:
        return base64.b64decode(text)
    except ValueError:
        return b""


def embedded_pictures(text: str) -> list[bytes]:
    """Return the PNG and JPEG files that HTML, Markdown or SVG holds as data URIs, in order."""
    pictures = []
    for match in _EMBEDDED.finditer(text):
        content = decode_picture(match[1])
        # Matplotlib's SVG holds pictures upside down and turns them over in their place.
        rest_of_tag = text[match.end() : match.end() + 400].partition(">")[0]
        pictures.append(_flipped(content) if "scale(1 -1)" in rest_of_tag else content)
    return pictures


def _flipped(content: bytes) -> bytes:
    try:
        picture = ImageOps.flip(load_picture(content))
    except ValueError:
        return content
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()
