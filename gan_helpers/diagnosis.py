"""Says in plain words what went wrong in a training, and by which figure it can be seen."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gan_helpers import sampling
from gan_helpers.metrics import class_report

if TYPE_CHECKING:
    from gan_helpers._scorer.model import Scorer
    from gan_helpers.quality import QualityLog
    from gan_helpers.training import History

# Fewer steps than this say nothing yet: even a healthy training begins by looking sick.
ENOUGH_STEPS = 500
# Fewer than four generated or real images say nothing about their variety.
_ENOUGH_IMAGES = 4
# Fewer measurements of quality than this show no trend.
_ENOUGH_MEASUREMENTS = 4
_NOISE = "noise instead of images"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        name: Short name, such as ``"mode collapse"``.
        figure: The number behind it.
        words: What it means and what to try, with the figure.
    """

    name: str
    figure: float
    words: str

    def __str__(self) -> str:
        return f"{self.name.capitalize()}: {self.words}"


def after_training(
    history: History,
    generator: Any,
    real: Any,
    *,
    noise: Any = None,
    scorer: Scorer | None = None,
    quality: QualityLog | None = None,
    value_range: tuple[float, float] = (-1.0, 1.0),
) -> list[Finding]:
    """Diagnoses a training that is over, from its history and from newly made samples.

        print(diagnosis.report(diagnosis.after_training(history, generator, images)))

    It draws from no random stream. A training too short to judge costs next to nothing.

    Args:
        history: See :func:`diagnose`.
        generator: The trained Keras model.
        real: ``(M, H, W, 1)`` some real images, as the discriminator gets them.
        noise: What the samples are made from; ``None``: 256 standard normal vectors that fit.
        scorer: Reads the classes of the samples, if given.
        quality: See :func:`diagnose`.
        value_range: Of black and white, for the scorer; see :func:`gan_helpers.quality.pixels`.

    Returns:
        See :func:`diagnose`.

    Raises:
        ValueError: The images do not fit together.
    """
    if _too_short(history):
        return diagnose(history)
    if noise is None:
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
    earlier_samples: np.ndarray | None = None,
    quality: QualityLog | None = None,
) -> list[Finding]:
    """Looks for the usual illnesses of a GAN trained with binary cross-entropy.

    Args:
        history: Of the training. Its losses are read if they are called ``generator_loss`` and
            ``discriminator_loss``, the latter being the sum for real and fake images. A
            discriminator's loss below zero is no cross-entropy (but a Wasserstein GAN's, say): then
            only divergence is told.
        samples: ``(N, H, W, 1)`` generated images, best 100 or more, as the generator makes them.
        real: ``(M, H, W, 1)`` real images, as the discriminator gets them.
        labels: ``(N,)`` classes of the samples, or ``(N, classes)`` scores of them, if there is a
            classifier.
        classes: How many classes there are.
        earlier_samples: Images from the same noise as ``samples``, several epochs earlier.
        quality: What a :class:`gan_helpers.callbacks.QualityCallback` has recorded.

    Returns:
        What was found, the most telling first; empty for a healthy training, and also for one too
        short to judge.

    Raises:
        ValueError: Nothing was given to look at, or images do not fit together.
    """
    if history is None and samples is None and labels is None and quality is None:
        raise ValueError(
            "diagnose() needs something to look at: a history, samples, labels or quality."
        )
    if history is not None and _too_short(history):
        diverged = _diverged(history.losses)
        return [diverged] if diverged else []
    found: list[Finding | None] = []
    if history is not None:
        found += _from_losses(history.losses)
    if samples is not None:
        samples = np.asarray(samples, np.float64)
        if not np.isfinite(samples).all():
            found.append(
                Finding("diverged", math.nan, "the generated images contain NaN or infinity.")
            )
        else:
            found += _from_samples(samples, real, earlier_samples)
    # A classifier has to call even noise something, and then calls all of it the same.
    if labels is not None and not any(one and one.name == _NOISE for one in found):
        found.append(_from_labels(labels, classes))
    if quality is not None:
        found.append(_from_quality(quality))
    return [finding for finding in found if finding is not None]


def report(findings: Iterable[Finding]) -> str:
    """Puts findings into a few lines to print after a training.

    Args:
        findings: From :func:`diagnose`.

    Returns:
        One line for each, or one that says nothing was found.
    """
    lines = [f"- {finding}" for finding in findings]
    return "\n".join(["Diagnosis:", *lines]) if lines else "Diagnosis: nothing conspicuous."


def _too_short(history: History) -> bool:
    return len(history.epochs) * history.steps_per_epoch < ENOUGH_STEPS


def _diverged(losses: dict[str, list[float]]) -> Finding | None:
    for name, values in losses.items():
        bad = [epoch for epoch, value in enumerate(values, 1) if not math.isfinite(value)]
        if bad:
            return Finding(
                "diverged",
                float(bad[0]),
                f"{name} is not a finite number from epoch {bad[0]} on. Try a smaller learning"
                " rate, with fresh networks and optimizers, and check that the discriminator's"
                " output and the loss agree (logits or probabilities).",
            )
    return None


def _from_losses(losses: dict[str, list[float]]) -> list[Finding | None]:
    if diverged := _diverged(losses):
        return [diverged]
    if not {"generator_loss", "discriminator_loss"} <= set(losses):
        return []
    if min(losses["discriminator_loss"]) < 0:
        return []
    # The last quarter: where the training has ended up, not how it got there.
    last = max(1, len(losses["generator_loss"]) // 4)
    generator = np.asarray(losses["generator_loss"][-last:])
    discriminator = np.asarray(losses["discriminator_loss"][-last:])
    gen_mean, disc_mean = float(generator.mean()), float(discriminator.mean())
    found: list[Finding | None] = []
    # A generator that maximises log(1 - D) has a loss below zero, near to zero when D has won.
    minimax = bool((generator <= 0).all())
    if disc_mean < 0.15 and (gen_mean > 3 or (minimax and gen_mean > -0.15)):
        found.append(
            Finding(
                "the discriminator has won",
                disc_mean,
                f"its loss averages {disc_mean:.3f} at the end (2 ln 2 = 1.386 would be a draw) and"
                f" the generator's {gen_mean:.1f}: it tells nearly every image apart, and the"
                " generator gets little to learn from. Try a lower learning rate or more dropout"
                " for the discriminator, and check that generated and real images have the same"
                " range.",
            )
        )
        found.append(_vanishing(generator, minimax=minimax))
    if disc_mean > 50 or (gen_mean > 50 and disc_mean >= 0.15):
        largest = max(gen_mean, disc_mean)
        found.append(
            Finding(
                "exploding losses",
                largest,
                f"over the last {last} epochs a loss averages {largest:.0f}, where a few units are"
                " usual: each network overshoots. Try a much smaller learning rate, with fresh"
                " networks and optimizers.",
            )
        )
    draw = 2 * math.log(2)
    off = float(max(abs(discriminator - draw).max(), abs(generator - math.log(2)).max()))
    if last > 1 and off < 0.02:
        found.append(
            Finding(
                "the discriminator does not learn",
                off,
                f"over the last {last} epochs both losses stay within {off:.4f} of pure guessing"
                " (1.386 and 0.693). Check that its optimizer gets its own gradients and"
                " variables, and that real images are labelled 1 and generated ones 0.",
            )
        )
    if 0 <= gen_mean < 0.1 and 3 < disc_mean <= 50:
        found.append(
            Finding(
                "the generator has won",
                gen_mean,
                f"its loss averages {gen_mean:.3f} at the end and the discriminator's"
                f" {disc_mean:.1f}: the discriminator is fooled by everything, so its advice is"
                " worthless. Train it at least as fast as the generator.",
            )
        )
    if last > 3 and gen_mean > 0 and generator.std() > 0.6 * gen_mean:
        swing = float(generator.std() / gen_mean)
        found.append(
            Finding(
                "unstable training",
                swing,
                f"the generator's loss swings by {swing:.0%} of its mean over the last {last}"
                " epochs. Try a smaller learning rate, or Adam with beta_1 = 0.5.",
            )
        )
    return found


def _vanishing(generator: np.ndarray, *, minimax: bool) -> Finding | None:
    """Looks at the last losses of a generator whose discriminator has won."""
    mean, swing = abs(float(generator.mean())), float(generator.std())
    if minimax:
        return Finding(
            "vanishing gradients",
            mean,
            f"the generator's loss, log(1 - D), stays within {mean:.3f} of zero, where it is flat."
            " Let the generator minimise -log(D) instead: cross-entropy with its images labelled"
            " as real.",
        )
    if len(generator) > 1 and swing < 0.02 * mean:
        return Finding(
            "vanishing gradients",
            swing / mean,
            f"the generator's loss varies by only {swing / mean:.1%} over the last"
            f" {len(generator)} epochs while it is as high as {mean:.1f}: it has stopped learning."
            " Use the non-saturating loss on logits, and LeakyReLU and batch normalisation in both"
            " networks.",
        )
    return None


def _from_samples(
    samples: np.ndarray, real: np.ndarray | None, earlier: np.ndarray | None
) -> list[Finding | None]:
    found: list[Finding | None] = []
    if real is not None:
        real = np.asarray(real, np.float64)
        if samples.shape[1:] != real.shape[1:]:
            raise ValueError(
                f"Generated images have shape {samples.shape[1:]} and real ones {real.shape[1:]};"
                " they must be the same."
            )
        found.append(_range_mismatch(samples, real))
        found.append(_collapse(samples, real))
        found.append(_noise(samples, real))
    if earlier is not None:
        earlier = np.asarray(earlier, np.float64)
        if earlier.shape != samples.shape:
            raise ValueError("earlier_samples must be as many images as samples, from equal noise.")
        change = float(abs(samples - earlier).mean())
        spread = float(samples.std())
        if change < 1e-3 * max(spread, 1e-6):
            found.append(
                Finding(
                    "standstill",
                    change,
                    f"the images from the same noise have changed by {change:.1e} on average since"
                    " the earlier ones: the generator is not being trained. Check that its"
                    " optimizer gets the generator's own variables.",
                )
            )
    return found


def _range_mismatch(samples: np.ndarray, real: np.ndarray) -> Finding | None:
    low, high = float(real.min()), float(real.max())
    width = high - low
    outside = float(((samples < low - 0.02 * width) | (samples > high + 0.02 * width)).mean())
    # The 1% tails of what is generated: a few odd pixels are no other range.
    reached = np.quantile(samples, [0.005, 0.995])
    used = float((reached[1] - reached[0]) / width) if width else math.inf
    told = (
        f"real images lie in {low:.2f} to {high:.2f}, generated ones in {samples.min():.2f} to"
        f" {samples.max():.2f}"
    )
    advice = (
        "Scale the data and choose the last activation together: tanh for -1 to 1, sigmoid for 0"
        " to 1. Otherwise the discriminator can tell images apart by their range alone."
    )
    if outside > 0.05:
        words = f"{told}; {outside:.0%} of the generated pixels are outside. {advice}"
        return Finding("output range does not fit the data", outside, words)
    if used < 0.6:
        words = f"{told}; the generated pixels use {used:.0%} of the range. {advice}"
        return Finding("output range does not fit the data", used, words)
    return None


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
        f"generated images differ from each other only {ratio:.0%} as much as real ones do: the"
        " generator makes (nearly) the same image from any noise. Try a lower learning rate for"
        " the generator, smaller batches or more dropout in the discriminator. (A generator that"
        " has hardly begun to learn looks like this too.)",
    )


def _noise(samples: np.ndarray, real: np.ndarray) -> Finding | None:
    usual = _roughness(real)
    if usual > 0.9:
        return None  # The real images are noise themselves.
    share = (_roughness(samples) - usual) / (1 - usual)
    if share < 0.5:
        return None
    return Finding(
        _NOISE,
        share,
        f"going by how much neighbouring pixels differ, generated images are {share:.0%} of the way"
        " from real images to pure noise. Train longer; if that does not help, check the learning"
        " rates and that both networks get their own gradients.",
    )


def _roughness(images: np.ndarray) -> float:
    """Says how much neighbouring pixels differ, relative to how much any two do: 1 for noise."""
    contrast = float(images.std())
    across, down = (np.diff(images, axis=axis).std() for axis in (1, 2))
    return float(across + down) / (2 * math.sqrt(2) * contrast) if contrast else 0.0


def _from_labels(labels: np.ndarray | Sequence[int], classes: int) -> Finding | None:
    found = class_report(np.asarray(labels), classes=classes)
    total = sum(found.counts)
    if total < 10 * classes:
        return None  # So few images miss classes by chance.
    largest = max(found.counts) / total
    if found.covered > 0.7 * classes and found.entropy > 0.7 and largest < 0.5:
        return None
    return Finding(
        "mode collapse",
        found.entropy,
        f"of {total} images, {largest:.0%} belong to one class and only {found.covered} of"
        f" {classes} classes appear (entropy {found.entropy:.2f} of 1). Try a lower learning rate"
        " for the generator, or smaller batches. (Images that do not look like anything yet are"
        " taken for one class, too.)",
    )


def _from_quality(log: QualityLog) -> Finding | None:
    """Looks whether the Fréchet distance falls as it should, and stays low."""
    pairs = zip(log.epochs, log.values("frechet"), log.values("frechet_floor"), strict=True)
    found = [one for one in pairs if math.isfinite(one[1])]
    if len(found) < _ENOUGH_MEASUREMENTS:
        return None
    (first, start, _), (last, end, floor) = found[0], found[-1]
    if end < 5 * floor:
        return None  # Near to real images, small changes look large.
    best, lowest, _ = min(found, key=lambda one: one[1])
    if end > 0.9 * start and lowest > 0.9 * start:
        return Finding(
            "no progress",
            end / start,
            f"the Fréchet distance was {start:.1f} after epoch {first} and is {end:.1f} after epoch"
            f" {last}; real images score {floor:.1f}. Check learning rates and the labels in both"
            " losses.",
        )
    if end > 2 * lowest:
        return Finding(
            "quality is lost again",
            end / lowest,
            f"the Fréchet distance was down to {lowest:.1f} after epoch {best} and is {end:.1f}"
            f" after epoch {last}. Go back to the networks of about epoch {best}, or try a smaller"
            " learning rate.",
        )
    return None
