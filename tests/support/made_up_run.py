"""The evidence of a run that never was, for tests of what reads evidence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

CHALLENGE = "c"


def write_run(folder: Path, objects: dict[str, dict[str, Any]], **run: Any) -> Path:
    """Write evidence as ``autograder.execution.runner`` does and return its folder.

    Args:
        folder: Where; it must not exist.
        objects: What each question recorded, by question and then by name.
        run: What else than nothing stands in ``run.json``.
    """
    (folder / "recorded").mkdir(parents=True)
    nothing = {
        "challenge": CHALLENGE,
        "cells": {},
        "stopped": None,
        "unanswered": [],
        "tampering": [],
        "notes": [],
        "hook_errors": {},
    }
    (folder / "run.json").write_text(json.dumps(nothing | run))
    for question, found in objects.items():
        record = {"format": 1, "question": question, "challenge": CHALLENGE, "objects": found}
        (folder / "recorded" / f"{question}.json").write_text(json.dumps(record))
    return folder
