"""The grid that a function saves is read back as it was arranged, and from which mode it came."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import pytest

from autograder.challenges.sample_grid import SAMPLES, samples_for, save_samples, wanted_rows

pytestmark = pytest.mark.slow  # imports TensorFlow

SAVE = """
    import numpy as np
    from PIL import Image

    def generate_and_save_images(model, epoch, test_input):
        images = model(test_input, training={training}).numpy()[..., 0]
        rows = [np.hstack(images[row : row + {columns}]) for row in range(0, 16, {columns})]
        pixels = np.uint8(127.5 * (np.vstack(rows) + 1)).repeat(4, axis=0).repeat(4, axis=1)
        Image.fromarray(pixels).save(f"image_at_epoch_{{epoch:04d}}.png")
"""


def saved_rows(
    monkeypatch: pytest.MonkeyPatch, folder: Path, *, training: bool = False, columns: int = 4
) -> list[list[int]]:
    """Return the markers in what a function saves that arranges so many in a row."""
    recorded: dict[str, dict[str, Any]] = {}
    monkeypatch.setattr(
        "gan_helpers.evidence.record", lambda name, **objects: recorded.update({name: objects})
    )
    monkeypatch.chdir(folder)
    space: dict[str, Any] = {}
    exec(textwrap.dedent(SAVE).format(training=training, columns=columns), space)
    exec(save_samples("samples", "after", "cell").code("a challenge"), space)
    assert not list(folder.iterdir()), "the picture does not stay among the student's"
    return samples_for("a challenge", "samples").rows(recorded["samples"]["picture"])


def test_a_right_grid_is_read_back(monkeypatch, tmp_path):
    assert saved_rows(monkeypatch, tmp_path) == wanted_rows()


def test_another_arrangement_or_training_mode_is_told(monkeypatch, tmp_path):
    assert saved_rows(monkeypatch, tmp_path, columns=8) == wanted_rows(8) != wanted_rows()
    trained = saved_rows(monkeypatch, tmp_path, training=True)
    assert [[sample - SAMPLES for sample in row] for row in trained] == wanted_rows()


def test_a_function_that_is_missing_or_saves_nothing_is_an_error(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    code = save_samples("samples", "after", "cell").code("a challenge")
    with pytest.raises(NameError, match="'generate_and_save_images' is not defined"):
        exec(code, {})
    with pytest.raises(FileNotFoundError, match="no file image_at_epoch_00[6-9][0-9].png"):
        exec(code, {"generate_and_save_images": lambda model, epoch, test_input: None})
