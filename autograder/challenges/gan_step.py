"""A challenge for the training step of a GAN: one step of two small networks, worked out by hand.

The student's ``train_step(images)`` is run on drawn images with networks, losses and optimizers of
ours in place of the notebook's. Our generator paints one drawn picture, whatever the noise is; our
discriminator adds up weighted pixels; both multiply by a drawn factor in training mode. So the
judge can say in NumPy what one step makes of them, whatever the step looks like inside. The noise
that the generator was given, and the modes both were called in, are recorded as well.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from autograder.challenges.hooks import Hook, When, run_file

GENERATOR_RATE = 2.0
"""Learning rate of the generator's optimizer, another one than the discriminator's: they must not
be mixed up."""

DISCRIMINATOR_RATE = 0.005
"""Learning rate of the discriminator's optimizer; small, so that even after its step the
discriminator takes the picture for real."""


def draw_step(seed: int) -> dict[str, Any]:
    """Draw images, both networks' weights and their factors in training mode.

    The discriminator takes the generator's picture for real, with a logit of 1.2 to 1.8, or of 0.3
    at least once it has been updated. There the slopes of right and wrong losses are far apart; at
    a logit of 0, those of -log s(x) and of log(1 - s(x)) would be the same.

    Returns:
        ``images`` (8, 28, 28, 1), ``picture`` and ``weights`` (28, 28, 1), float32; ``bias``,
        ``painting`` and ``judging`` (the factors), numbers.
    """
    rng = np.random.default_rng(seed)
    shape = (28, 28, 1)
    picture, weights = rng.uniform(-1, 1, shape), rng.normal(0, 0.05, shape)
    weights += (rng.uniform(0.1, 0.3) - np.sum(weights * picture)) / np.sum(picture**2) * picture
    return {
        "images": rng.uniform(-1, 1, (8, *shape)).astype(np.float32),
        "picture": picture.astype(np.float32),
        "weights": weights.astype(np.float32),
        "bias": float(rng.uniform(1.2, 1.5)),
        "painting": float(rng.uniform(0.4, 0.6)),
        "judging": float(rng.uniform(0.65, 0.85)),
    }


def run_train_step(
    name: str,
    when: When,
    cell: str,
    *,
    noise_dim: int = 100,
    function: str = "train_step",
) -> Hook:
    """Return a hook that runs ``train_step(images)`` on the drawn networks.

    Under its name it records ``picture``, ``weights`` and ``bias`` after one step, ``modes`` (a
    list of texts such as ``"generator True"``), and under ``<name>_noise`` the first eight noise
    vectors of two further steps, ``first`` and ``second``. The notebook's own objects are back in
    their places afterwards.

    Args:
        name: Name of the hook and of its record.
        when: Before or after the cell.
        cell: Grade id of the cell.
        noise_dim: Length of a noise vector.
        function: Name of the function in the notebook.
    """
    return run_file(
        name,
        when,
        cell,
        "gan_step",
        records=(name, f"{name}_noise"),
        draw=draw_step,
        function=function,
        noise_dim=noise_dim,
        rates=[GENERATOR_RATE, DISCRIMINATOR_RATE],
    )


def painted_pictures(drawn: Mapping[str, Any], modes: Iterable[str]) -> Iterator[np.ndarray]:
    """Yield what one right update of the generator makes of its picture.

    Both networks may be updated from the same logits, or the discriminator first.

    Args:
        drawn: From :func:`draw_step`.
        modes: The modes that the networks were called in, as recorded. Whether these are right is
            judged by itself; the update is that of these modes.
    """
    painting_factors, judging_factors = _factors(drawn, modes)
    for painting, judging in itertools.product(painting_factors, judging_factors):
        states = [(drawn["weights"], drawn["bias"])]
        states += [(weights, bias) for weights, bias in discriminators(drawn, modes, again=False)]
        for weights, bias in states:
            logit = judging * painting * np.sum(weights * drawn["picture"]) + bias
            slope = (_sigmoid(logit) - 1) * judging * painting * weights
            yield drawn["picture"] - GENERATOR_RATE * slope


def discriminators(
    drawn: Mapping[str, Any], modes: Iterable[str], *, again: bool = True
) -> Iterator[tuple[np.ndarray, float]]:
    """Yield what one right update of the discriminator makes of its weights and its bias.

    Args:
        drawn: From :func:`draw_step`.
        modes: As for :func:`painted_pictures`.
        again: Whether the generator may have been updated before, and its images made afresh.
    """
    pictures = [drawn["picture"], *(painted_pictures(drawn, modes) if again else ())]
    painting_factors, judging_factors = _factors(drawn, modes)
    choices = itertools.product(painting_factors, judging_factors, judging_factors, pictures)
    for painting, on_real, on_fake, picture in choices:
        real = on_real * np.sum(drawn["images"] * drawn["weights"], axis=(1, 2, 3)) + drawn["bias"]
        fake = on_fake * painting * np.sum(drawn["weights"] * picture) + drawn["bias"]
        # The slopes of -log s(x) and -log(1 - s(x)), s the logistic function.
        pulls = (_sigmoid(real) - 1)[:, None, None, None]
        weights = (pulls * on_real * drawn["images"]).mean(axis=0)
        weights = weights + _sigmoid(fake) * on_fake * painting * picture
        yield (
            drawn["weights"] - DISCRIMINATOR_RATE * weights,
            float(drawn["bias"] - DISCRIMINATOR_RATE * (pulls.mean() + _sigmoid(fake))),
        )


def _factors(drawn: Mapping[str, Any], modes: Iterable[str]) -> tuple[list[float], list[float]]:
    """Return the factors that the generator, and the discriminator, can have multiplied by."""
    different = set(modes)

    def of(network: str, in_training: float) -> list[float]:
        known = ((f"{network} True", in_training), (f"{network} False", 1.0))
        return [factor for mode, factor in known if mode in different]

    return of("generator", drawn["painting"]), of("discriminator", drawn["judging"])


def _sigmoid(value: Any) -> Any:
    return 1 / (1 + np.exp(-value))
