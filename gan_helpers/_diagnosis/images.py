"""Rules about generated images, beside real ones."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from gan_helpers._diagnosis import Finding
from gan_helpers.metrics import class_report

NOISE = "noise instead of images"
# Fewer than four generated or real images say nothing about their variety.
_ENOUGH_IMAGES = 4


def from_samples(
    samples: np.ndarray, real: np.ndarray | None, earlier: np.ndarray | None
) -> list[Finding | None]:
    """Compare finite samples with real images, and with earlier ones from the same noise.

    Raises:
        ValueError: If the images do not fit together.
    """
    findings: list[Finding | None] = []
    if real is not None:
        real = np.asarray(real, np.float64)
        if samples.shape[1:] != real.shape[1:]:
            raise ValueError(
                f"Generated images have shape {samples.shape[1:]} and real ones {real.shape[1:]}; "
                "they must be the same."
            )
        findings += [
            _range_mismatch(samples, real),
            _collapse(samples, real),
            _noise(samples, real),
        ]
    if earlier is not None:
        earlier = np.asarray(earlier, np.float64)
        if earlier.shape != samples.shape:
            raise ValueError("earlier_samples must be as many images as samples, from equal noise.")
        findings.append(_standstill(samples, earlier))
    return findings


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


def _standstill(samples: np.ndarray, earlier: np.ndarray) -> Finding | None:
    change = float(abs(samples - earlier).mean())
    if change >= 1e-3 * max(float(samples.std()), 1e-6):
        return None
    return Finding(
        "standstill",
        change,
        f"the images from the same noise have changed by {change:.1e} on average since the earlier "
        "ones: the generator is not being trained. Check that its optimizer gets the generator's "
        "own variables.",
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
