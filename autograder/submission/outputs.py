"""Keeps what a submission shows, within limits and without anything that runs in a browser.

The instructor opens a student's outputs in a browser that is logged in to formgrader. Only plain
text, checked pictures and HTML rebuilt from a short list of tags get that far.
"""

from __future__ import annotations

import base64
import io
import re
from collections import Counter

from nbformat import NotebookNode
from PIL import Image

from autograder.submission.sanitize import DATA_URI, safe_html

MAX_TEXT = 100_000  # characters of one output
MAX_PICTURE = 2_000_000  # bytes of one picture
MAX_NOTEBOOK = 20_000_000  # characters of all outputs of a notebook
_MAX_OUTPUTS = 500  # of one cell
_MAX_PIXELS = 40_000_000
# Cleaning takes time with the square of the nesting: 5,000 tags take 0.1 s, 400,000 take hours.
_MAX_TAGS = 5_000
_MAX_NOTEBOOK_TAGS = 100_000

_PICTURES = {"image/png": "PNG", "image/jpeg": "JPEG", "image/gif": "GIF"}


class OutputCleaner:
    """Cleans the outputs of one notebook and remembers what it cut.

    Attributes:
        cut: How often each thing was cut, by a few plain words.
    """

    def __init__(self) -> None:
        self.cut: Counter[str] = Counter()
        self._room = MAX_NOTEBOOK
        self._tags = _MAX_NOTEBOOK_TAGS

    def clean(self, outputs: list[NotebookNode]) -> list[NotebookNode]:
        """Return safe copies of outputs that have nbformat's structure.

        Args:
            outputs: The outputs of one code cell, as `clean.clean_notebook` gives them.

        Returns:
            New outputs: text, checked pictures and rebuilt HTML; the rest is counted in `cut`.
        """
        if len(outputs) > _MAX_OUTPUTS:
            self.cut["outputs of a cell that had very many"] += len(outputs) - _MAX_OUTPUTS
        cleaned = (self._clean_output(output) for output in outputs[:_MAX_OUTPUTS])
        return [output for output in cleaned if output is not None]

    def clean_attachments(self, attachments: NotebookNode) -> NotebookNode:
        """Return the pictures attached to a Markdown cell; anything else is counted in `cut`."""
        cleaned = NotebookNode()
        for name, bundle in attachments.items():
            pictures = {mime: value for mime, value in bundle.items() if mime in _PICTURES}
            if len(pictures) < len(bundle):
                self.cut["attachments that are no PNG, JPEG or GIF pictures"] += 1
            pictures = self._bundle(NotebookNode(pictures))
            if pictures:
                cleaned[name] = pictures
        return cleaned

    def _clean_output(self, output: NotebookNode) -> NotebookNode | None:
        kind = output.output_type
        if kind == "stream":
            text = self._fit(self._text(output.text))
            return NotebookNode(output, text=text) if text else None
        if kind == "error":
            traceback = self._fit(self._text("\n".join(output.traceback)))
            return NotebookNode(
                output,
                ename=output.ename[:1000],
                evalue=self._fit(self._text(output.evalue)),
                traceback=traceback.split("\n") if traceback else [],
            )
        data = self._bundle(output.data)
        return NotebookNode(output, data=data, metadata=NotebookNode()) if data else None

    def _bundle(self, bundle: NotebookNode) -> NotebookNode:
        safe = NotebookNode()
        for mime, value in bundle.items():
            if mime in _PICTURES:
                safe[mime] = self._fit(self._picture(mime, value))
            elif mime == "text/html":
                safe[mime] = self._fit(self._html(value))
            elif mime == "text/plain":
                safe.setdefault(mime, self._fit(self._text(value)))
            elif mime == "text/markdown":  # rendered, it could hold links that run scripts
                safe["text/plain"] = self._fit(self._text(value))
            else:
                self.cut[_what_is(mime)] += 1
        return NotebookNode({mime: value for mime, value in safe.items() if value})

    def _fit(self, value: str) -> str:
        if len(value) > self._room:
            self.cut["outputs beyond 20 MB in all"] += 1
            return ""
        self._room -= len(value)
        return value

    def _text(self, text: str) -> str:
        if len(text) <= MAX_TEXT:
            return text
        self.cut["text beyond 100,000 characters in one output"] += 1
        return text[:MAX_TEXT] + "\n[the rest of this output was cut]\n"

    def _picture(self, mime: str, encoded: str) -> str:
        if len(encoded) > MAX_PICTURE * 4 / 3 + 100_000:
            self.cut["pictures of more than 2 MB"] += 1
            return ""
        try:
            data = base64.b64decode("".join(encoded.split()), validate=True)
            # Reads the header only: a small file can unpack to gigabytes.
            width, height = Image.open(io.BytesIO(data), formats=[_PICTURES[mime]]).size
        except Exception:  # Pillow raises much more than OSError on a file made to hurt
            self.cut["damaged pictures"] += 1
            return ""
        if len(data) > MAX_PICTURE or width * height > _MAX_PIXELS:
            self.cut["pictures of more than 2 MB"] += 1
            return ""
        return base64.b64encode(data).decode("ascii")

    def _html(self, text: str) -> str:
        bare = DATA_URI.sub("", text)
        tags = bare.count("<")
        self._tags -= tags
        if len(bare) > MAX_TEXT or tags > _MAX_TAGS or self._tags < 0:
            self.cut["very large tables or HTML"] += 1
            return ""
        if re.search(r"<\s*(script|iframe|object|embed|video|form|svg)\b|\bon\w+\s*=", bare, re.I):
            self.cut["scripts and embedded pages in HTML"] += 1
        return safe_html(text, keep_picture=lambda mime, data: bool(self._picture(mime, data)))


def _what_is(mime: str) -> str:
    """Return plain words for a kind of output that is left out."""
    if "javascript" in mime:
        return "scripts"
    if "widget" in mime:
        return "widgets"
    return "SVG pictures" if mime == "image/svg+xml" else "outputs of an unknown kind"
