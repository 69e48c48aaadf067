"""The rules of :mod:`gan_helpers.diagnosis`, and what they return; not for students."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        name: Short name, such as ``"mode collapse"``.
        number: The number behind it.
        words: What it means and what to try, with the number.
    """

    name: str
    number: float
    words: str

    def __str__(self) -> str:
        return f"{self.name.capitalize()}: {self.words}"
