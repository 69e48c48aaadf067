"""Looks at the pictures and the animation that a training run has left.

They are made small: they are compared with each other, not looked at.
"""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageSequence

from autograder.challenges.kernel.state import Space, state
from gan_helpers import evidence

SAMPLES = 16


def small(picture: Image.Image) -> np.ndarray:
    """Return a picture as grey pixels, uint8 of shape ``(96, 96)``."""
    return np.asarray(picture.convert("L").resize((96, 96), Image.Resampling.BOX))


def sample_pictures() -> list[Path]:
    """Return the sample pictures, up to 150, of the folder with the most of them."""
    folders: dict[Path, list[Path]] = {}
    for path in Path().rglob("image_at_epoch_*.png"):
        if re.fullmatch(r"image_at_epoch_[0-9]{4}[.]png", path.name):
            folders.setdefault(path.parent, []).append(path)
    most: list[Path] = max(folders.values(), key=lambda paths: len(paths), default=[])
    return sorted(most)[:150]


def read_small(path: Path) -> np.ndarray:
    """Return the pixels of a file, see :func:`small`."""
    with Image.open(path) as picture:
        return small(picture)


def stages_of(asked: list[tuple[int, np.ndarray]]) -> list[int]:
    """Return at how many different stages each set of sixteen vectors was drawn from, sorted."""
    stages: dict[bytes, set[int]] = {}
    for step, noise in asked:
        if len(noise) == SAMPLES:
            stages.setdefault(noise.tobytes(), set()).add(step)
    return sorted(map(len, stages.values()))


def look_at_animation(space: Space) -> dict[str, Any]:
    """Return the ``format`` and up to 200 ``frames`` of ``anim_file``, or ``trouble`` with it."""
    looked: dict[str, Any] = {}
    try:
        with Image.open(str(space["anim_file"])) as animation:
            frames = [small(frame) for frame in ImageSequence.Iterator(animation)][:200]
            looked["format"] = str(animation.format)
        looked["frames"] = np.array(frames, "uint8")
    except Exception as error:
        looked["trouble"] = f"{type(error).__name__}: {error}"
    return looked


def main(space: Space, *, record: str) -> None:
    """Record the numbers and pixels of the pictures, and those of the animation.

    Args:
        space: The student's namespace.
        record: Name of the record.
    """
    paths = sample_pictures()
    pictures = np.array([read_small(path) for path in paths], "uint8")
    refuse = state(space)["refuse"]
    # Loading a module again brings its functions back.
    brought_back = any(
        getattr(importlib.import_module(module.__name__), name) is not refuse
        for module, name, _ in state(space)["away"]
    )
    evidence.record(
        record,
        epochs=np.array([int(path.stem[-4:]) for path in paths], "int64"),
        pictures=pictures,
        stages=np.array(stages_of(state(space)["asked"]), "int64"),
        brought_back=brought_back,
        **look_at_animation(space),
    )
