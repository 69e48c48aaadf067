"""Writes down what a notebook made, so that it can be judged later without running it again.

``record("q2_1", train_dataset=train_dataset)`` describes each object in plain data: a JSON file,
and beside it an ``.npz`` file with numbers and pictures. Nothing here decides about marks. A value
that cannot be described is recorded as an error; :func:`record` itself never raises one.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

from gan_helpers._evidence.arrays import error_of
from gan_helpers._evidence.describe import Recorder, in_words
from gan_helpers._evidence.format import FORMAT

#: Set before a cell is run whose answer is to be judged: it decides the probe inputs and which
#: weights are sampled, so that they cannot be known beforehand.
challenge: str = ""


def record(question: str, /, **objects: Any) -> None:
    """Record what is needed to judge one question, and say in a line what that was.

    Written to the folder ``$GAN_HELPERS_EVIDENCE``, or ``./evidence``: ``<question>.json`` and, if
    there are arrays, ``<question>.npz``. Models are run once on two random inputs; nothing is
    changed. It never raises, whatever the objects are.

    Args:
        question: Id of the question, such as ``"q2_1"``.
        **objects: What is recorded, by name.
    """
    try:
        _record(question, objects)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        _say(f"Recording did not work: {error_of(error)['message']}")


def _record(question: Any, objects: dict[str, Any]) -> None:
    name = question if _is_text(question) else "unnamed"
    name = re.sub(r"[^A-Za-z0-9_.-]", "_", name)[:64].lstrip(".") or "unnamed"
    secret = challenge if _is_text(challenge) else ""
    recorder = Recorder(secret, objects)
    described = {key: recorder.describe(value) for key, value in objects.items()}
    content = {"format": FORMAT, "question": name, "challenge": secret, "objects": described}
    text = json.dumps(content, allow_nan=False)
    folder = Path(os.environ.get("GAN_HELPERS_EVIDENCE") or "evidence")
    folder.mkdir(parents=True, exist_ok=True)
    arrays = folder / f"{name}.npz"
    if recorder.arrays:
        partial = folder / f"{name}.npz.part"
        recorder.arrays.save(partial)
        partial.replace(arrays)
    else:
        arrays.unlink(missing_ok=True)
    # Written last and under another name first: a JSON file that exists is complete.
    partial = folder / f"{name}.json.part"
    partial.write_text(text, encoding="utf-8")
    partial.replace(folder / f"{name}.json")
    kinds = [f"{key} ({in_words(value)})" for key, value in described.items()]
    _say(f"Recorded for {name}: " + (", ".join(kinds) or "nothing"))


def _is_text(value: Any) -> bool:
    return issubclass(type(value), str)


def _say(text: str) -> None:
    try:
        print(text)
    except Exception:
        return  # A closed or replaced stdout is no reason to fail.
