"""Puts a stand-in in place of ``train`` while the baseline is trained.

The baseline is trained by provided code alone, and nobody's mark follows from what becomes of it.
The stand-in leaves the traces of a training run: pictures, and networks and optimizers that are no
longer new.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image

from autograder.challenges.kernel.state import Space, state
from gan_helpers.training import History


def leave_traces(space: Space, epochs: int) -> History:
    """Change the notebook's networks as training would, and return a history.

    Args:
        space: The student's namespace.
        epochs: How many epochs the training run would take.
    """
    for name in ("generator", "discriminator"):
        network, optimizer = space[name], space[f"{name}_optimizer"]
        optimizer.build(network.trainable_variables)
        optimizer.iterations.assign(epochs)
        for weight in network.weights:
            if weight.path.rsplit("/", 1)[-1] in ("bias", "beta"):
                weight.assign_add(np.full(tuple(weight.shape), 0.01, "float32"))
    picture = Image.new("L", (128, 128), 128)
    for epoch in range(1, epochs + 1):
        picture.putpixel((0, 0), epoch)  # so that no two pictures are the same
        picture.save(space["image_dir"] / f"image_at_epoch_{epoch:04d}.png", compress_level=1)
    losses = np.linspace(1.4, 1.0, epochs).tolist()
    return History(
        epochs=list(range(1, epochs + 1)),
        losses={"generator_loss": losses[::-1], "discriminator_loss": losses},
        seconds=[0.1] * epochs,
        steps_per_epoch=1,
        batch_size=256,
        budget="grading",
    )


def main(space: Space) -> None:
    """Replace ``train`` until ``restore_training`` gives it back.

    Args:
        space: The student's namespace.
    """

    def train(dataset: Any, epochs: int, restart: bool = False) -> History:
        return leave_traces(space, epochs)

    state(space)["train"], space["train"] = space["train"], train
