"""Puts a function in the place of ``run`` that trains nothing and returns drawn results."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

from autograder.challenges.kernel.state import Space, state
from autograder.challenges.kernel.training_calls import TrainingCall, calls_of
from autograder.challenges.kernel.training_results import draw_results
from gan_helpers import workspace
from gan_helpers.training import History

BATCH_SIZE = 256


def blank_picture() -> bytes:
    """Return a grey PNG of 240 x 240 pixels."""
    buffer = io.BytesIO()
    Image.new("L", (240, 240), 128).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def make_result(
    space: Space,
    name: str,
    generator: Any,
    image_dir: Path,
    *,
    seed: int,
    epochs: int,
    batch_size: int = BATCH_SIZE,
) -> Any:
    """Return the notebook's ``Result`` of a training run, with drawn numbers."""
    drawn = draw_results(seed, epochs)
    history = History(
        epochs=list(range(1, epochs + 1)),
        losses=drawn["losses"],
        seconds=drawn["seconds"],
        steps_per_epoch=1,
        batch_size=batch_size,
        budget="grading",
        first_step_seconds=drawn["first"],
    )
    result = state(space)["provided"]["Result"]
    return result(name, generator, history, drawn["distances"], image_dir)


def make_run(space: Space, seed: int, pictures: dict[str, bytes]) -> Callable[..., Any]:
    """Return the stand-in.

    Args:
        space: The student's namespace.
        seed: Seed of the first call's results; each further call has the next one.
        pictures: Sample pictures by file name; those of other epochs are blank.
    """
    calls = calls_of(space)
    calls.clear()
    used: list[Any] = state(space).setdefault("used", [])
    folder = state(space)["provided"]["folder"]
    blank = blank_picture()

    def run(
        name: str,
        *,
        generator: Any,
        discriminator: Any,
        generator_optimizer: Any,
        discriminator_optimizer: Any,
        dataset: Any = None,
        epochs: int = 50,
    ) -> Any:
        objects = {
            "generator": generator,
            "discriminator": discriminator,
            "generator_optimizer": generator_optimizer,
            "discriminator_optimizer": discriminator_optimizer,
        }
        reused = [key for key, value in objects.items() if any(value is other for other in used)]
        if generator_optimizer is discriminator_optimizer:
            reused.append("generator_optimizer")
        used.extend(objects.values())
        epochs = int(epochs)
        batch_size = BATCH_SIZE if dataset is None else int(next(iter(dataset)).shape[0])
        image_dir, _ = workspace.run_folders(folder, name)
        for epoch in range(1, epochs + 1):
            file_name = f"image_at_epoch_{epoch:04d}.png"
            (image_dir / file_name).write_bytes(pictures.get(file_name, blank))
        result = make_result(
            space,
            name,
            generator,
            image_dir,
            seed=seed + len(calls),
            epochs=epochs,
            batch_size=batch_size,
        )
        calls.append(TrainingCall(objects, reused, epochs, batch_size, result))
        return result

    run.__qualname__ = "run"  # Python names it in the error of a call that lacks an argument
    return run


def main(
    space: Space, *, seed: int, pictures: dict[str, bytes], given: dict[str, dict[str, int]]
) -> None:
    """Put the stand-in in place, and results of training runs that took place elsewhere.

    Args:
        space: The student's namespace.
        seed: See :func:`make_run`.
        pictures: See :func:`make_run`.
        given: Names that are set to results, each with their ``seed`` and ``epochs``.
    """
    space["run"] = make_run(space, seed, pictures)
    for name, settings in given.items():
        image_dir, _ = workspace.run_folders(state(space)["provided"]["folder"], f"given_{name}")
        space[name] = make_result(space, name, None, image_dir, **settings)
