"""Puts drawn images in the place of the notebook's, in each form that it has them in."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from autograder.challenges.kernel.draw_images import draw_images
from autograder.challenges.kernel.state import Space, state

BATCH_SIZE = 256  # as in the provided cell


def main(space: Space, *, drawn: dict[str, Any]) -> None:
    """Place images until ``restore_images`` takes them away.

    They count as provided meanwhile, so that nothing brings the real ones back.

    Args:
        space: The student's namespace.
        drawn: The arguments of ``draw_images``.
    """
    raw = draw_images(**drawn)
    images = (raw[..., None].astype("float32") - 127.5) / 127.5
    placed = {"raw_images": raw, "train_images": images}
    state(space)["real_images"] = {name: space[name] for name in placed if name in space}
    state(space)["provided"].update(placed)
    space.update(placed)
    dataset = tf.data.Dataset.from_tensor_slices(images)
    space["train_dataset"] = dataset.shuffle(len(raw), seed=0).batch(BATCH_SIZE)
