"""Markers in place of a run's samples are found again, and the run comes back as it was."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from autograder.challenges.kernel.state import state
from autograder.challenges.marked_run import (
    EPOCHS,
    KEY_EPOCHS,
    SHOWN,
    loss_waves,
    place_marked_run,
    restore_marked_run,
    sample_markers,
    sample_picture,
    show_marked_run,
    shown_in_order,
)
from gan_helpers import sampling

pytestmark = pytest.mark.slow  # imports TensorFlow

MARKERS = sample_markers("abc", "d4_call")


def samples_in(png: bytes) -> np.ndarray:
    """Return the sixteen samples of a picture, as ``load_samples`` of the notebook does."""
    with Image.open(io.BytesIO(png)) as picture:
        grid = np.asarray(picture)[::2, ::2]
    return grid.reshape(4, 28, 4, 28).swapaxes(1, 2).reshape(16, 28, 28)


@pytest.mark.parametrize("scale", [1, 2, 3])
def test_small_markers_in_place_of_samples_are_found(scale: int):
    """A sample, and so its marker, is only 28 pixels wide."""
    samples = samples_in(sample_picture(MARKERS, range(16)))
    shown = sampling.image_grid(samples[:6], columns=3, scale=scale, value_range=(0, 255))
    assert MARKERS.find([Image.fromarray(shown)]) == [0, 1, 2, 3, 4, 5]


def test_by_epoch_or_by_sample_once_or_twice_and_in_no_other_order():
    count = SHOWN * len(KEY_EPOCHS)
    by_sample = np.arange(count).reshape(-1, SHOWN).T.ravel().tolist()
    assert shown_in_order(range(count)) and shown_in_order(by_sample)
    assert shown_in_order([*range(count)] * 2)
    for wrong in ([], range(count - 1), range(count + 1), reversed(range(count)), [0] * count):
        assert not shown_in_order(list(wrong))


def run_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "runs" / "dense" / "images"
    folder.mkdir(parents=True)
    (folder / "image_at_epoch_0003.png").write_bytes(b"before")
    return folder


def test_a_placed_run_has_markers_and_waves_and_comes_back(tmp_path: Path):
    folder, history = run_folder(tmp_path), object()
    space: dict[str, Any] = {"image_dir": folder, "dense_history": history}
    exec(place_marked_run("p", "before", "c", history="dense_history").code("abc"), space)
    assert space["dense_history"].losses == loss_waves("abc", "p").losses(EPOCHS)
    pictures = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert len(pictures) == EPOCHS
    markers = sample_markers("abc", "p")
    for place, epoch in enumerate(KEY_EPOCHS):
        first = samples_in(pictures[f"image_at_epoch_{epoch:04d}.png"])[:SHOWN]
        grid = sampling.image_grid(first, columns=SHOWN, scale=2, value_range=(0, 255))
        numbers = markers.find([Image.fromarray(grid)])
        assert numbers == [SHOWN * place + sample for sample in range(SHOWN)]
    exec(restore_marked_run("r", "after", "c").code("abc"), space)
    assert space["dense_history"] is history and "marked_run" not in state(space)
    assert [path.read_bytes() for path in folder.iterdir()] == [b"before"]


def test_a_function_sees_the_marked_run_elsewhere(tmp_path: Path):
    folder = run_folder(tmp_path)

    def look(history: Any) -> None:
        assert history.losses == loss_waves("abc", "s").losses(EPOCHS)
        assert space["image_dir"] != folder
        assert len(list(space["image_dir"].iterdir())) == EPOCHS
        raise RuntimeError("has looked")

    space: dict[str, Any] = {"image_dir": folder, "look": look, "history": "theirs"}
    hook = show_marked_run("s", "after", "c", call="look(history)")
    with pytest.raises(RuntimeError, match="has looked"):
        exec(hook.code("abc"), space)
    assert hook.pictures and (space["image_dir"], space["history"]) == (folder, "theirs")
