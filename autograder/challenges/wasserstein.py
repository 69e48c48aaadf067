"""Challenges for a Wasserstein GAN: its losses, its step with clipping, its gradient penalty."""

from __future__ import annotations

import numpy as np

from autograder.challenges.drawing import grey_values, spread_out
from autograder.challenges.hooks import Hook, When, run_file

GENERATOR_RATE = 1.0
CRITIC_RATE = 1e-4
"""So small that drawn weights that are not to be clipped stay within the bound."""
BOWL = 0.05
"""The gradient of the bowl, one of the critics that the penalty is tried on, is this times the
image."""
PAIRS = 1024
"""How many pairs of images the bowl is tried on."""


def draw_scores(seed: int) -> dict[str, np.ndarray]:
    """Draw scores of ``real`` and of ``fake`` images: twelve and nine, float32, in one column."""
    rng = np.random.default_rng(seed)
    real, fake = spread_out(rng, -1.5, 5, 12)[:, None], spread_out(rng, -4, 2, 9)[:, None]
    return {"real": real.astype(np.float32), "fake": fake.astype(np.float32)}


def draw_step(seed: int) -> dict[str, np.ndarray]:
    """Draw ten real images, a generator that always makes one image, and a linear critic.

    Half of the critic's weights are so small that clipping never touches them; they tell which
    steps were taken. The others are large; they tell how clipping was done.

    Returns:
        ``images`` (10, 28, 28, 1) in [0, 1], the critic's weights ``kernel`` and the generated
        image before its sigmoid, ``logits``, both (784,); all float32.
    """
    rng = np.random.default_rng(seed)
    small = np.arange(784) < 392
    kernel = np.where(small, rng.uniform(-0.002, 0.002, 784), rng.choice([-0.5, 0.5], 784))
    logits = rng.uniform(-2, 2, 784)
    return {
        "images": grey_values(rng, 10, 28, 28, 1),
        "kernel": kernel.astype(np.float32),
        "logits": logits.astype(np.float32),
    }


def draw_penalty(seed: int) -> dict[str, np.ndarray]:
    """Draw images, and the weights of a linear critic whose gradient has a norm above 2.

    At 2 the penalty would be right without its square, and at 1.93 with a mean over the pixels in
    place of a sum.

    Returns:
        ``real`` and ``fake`` (6, 28, 28, 1) in [0, 1], the weights ``kernel`` (784,), and two
        ``levels`` of grey, a dark and a light one, for plain images; all float32.
    """
    rng = np.random.default_rng(seed)
    kernel = rng.normal(size=784)
    kernel *= rng.uniform(2.4, 3.2) / np.linalg.norm(kernel)
    return {
        "real": grey_values(rng, 6, 28, 28, 1),
        "fake": grey_values(rng, 6, 28, 28, 1),
        "kernel": kernel.astype(np.float32),
        "levels": np.array([rng.uniform(0.05, 0.25), rng.uniform(0.7, 0.95)], np.float32),
    }


def run_wgan_step(name: str, when: When, cell: str) -> Hook:
    """Return a hook that runs ``wgan_step(images)`` once on the drawn networks.

    It records ``kernel`` and ``bias`` of the critic and ``logits`` of the generator after the step,
    and how many steps each optimizer has taken, ``critic_steps`` and ``generator_steps``. The
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
        "wasserstein_step",
        records=True,
        draw=draw_step,
        generator_rate=GENERATOR_RATE,
        critic_rate=CRITIC_RATE,
    )


def try_gradient_penalty(name: str, when: When, cell: str) -> Hook:
    """Return a hook that calls ``gradient_penalty`` on three critics.

    It records the penalty of a ``linear`` critic, of one that is ``zero`` everywhere and of a
    ``bowl``, the gradients by the weights of the first two, and mean, spread and norm of the points
    that the bowl was shown, ``between``, ``spread`` and ``norms``. Where one raised, it records
    ``<critic>_error`` instead.

    Args:
        name: Name of the hook and of the record.
        when: Before or after the cell.
        cell: Grade id of the cell.
    """
    return run_file(
        name,
        when,
        cell,
        "gradient_penalty",
        records=True,
        draw=draw_penalty,
        factor=BOWL,
        pairs=PAIRS,
    )
