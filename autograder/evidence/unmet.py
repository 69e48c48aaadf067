"""The one way in which a check fails: with a sentence for the student."""

from __future__ import annotations

import re


class Unmet(AssertionError):  # noqa: N818 - reads as what it says in a check
    """A check is not met; the text is one sentence for the student."""

    def __init__(self, sentence: str) -> None:
        # An error that is quoted at the end may bring a full stop of its own.
        super().__init__(re.sub(r"(?<!\.)\.\.$", ".", sentence))


def require(condition: object, sentence: str) -> None:
    """Go on if the condition holds, else fail the check.

    Args:
        condition: Anything with a truth value.
        sentence: What the student is told if it does not hold.

    Raises:
        Unmet: If the condition does not hold.
    """
    if not condition:
        raise Unmet(sentence)


def one_line(text: str, length: int = 300) -> str:
    """Return a text from a kernel on one line, cut, and without characters that do not print."""
    shown = (char if char.isprintable() else " " for char in text[: 4 * length])
    return " ".join("".join(shown).split())[:length]
