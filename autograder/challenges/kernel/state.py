"""Where hooks keep things for later hooks, apart from the student's names."""

from __future__ import annotations

from typing import Any, cast

Space = dict[str, Any]
"""The student's namespace: what ``globals()`` is in a cell."""


def state(space: Space) -> dict[str, Any]:
    """Return what hooks keep from one to the next."""
    return cast(dict[str, Any], space.setdefault("_grading_state", {}))
