"""A challenge for a GAN's training step: one step of two linear networks, worked out by hand.

The student's ``gan_step(images)`` is run on networks of ours in place of the notebook's, which give
probabilities, and trains the discriminator with half a batch of each kind. The generator makes one
and the same image from any noise, and all real images are one image too. So all that the
discriminator can learn is a sum of these two images, and how much of each tells which loss it was.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from autograder.challenges.hooks import Hook, When, run_file

BATCH = 8
GENERATOR_RATE = 1.0
DISCRIMINATOR_RATE = 1e-5
"""So small that the generator's phase finds the discriminator as it was drawn."""


def draw_networks(seed: int) -> dict[str, np.ndarray]:
    """Draw a real image, a generator that always makes one other image, and a discriminator.

    The discriminator is one linear layer with a sigmoid that gives the real image a probability
    just below 1/2 and the other one about 0.8: far from each other's complement, so that every
    mix-up, other losses and smoothed labels show in what it learns.

    Returns:
        ``real``, an image in [0, 1], ``logits``, the other image before the sigmoid, and
        ``kernel``, the discriminator's weights: float32 of shape ``(784,)``.
    """
    rng = np.random.default_rng(seed)
    real, logits = rng.uniform(0.05, 0.95, 784), rng.uniform(-1.5, 1.5, 784)
    fake = 1 / (1 + np.exp(-logits))
    kernel = rng.normal(0, 0.02, 784)
    pair = np.stack([real, fake])
    wanted = np.array([rng.uniform(-0.3, -0.05), rng.uniform(1.3, 1.7)])
    kernel += pair.T @ np.linalg.solve(pair @ pair.T, wanted - pair @ kernel)
    arrays = {"real": real, "logits": logits, "kernel": kernel}
    return {key: value.astype(np.float32) for key, value in arrays.items()}


def run_gan_step(name: str, when: When, cell: str) -> Hook:
    """Return a hook that runs ``gan_step(images)`` once on the drawn networks.

    It records ``kernel`` and ``logits`` after the step, ``real_shown``, how many real images the
    discriminator was shown, and ``real_in_training``, whether that was in training mode. The
    notebook's own objects are back in their places afterwards.

    Args:
        name: Name of the hook and of the record.
        when: Before or after the cell.
        cell: Grade id of the cell.
    """
    return run_file(
        name,
        when,
        cell,
        "linear_gan_step",
        records=True,
        draw=draw_networks,
        batch=BATCH,
        generator_rate=GENERATOR_RATE,
        discriminator_rate=DISCRIMINATOR_RATE,
    )


def probabilities(drawn: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return the real and the generated image, and the discriminator's probabilities for them.

    Args:
        drawn: From :func:`draw_networks`.

    Returns:
        Arrays of shape ``(2, 784)`` and ``(2,)``.
    """
    fake = 1 / (1 + np.exp(-drawn["logits"].astype(float)))
    pair = np.stack([drawn["real"].astype(float), fake])
    return pair, 1 / (1 + np.exp(-(pair @ drawn["kernel"].astype(float))))


def shares(change: np.ndarray, images: np.ndarray) -> tuple[np.ndarray, float]:
    """Return how a change is made up of some images, and how much of it is something else.

    Args:
        change: Of shape ``(784,)``.
        images: Of shape ``(images, 784)``.

    Returns:
        The share of each image, and the part of the change, from 0 to 1, that is no sum of them.
    """
    parts: np.ndarray = np.linalg.lstsq(images.T, change, rcond=None)[0]
    size, rest = (float(np.linalg.norm(part)) for part in (change, change - parts @ images))
    return parts, rest / max(size, 1e-12)
