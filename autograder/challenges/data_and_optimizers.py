"""Challenges for data sets and optimizers: they get images and gradients drawn for this run.

What a data set consists of and how an optimizer moves a weight cannot then be known beforehand,
and the judge, which draws the same numbers, works out in NumPy what is right.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import numpy as np

from autograder.challenges.probes import Probe
from autograder.evidence.seeds import seed_for


def draw_images(seed: int) -> np.ndarray:
    """Draw 512 images of noise, a uint8 array of shape ``(512, 28, 28)`` with all values 0 to 255.

    So many images are loaded in the grading budget.
    """
    # This text also runs in the student's kernel, so it stands alone.
    import numpy as np

    return np.random.default_rng(seed).integers(0, 256, (512, 28, 28), dtype=np.uint8)


def place_images(name: str, when: Literal["before", "after"], cell: str, *, code: str) -> Probe:
    """Return a probe that puts drawn images where the notebook has its own.

    Args:
        name: Name of the probe; the judge draws the images with ``evidence.seed(name)``.
        when: Before or after the cell.
        cell: Grade id of the cell.
        code: Puts ``_grading_images``, the drawn images, in the place of the notebook's own.
    """

    def text(challenge: str) -> str:
        parts = [
            textwrap.dedent(inspect.getsource(draw_images)),
            f"_grading_images = draw_images({seed_for(challenge, name)})",
            textwrap.dedent(code),
            "del draw_images, _grading_images",
        ]
        return "\n".join(parts)

    return Probe(name, when, cell, text)


def draw_updates(seed: int) -> dict[str, np.ndarray]:
    """Draw a weight array and the gradients of three steps.

    Returns:
        ``weights`` of shape ``(5,)`` and ``gradients`` of shape ``(3, 5)``, float32.
    """
    # This text also runs in the student's kernel, so it stands alone.
    import numpy as np

    rng = np.random.default_rng(seed)
    # Sizes differ from step to step: equal ones would hide what the running averages forget.
    gradients = rng.normal(size=(3, 5)) * np.array([[1.0], [0.1], [0.01]])
    return {
        # Small, so that rounding hides nothing of the steps.
        "weights": 0.01 * rng.normal(size=5).astype(np.float32),
        "gradients": gradients.astype(np.float32),
    }


def run_optimizers(
    name: str, when: Literal["before", "after"], cell: str, *, optimizers: Iterable[str]
) -> Probe:
    """Return a probe that lets copies of optimizers update drawn weights by drawn gradients.

    The weights after the three steps are recorded under each optimizer's name. The optimizers
    themselves take no step.

    Args:
        name: Name of the probe and of its record.
        when: Before or after the cell.
        cell: Grade id of the cell.
        optimizers: Names of the optimizers in the notebook.
    """

    def code(challenge: str) -> str:
        call = f"_grading_optimizers(draw_updates({seed_for(challenge, name)}))"
        return "\n".join(
            [
                textwrap.dedent(inspect.getsource(draw_updates)),
                _RUN % {"name": name, "optimizers": tuple(optimizers)},
                call,
                "del _grading_optimizers, draw_updates",
            ]
        )

    return Probe(name, when, cell, code, records=(name,))


_RUN = """
def _grading_optimizers(drawn):
    import keras, tensorflow
    from gan_helpers import evidence
    found = {}
    for name in %(optimizers)r:
        try:
            optimizer = globals()[name]
            copy = type(optimizer).from_config(optimizer.get_config())
            weights = keras.Variable(drawn["weights"])
            for gradient in drawn["gradients"]:
                copy.apply_gradients([(tensorflow.constant(gradient), weights)])
            found[name] = weights
        except Exception as error:
            found[name] = f"{type(error).__name__}: {error}"
    evidence.record(%(name)r, **found)
"""


def adam(
    drawn: Mapping[str, Any],
    *,
    learning_rate: float,
    beta_1: float = 0.9,
    beta_2: float = 0.999,
    epsilon: float = 1e-7,
) -> np.ndarray:
    """Return what Adam makes of drawn weights.

    D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization" (2015), the form at the
    end of section 2, with the defaults of Keras.

    Args:
        drawn: From :func:`draw_updates`.
        learning_rate: The paper's alpha.
        beta_1: How much of the mean gradient a step keeps.
        beta_2: How much of the mean squared gradient a step keeps.
        epsilon: The paper's epsilon hat.

    Returns:
        The weights after the last step, float64.
    """
    weights = drawn["weights"].astype(np.float64)
    mean = square = np.zeros_like(weights)
    for step, gradient in enumerate(drawn["gradients"].astype(np.float64), start=1):
        mean = beta_1 * mean + (1 - beta_1) * gradient
        square = beta_2 * square + (1 - beta_2) * gradient**2
        rate = learning_rate * np.sqrt(1 - beta_2**step) / (1 - beta_1**step)
        weights = weights - rate * mean / (np.sqrt(square) + epsilon)
    return weights
