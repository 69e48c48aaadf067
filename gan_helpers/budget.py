"""How much work a notebook does: full training runs, quick ones, or just enough to be graded."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Budget:
    """Limits on the work of one training run. ``None`` means no limit.

    Attributes:
        name: ``"full"``, ``"quick"`` or ``"grading"``.
        images_per_epoch: At most this many training images are used in one epoch.
        images_per_step: Each training step uses at most this many images of its batch.
        dataset_images: At most this many training images are loaded.
        samples: At most this many samples are drawn for the picture of an epoch.
        step_every: Together with ``images_per_step``: only the first epoch and every
            ``step_every``-th take a step; the others do only what is done at the end of an epoch.
    """

    name: str
    images_per_epoch: int | None = None
    images_per_step: int | None = None
    dataset_images: int | None = None
    samples: int | None = None
    step_every: int = 1

    def has_steps(self, epoch: int) -> bool:
        """Tell whether training steps are taken in an epoch, counted from 1."""
        return epoch == 1 or epoch % self.step_every == 0


FULL = Budget("full")
# 20 steps of 256, or 80 of 64: enough for 50 epochs to end in digits that can be read, and little
# enough for all training runs of a notebook to take less than half an hour on two cores.
QUICK = Budget("quick", images_per_epoch=5120)
# One step of two images in every fifth epoch: everything happens for real, and nothing takes time.
# With only one, batch normalisation after a dense layer would let no gradient through. Checkpoints,
# which are made every 15 epochs, still differ from each other and from the end of the run.
GRADING = Budget(
    "grading",
    images_per_epoch=4,
    images_per_step=2,
    dataset_images=512,
    samples=4,
    step_every=5,
)

BUDGETS = {budget.name: budget for budget in (FULL, QUICK, GRADING)}

_WORDS = {
    "full": "every epoch uses the whole training set",
    "quick": "every epoch uses 5,120 random images instead of the whole training set, "
    "so the samples are rougher",
    "grading": "every fifth epoch is one step on two images, the others take none, so the samples "
    "stay noise; this is enough to see that the notebook works",
}


def is_grading() -> bool:
    """Tell whether the environment asks for the grading budget."""
    asked = os.environ.get("GAN_HELPERS_BUDGET", "").strip().lower()
    return asked == "grading" or (not asked and bool(os.environ.get("NBGRADER_EXECUTION")))


def choose(name: str | None = None) -> Budget:
    """Choose the budget and say in plain words what it means.

    The first that applies: ``name`` (``"full"``, ``"quick"`` or ``"grading"``); the environment
    variable ``GAN_HELPERS_BUDGET``; grading, if nbgrader is running the notebook
    (``NBGRADER_EXECUTION``); full, if there is a GPU; else quick.

    Raises:
        ValueError: If there is no budget of that name.
    """
    if name is not None:
        chosen, why = _named(name), "chosen in the notebook"
    elif asked := os.environ.get("GAN_HELPERS_BUDGET", "").strip().lower():
        chosen, why = _named(asked), "set by GAN_HELPERS_BUDGET"
    elif is_grading():
        chosen, why = GRADING, "nbgrader is running this notebook"
    else:
        import tensorflow as tf

        if tf.config.list_physical_devices("GPU"):
            chosen, why = FULL, "there is a GPU"
        else:
            chosen, why = QUICK, "there is no GPU; budget.choose('full') overrules this"
    print(f"Budget: {chosen.name} ({why}).")
    print(f"This means: {_WORDS[chosen.name]}.")
    return chosen


def _named(name: str) -> Budget:
    if name not in BUDGETS:
        raise ValueError(
            f"There is no budget called {name!r}. Choose 'full', 'quick' or 'grading', either as "
            "budget.choose('quick') or in the environment variable GAN_HELPERS_BUDGET."
        )
    return BUDGETS[name]
