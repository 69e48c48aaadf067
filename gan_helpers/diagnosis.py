"""Says in plain words what went wrong in a training run, and by which number it can be seen."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from gan_helpers import _diagnosis as rules
from gan_helpers import sampling
from gan_helpers._diagnosis import Finding

if TYPE_CHECKING:
    from gan_helpers.history import History
    from gan_helpers.quality import QualityLog, Scorer

__all__ = ["ENOUGH_STEPS", "Finding", "after_training", "diagnose", "report"]

#: Fewer steps say nothing yet: even a healthy training run begins by looking sick.
ENOUGH_STEPS = 500


def after_training(
    history: History,
    generator: Any,
    real: Any,
    *,
    scorer: Scorer | None = None,
    quality: QualityLog | None = None,
    value_range: tuple[float, float] = (-1.0, 1.0),
) -> list[Finding]:
    """Diagnose a training run that is over, from its history and from newly made samples.

        print(diagnosis.report(diagnosis.after_training(history, generator, images)))

    It draws from no random stream. A run too short to judge costs next to nothing.

    Args:
        history: See :func:`diagnose`, also for the result.
        generator: The trained Keras model.
        real: ``(M, H, W, 1)`` some real images, as the discriminator gets them.
        scorer: Reads the classes of the samples, if given.
        quality: See :func:`diagnose`.
        value_range: Of black and white, for the scorer; see :func:`gan_helpers.quality.pixels`.

    Raises:
        ValueError: If the images do not fit together.
    """
    if _too_short(history):
        return diagnose(history)
    noise = sampling.latent((256, *generator.input_shape[1:]), seed=0)
    samples = sampling.generate(generator, noise)
    labels = None
    if scorer is not None and np.isfinite(samples).all():
        labels = scorer.labels(samples, value_range=value_range)
    return diagnose(
        history,
        samples=samples,
        real=np.asarray(real),
        labels=labels,
        classes=10 if scorer is None else scorer.classes,
        quality=quality,
    )


def diagnose(
    history: History | None = None,
    *,
    samples: np.ndarray | None = None,
    real: np.ndarray | None = None,
    labels: np.ndarray | None = None,
    classes: int = 10,
    quality: QualityLog | None = None,
) -> list[Finding]:
    """Look for the usual illnesses of a GAN trained with binary cross-entropy.

    Args:
        history: Of the run. Its losses are read if they are called ``generator_loss`` and
            ``discriminator_loss``, the latter being the sum for real and fake images. A
            discriminator's loss below zero is no cross-entropy (but a Wasserstein GAN's, say): then
            only divergence is reported.
        samples: ``(N, H, W, 1)`` generated images, best 100 or more, as the generator makes them.
        real: ``(M, H, W, 1)`` real images, as the discriminator gets them.
        labels: ``(N,)`` classes of the samples, or ``(N, classes)`` scores of them.
        classes: How many classes there are.
        quality: What a :class:`gan_helpers.callbacks.QualityCallback` has recorded.

    Returns:
        The findings, the most telling first; none for a healthy run, and for one too short to
        judge.

    Raises:
        ValueError: If nothing was given to look at, or images do not fit together.
    """
    if history is None and samples is None and labels is None and quality is None:
        raise ValueError(
            "diagnose() needs something to look at: a history, samples, labels or quality."
        )
    if history is not None and _too_short(history):
        diverged = rules.divergence(history.losses)
        return [diverged] if diverged else []
    findings = [] if history is None else rules.from_losses(history.losses)
    if samples is not None:
        samples = np.asarray(samples, np.float64)
        if np.isfinite(samples).all():
            findings += rules.from_samples(samples, real)
        else:
            words = "the generated images contain NaN or infinity."
            findings.append(Finding("diverged", math.nan, words))
    # A classifier has to call even noise something, and then calls all of it the same.
    noise = any(finding and finding.name == rules.NOISE for finding in findings)
    if labels is not None and not noise:
        findings.append(rules.from_labels(labels, classes))
    if quality is not None:
        findings.append(rules.from_quality(quality))
    return [finding for finding in findings if finding is not None]


def report(findings: Iterable[Finding]) -> str:
    """Put findings into a line each, to print after a run, or into one that says there are none."""
    lines = [f"- {finding}" for finding in findings]
    return "\n".join(["Diagnosis:", *lines]) if lines else "Diagnosis: nothing conspicuous."


def _too_short(history: History) -> bool:
    return len(history.epochs) * history.steps_per_epoch < ENOUGH_STEPS
