"""The rules of :mod:`gan_helpers.diagnosis`: about losses, about quality, and about images.

Those about losses are for GANs trained with binary cross-entropy.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gan_helpers.metrics import class_report

if TYPE_CHECKING:
    from gan_helpers.quality import QualityLog

NOISE = "noise instead of images"
# Fewer than four generated or real images say nothing about their variety.
_ENOUGH_IMAGES = 4
_ENOUGH_MEASUREMENTS = 4  # fewer show no trend
_DRAW = 2 * math.log(2)  # the discriminator's loss when it only guesses


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        name: Short name, such as ``"mode collapse"``.
        number: The number behind it.
        words: What it means and what to try, with the number.
    """

    name: str
    number: float
    words: str

    def __str__(self) -> str:
        return f"{self.name.capitalize()}: {self.words}"


def divergence(losses: Mapping[str, list[float]]) -> Finding | None:
    """Look for a loss that is no longer a finite number."""
    for name, values in losses.items():
        bad = [epoch for epoch, value in enumerate(values, 1) if not math.isfinite(value)]
        if bad:
            return Finding(
                "diverged",
                float(bad[0]),
                f"{name} is not a finite number from epoch {bad[0]} on. Try a smaller learning "
                "rate, with fresh networks and optimizers, and check that the discriminator's "
                "output and the loss agree (logits or probabilities).",
            )
    return None


def from_losses(losses: Mapping[str, list[float]]) -> list[Finding | None]:
    """Apply all rules about losses; those but divergence need the usual two names."""
    if diverged := divergence(losses):
        return [diverged]
    if not {"generator_loss", "discriminator_loss"} <= set(losses):
        return []
    if min(losses["discriminator_loss"]) < 0:
        return []
    # The last quarter: where the training run has ended up, not how it got there.
    last = max(1, len(losses["generator_loss"]) // 4)
    generator = np.asarray(losses["generator_loss"][-last:])
    discriminator = np.asarray(losses["discriminator_loss"][-last:])
    return [
        *_discriminator_won(generator, discriminator),
        _explosion(generator, discriminator),
        _discriminator_idle(generator, discriminator),
        _generator_won(generator, discriminator),
        _instability(generator),
    ]


def _discriminator_won(generator: np.ndarray, discriminator: np.ndarray) -> list[Finding | None]:
    gen_mean, disc_mean = float(generator.mean()), float(discriminator.mean())
    # A generator that maximises log(1 - D) has a loss below zero, near to zero when D has won.
    minimax = bool((generator <= 0).all())
    if disc_mean >= 0.15 or not (gen_mean > 3 or (minimax and gen_mean > -0.15)):
        return []
    won = Finding(
        "the discriminator has won",
        disc_mean,
        f"its loss averages {disc_mean:.3f} at the end (2 ln 2 = 1.386 would be a draw) and "
        f"the generator's {gen_mean:.1f}: it tells nearly every image apart, and the generator "
        "gets little to learn from. Try a lower learning rate or more dropout for the "
        "discriminator, and check that generated and real images have the same range.",
    )
    return [won, _vanishing(generator, minimax=minimax)]


def _vanishing(generator: np.ndarray, *, minimax: bool) -> Finding | None:
    """Look at the last losses of a generator whose discriminator has won."""
    mean, swing = abs(float(generator.mean())), float(generator.std())
    if minimax:
        return Finding(
            "vanishing gradients",
            mean,
            f"the generator's loss, log(1 - D), stays within {mean:.3f} of zero, where it is flat. "
            "Let the generator minimise -log(D) instead: cross-entropy with its images labelled "
            "as real.",
        )
    if len(generator) > 1 and swing < 0.02 * mean:
        return Finding(
            "vanishing gradients",
            swing / mean,
            f"the generator's loss varies by only {swing / mean:.1%} over the last "
            f"{len(generator)} epochs while it is as high as {mean:.1f}: it has stopped learning. "
            "Use the non-saturating loss on logits, and LeakyReLU and batch normalisation in both "
            "networks.",
        )
    return None


def _explosion(generator: np.ndarray, discriminator: np.ndarray) -> Finding | None:
    gen_mean, disc_mean = float(generator.mean()), float(discriminator.mean())
    if not (disc_mean > 50 or (gen_mean > 50 and disc_mean >= 0.15)):
        return None
    largest = max(gen_mean, disc_mean)
    return Finding(
        "exploding losses",
        largest,
        f"over the last {len(generator)} epochs a loss averages {largest:.0f}, where a few units "
        "are usual: each network overshoots. Try a much smaller learning rate, with fresh "
        "networks and optimizers.",
    )


def _discriminator_idle(generator: np.ndarray, discriminator: np.ndarray) -> Finding | None:
    off = float(max(abs(discriminator - _DRAW).max(), abs(generator - math.log(2)).max()))
    if len(generator) < 2 or off >= 0.02:
        return None
    return Finding(
        "the discriminator does not learn",
        off,
        f"over the last {len(generator)} epochs both losses stay within {off:.4f} of pure guessing "
        "(1.386 and 0.693). Check that its optimizer gets its own gradients and "
        "variables, and that real images are labelled 1 and generated ones 0.",
    )


def _generator_won(generator: np.ndarray, discriminator: np.ndarray) -> Finding | None:
    gen_mean, disc_mean = float(generator.mean()), float(discriminator.mean())
    if not (0 <= gen_mean < 0.1 and 3 < disc_mean <= 50):
        return None
    return Finding(
        "the generator has won",
        gen_mean,
        f"its loss averages {gen_mean:.3f} at the end and the discriminator's "
        f"{disc_mean:.1f}: the discriminator is fooled by everything, so its advice is "
        "worthless. Train it at least as fast as the generator.",
    )


def _instability(generator: np.ndarray) -> Finding | None:
    mean = float(generator.mean())
    if len(generator) < 4 or mean <= 0 or generator.std() <= 0.6 * mean:
        return None
    swing = float(generator.std() / mean)
    return Finding(
        "unstable training",
        swing,
        f"the generator's loss swings by {swing:.0%} of its mean over the last {len(generator)} "
        "epochs. Try a smaller learning rate, or Adam with beta_1 = 0.5.",
    )


def from_quality(log: QualityLog) -> Finding | None:
    """Look whether the Fréchet distance falls as it should, and stays low."""
    triples = zip(log.epochs, log.values("frechet"), log.values("frechet_floor"), strict=True)
    measured = [triple for triple in triples if math.isfinite(triple[1])]
    if len(measured) < _ENOUGH_MEASUREMENTS:
        return None
    (first, start, _), (last, end, floor) = measured[0], measured[-1]
    if end < 5 * floor:
        return None  # Near to real images, small changes look large.
    best, lowest, _ = min(measured, key=lambda triple: triple[1])
    if end > 0.9 * start and lowest > 0.9 * start:
        return Finding(
            "no progress",
            end / start,
            f"the Fréchet distance was {start:.1f} after epoch {first} and is {end:.1f} after "
            f"epoch {last}; real images score {floor:.1f}. Check learning rates and the labels in "
            "both losses.",
        )
    if end > 2 * lowest:
        return Finding(
            "quality is lost again",
            end / lowest,
            f"the Fréchet distance was down to {lowest:.1f} after epoch {best} and is {end:.1f} "
            f"after epoch {last}. Go back to the networks of about epoch {best}, or try a smaller "
            "learning rate.",
        )
    return None


def from_samples(samples: np.ndarray, real: np.ndarray | None) -> list[Finding | None]:
    """Compare finite samples with real images, if there are any."""
    if real is None:
        return []
    real = np.asarray(real, np.float64)
    if samples.shape[1:] != real.shape[1:]:
        raise ValueError(
            f"Generated images have shape {samples.shape[1:]} and real ones {real.shape[1:]}; "
            "they must be the same."
        )
    return [_range_mismatch(samples, real), _collapse(samples, real), _noise(samples, real)]


def from_labels(labels: np.ndarray | Sequence[int], classes: int) -> Finding | None:
    """Look for classes that are missing."""
    report = class_report(np.asarray(labels), classes=classes)
    total = sum(report.counts)
    if total < 10 * classes:
        return None  # So few images miss classes by chance.
    largest = max(report.counts) / total
    if report.covered > 0.7 * classes and report.entropy > 0.7 and largest < 0.5:
        return None
    return Finding(
        "mode collapse",
        report.entropy,
        f"of {total} images, {largest:.0%} belong to one class and only {report.covered} of "
        f"{classes} classes appear (entropy {report.entropy:.2f} of 1). Try a lower learning rate "
        "for the generator, or smaller batches. (Images that do not look like anything yet are "
        "taken for one class, too.)",
    )


def _range_mismatch(samples: np.ndarray, real: np.ndarray) -> Finding | None:
    low, high = float(real.min()), float(real.max())
    width = high - low
    outside = float(((samples < low - 0.02 * width) | (samples > high + 0.02 * width)).mean())
    # The 1% tails of what is generated: a few odd pixels are no other range.
    reached = np.quantile(samples, [0.005, 0.995])
    used = float((reached[1] - reached[0]) / width) if width else math.inf
    if outside > 0.05:
        number, what = outside, f"{outside:.0%} of the generated pixels are outside"
    elif used < 0.6:
        number, what = used, f"the generated pixels use {used:.0%} of the range"
    else:
        return None
    return Finding(
        "output range does not fit the data",
        number,
        f"real images lie in {low:.2f} to {high:.2f}, generated ones in {samples.min():.2f} to "
        f"{samples.max():.2f}; {what}. "
        "Scale the data and choose the last activation together: tanh for -1 to 1, sigmoid for 0 "
        "to 1. Otherwise the discriminator can tell images apart by their range alone.",
    )


def _collapse(samples: np.ndarray, real: np.ndarray) -> Finding | None:
    if min(len(samples), len(real)) < _ENOUGH_IMAGES:
        return None
    # The mean squared distance of all pairs is twice the variance, so no pair has to be formed.
    ratio = float(np.sqrt(samples.var(axis=0).mean() / max(real.var(axis=0).mean(), 1e-12)))
    if ratio >= 0.5:
        return None
    return Finding(
        "mode collapse",
        ratio,
        f"generated images differ from each other only {ratio:.0%} as much as real ones do: the "
        "generator makes (nearly) the same image from any noise. Try a lower learning rate for "
        "the generator, smaller batches or more dropout in the discriminator. (A generator that "
        "has hardly begun to learn looks like this too.)",
    )


def _noise(samples: np.ndarray, real: np.ndarray) -> Finding | None:
    usual = _roughness(real)
    if usual > 0.9:
        return None  # The real images are noise themselves.
    share = (_roughness(samples) - usual) / (1 - usual)
    if share < 0.5:
        return None
    return Finding(
        NOISE,
        share,
        f"going by how much neighbouring pixels differ, generated images are {share:.0%} of the "
        "way from real images to pure noise. Train longer; if that does not help, check the "
        "learning rates and that both networks get their own gradients.",
    )


def _roughness(images: np.ndarray) -> float:
    """Return how much neighbouring pixels differ, relative to how much any two do: 1 for noise."""
    contrast = float(images.std())
    across, down = (np.diff(images, axis=axis).std() for axis in (1, 2))
    return float(across + down) / (2 * math.sqrt(2) * contrast) if contrast else 0.0
