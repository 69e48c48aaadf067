"""What a training run leaves for the hand-in: its history, samples and the generator.

The folder of a run then holds ``result/`` with

- ``history.json``: a :class:`gan_helpers.history.History`, also of a run that is not over;
- ``samples.npz``: images of the finished generator, as bytes: ``images`` is uint8, with 0 and 255
  standing for the two numbers in ``value_range``, and ``epoch`` says how long it had learnt;
- ``generator.npz``: its weights in half precision (float16), ``000``, ``001`` and so on in the
  order of ``generator.weights``, and ``architecture``, the JSON text of ``generator.to_json()``.
  One that is too large for any hand-in is not saved.
"""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from gan_helpers import sampling
from gan_helpers.history import History

FOLDER = "result"
HISTORY, SAMPLES, GENERATOR = "history.json", "samples.npz", "generator.npz"
COUNT = 500
"""How many images are saved: enough to measure quality with."""

_MOST_WEIGHTS = 10_000_000  # 20 MB in half precision, which packing makes a tenth smaller


def save_history(folder: str | PathLike[str], history: History) -> None:
    """Write a history into the folder of a run."""
    target = Path(folder) / FOLDER
    target.mkdir(parents=True, exist_ok=True)
    history.to_json(target / HISTORY)


def is_saved(folder: str | PathLike[str], *, epoch: int) -> bool:
    """Tell whether a run has left its generator and samples as they were after an epoch."""
    try:
        with np.load(Path(folder) / FOLDER / SAMPLES, allow_pickle=False) as samples:
            return int(samples["epoch"]) == epoch
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):  # none, or damaged
        return False


def delete(folder: str | PathLike[str]) -> None:
    """Delete what a run has left."""
    shutil.rmtree(Path(folder) / FOLDER, ignore_errors=True)


def save_generator(folder: str | PathLike[str], networks: Mapping[str, Any], *, epoch: int) -> None:
    """Write samples and weights of the first network that turns numbers into images, if any.

    A run that took hours does not fail because of this: what goes wrong is printed instead.
    """
    try:
        generator = next(filter(_makes_images, networks.values()), None)
        if generator is None:
            return
        noise = sampling.latent((COUNT, generator.input_shape[-1]), seed=1)
        images = sampling.generate(generator, noise, batch_size=100)
        weights = [np.asarray(weight).astype(np.float16) for weight in generator.weights]
        target = Path(folder) / FOLDER
        target.mkdir(parents=True, exist_ok=True)
        if sum(weight.size for weight in weights) <= _MOST_WEIGHTS:
            named = {f"{number:03d}": weight for number, weight in enumerate(weights)}
            named["architecture"] = np.array(generator.to_json())
            (target / GENERATOR).write_bytes(_packed(named))
        # Last, as it says that all is there.
        (target / SAMPLES).write_bytes(_packed({**_as_bytes(images), "epoch": np.array(epoch)}))
    except Exception as error:  # students write the networks, and a Drive may be full or gone
        print(
            "Note: samples and generator could not be kept for the hand-in "
            f"({type(error).__name__}: {error}). The training itself is not affected."
        )


def _makes_images(network: Any) -> bool:
    """Tell whether a network goes from (N, numbers) to (N, height, width) or (..., channels)."""
    before = getattr(network, "input_shape", None)
    after = getattr(network, "output_shape", None)
    if not isinstance(before, tuple) or not isinstance(after, tuple):
        return False  # several inputs or outputs, or not known
    return len(before) == 2 and len(after) in (3, 4)


def _as_bytes(images: np.ndarray) -> dict[str, np.ndarray]:
    images = images.reshape(images.shape[:3]) if images.shape[-1:] == (1,) else images
    finite = np.nan_to_num(images, posinf=0, neginf=0)  # of a run that has diverged
    low, high = float(finite.min()), float(finite.max())
    scaled = np.round((finite - low) * (255 / ((high - low) or 1)))
    return {"images": scaled.astype(np.uint8), "value_range": np.array([low, high])}


def _packed(arrays: Mapping[str, np.ndarray]) -> bytes:
    # Written to memory first: half a file on Drive would look like a result.
    data = io.BytesIO()
    np.savez_compressed(data, **arrays)  # type: ignore[arg-type]
    return data.getvalue()
