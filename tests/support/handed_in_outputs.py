"""Outputs as a student's notebook has them: training runs, samples, loss curves.

Nothing is trained for them. The samples are scikit-learn's digits with noise on them, different for
each student, in as many pictures and as many bytes as a real hand-in has.
"""

from __future__ import annotations

import base64
import html
import io
import json
from pathlib import Path

import numpy as np
from nbformat import NotebookNode
from nbformat.v4 import new_output
from PIL import Image, ImageDraw
from sklearn.datasets import load_digits

from gan_helpers.sampling import image_grid

_TRAINING = ("run_baseline", "q2_6", "q4a_train")
_SHOWING = {"q1a": 0.5, "q3a": 0.25, "q4a_display": 0.35}  # with so much noise after epoch 50
_KEY_EPOCHS = (10, 20, 30, 40, 50)
_DIGITS = load_digits().images / 8.0 - 1.0


def hand_in_outputs(notebook: NotebookNode, seed: int) -> None:
    """Put outputs into a notebook of assignment 02, as if it had been run.

    Args:
        notebook: The notebook; changed in place.
        seed: Of the student; another one has other samples, losses and times.
    """
    rng = np.random.default_rng(seed)
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name == "setup":
            cell.outputs = [_printed("Budget: quick (there is no GPU).\n")]
        elif name in _TRAINING:
            cell.outputs = _training(rng)
        elif name in _SHOWING:
            chosen = rng.choice(len(_DIGITS), 16)
            cell.outputs = [
                output
                for epoch in _KEY_EPOCHS
                for output in (
                    _printed(f"Epoch {epoch}\n"),
                    _samples(rng, chosen, epoch, _SHOWING[name]),
                )
            ]


def _training(rng: np.random.Generator) -> list[NotebookNode]:
    minutes, losses = rng.integers(5, 25), rng.uniform(0.6, 1.6, 2)
    bar = "".join(
        f"Epoch {epoch}/50\n20/20 ━━━━━━━━━━━━━━━━━━━━ 8s 390ms/step\n" for epoch in range(1, 51)
    )
    return [
        _printed(
            f"{bar}Trained 50 epochs in {minutes} minutes. Last losses: generator_loss "
            f"{losses[0]:.3f}, discriminator_loss {losses[1]:.3f}.\n"
        ),
        _curves(rng, losses),
    ]


def _samples(
    rng: np.random.Generator, chosen: np.ndarray, epoch: int, noise: float
) -> NotebookNode:
    digits = np.kron(_DIGITS[chosen], np.ones((3, 3)))
    digits = np.pad(digits, ((0, 0), (2, 2), (2, 2)), constant_values=-1.0)
    digits = digits + rng.normal(scale=noise * 50 / epoch, size=digits.shape)
    picture = Image.fromarray(image_grid(digits))
    return _picture(picture, f"Sixteen samples after epoch {epoch}.")


def _curves(rng: np.random.Generator, last: np.ndarray) -> NotebookNode:
    picture = Image.new("RGB", (800, 450), "white")
    draw = ImageDraw.Draw(picture)
    for loss, colour in zip(last, ("#0072b2", "#d55e00"), strict=True):
        values = loss + np.geomspace(1.5, 0.1, 50) * rng.normal(1, 0.2, 50)
        draw.line(
            [(40 + 15 * place, 430 - 120 * value) for place, value in enumerate(values)],
            fill=colour,
            width=3,
        )
    return _picture(picture, "Losses. Line chart of both losses over 50 epochs.")


def _picture(picture: Image.Image, words: str) -> NotebookNode:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=1)
    data = base64.b64encode(buffer.getvalue()).decode()
    image = f'<img src="data:image/png;base64,{data}" alt="{html.escape(words)}">'
    return new_output("display_data", {"text/html": image, "text/plain": "<picture>"})


def hand_in_history(folder: Path, epochs: int) -> None:
    """Put the history of a training run of nine minutes beside a notebook, as hand-ins have it."""
    history = {
        "epochs": list(range(1, epochs + 1)),
        "losses": {"generator_loss": [0.812] * epochs},
        "seconds": [540 / epochs] * epochs,
        "budget": "full",
    }
    (folder / "recorded").mkdir()
    (folder / "recorded" / "history.json").write_text(json.dumps({"baseline": history}))


def _printed(text: str) -> NotebookNode:
    return new_output("stream", name="stdout", text=text)
