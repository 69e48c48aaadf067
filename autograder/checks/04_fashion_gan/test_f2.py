"""Question f2: a convolutional GAN of the student's own, against the failing one."""

from __future__ import annotations

import math

import numpy as np

from autograder.evidence.schema import (
    Array,
    Bool,
    Described,
    Dict,
    List,
    Model,
    Number,
    Tuple,
    Weight,
)
from autograder.judging.assertions import explained_by, require_trained, require_untrained
from autograder.judging.check import Drawn, Evidence, Rebuild, Recording, check, require
from autograder.judging.image_quality import SampleQuality, measure

IMAGE = (28, 28, 1)
# The failing pair on the same budget had 8.4 to 16.2 and covered no class in the five runs that
# were measured with tools/measure_failing_pair.py; with running averages 5.0 to 7.7 and at most
# two.
FAILING_DISTANCE = 5.0
# Grey images do as well, so training must have brought a design nearer to the real ones.
LEARNT = 0.8
FEWEST_CLASSES = 4
_MOST_STEPS = 10  # of an optimizer, in one training step


def _range(evidence: Evidence) -> tuple[float, float]:
    ends = evidence.recorded("f2_range").get("my_range", Tuple, List, Array)
    items: list[Described] = [] if isinstance(ends, Array) else ends.items
    low, high = map(_finite, items) if len(items) == 2 else (None, None)
    right = low is not None and high is not None and low < high
    require(right, "my_range should be two numbers, the lower one first.")
    assert low is not None and high is not None
    return low, high


def _finite(value: Described) -> float | None:
    return value.finite if isinstance(value, Number) else None


def _made(evidence: Evidence, name: str = "f2_made") -> Recording:
    error = evidence.run.hook_errors.get("f2_made")
    if name == "f2_made" and evidence.has(name):
        return evidence.recorded(name)  # as far as it went
    require(error is None, f"make_my_gan() and a first training step did not finish: {error}.")
    return evidence.recorded(name)


def _samples(evidence: Evidence) -> np.ndarray:
    """Return the samples of the trained GAN, (256, 28, 28), scaled from my_range to [0, 1]."""
    _range(evidence)
    error = evidence.run.hook_errors.get("f2_samples")
    record = evidence.run.cells.get("train_mine")
    why = (record.error if record else None) or error
    require(error is None, f"Your GAN could not be trained on the short budget: {why}.")
    return _scaled(evidence, "f2_samples")


def _scaled(evidence: Evidence, name: str) -> np.ndarray:
    """Return recorded samples, scaled from my_range to [0, 1]."""
    low, high = _range(evidence)
    recording = evidence.recorded(name)
    images: np.ndarray = recording.array(recording.get("samples", Array))
    require(images.shape[1:] == IMAGE, f"Your samples have the shape {images.shape[1:]}.")
    require(np.isfinite(images).all(), "Your samples are no numbers: the training has diverged.")
    return (images[..., 0].astype(np.float64) - low) / (high - low)


def _quality(evidence: Evidence, drawn: Drawn, rebuild: Rebuild) -> SampleQuality:
    """Return the quality of the trained GAN's samples."""
    samples = _samples(evidence)
    # Samples count only if Keras' own layers can have made them.
    model = evidence.recorded("f2_samples").get("my_generator", Model)
    rebuild(model, "Your generator")
    return _measured(evidence, drawn, samples)


def _measured(evidence: Evidence, drawn: Drawn, samples: np.ndarray) -> SampleQuality:
    count = drawn("f2_samples")["count"]
    require(len(samples) == count, "The record of your samples is damaged.")
    recording = evidence.recorded("real")
    real = recording.array(recording.get("images", Array))
    labels = recording.array(recording.get("labels", Array))
    right = real.shape[1:] == IMAGE[:2] and real.dtype == np.uint8 and len(real) == len(labels)
    require(right and len(real) >= len(samples), "The record of the real images is damaged.")
    return measure(samples, real / 255.0, labels)


@check("f2", points=0.75, title="The generator stays within my_range, whatever the noise")
@explained_by("f2")
def test_stays_in_range(evidence: Evidence) -> None:
    low, high = _range(evidence)
    recording = _made(evidence)
    for name, words in (("plain", "standard normal noise"), ("extreme", "extreme noise")):
        images = recording.array(recording.get(name, Array))
        require(np.isfinite(images).all(), f"For {words} your generator gives no numbers.")
        margin = 0.01 * (high - low)
        require(
            low - margin <= images.min() and images.max() <= high + margin,
            f"For {words} your generator gives values from {images.min():.3g} to "
            f"{images.max():.3g}, beyond my_range.",
        )


@check("f2", points=0.75, title="The generator can reach both ends of my_range")
@explained_by("f2")
def test_uses_range(evidence: Evidence) -> None:
    low, high = _range(evidence)
    recording = _made(evidence)
    extreme = recording.array(recording.get("extreme", Array)).astype(np.float64)
    reached = (extreme - low) / (high - low)
    if reached.min() > 0.1 or reached.max() < 0.9:
        # Some designs hold large noise down; then what training has made of them counts.
        reached = _samples(evidence)
    require(
        reached.min() < 0.2 and reached.max() > 0.7,
        "Your generator does not use the whole of my_range: compare the end of the generator with "
        "the range of the images you train it with.",
    )


def _require_random_kernels(model: Model, name: str) -> None:
    """Require that no large kernel has been filled with something, such as images."""
    # Biases and batch normalisation begin with constants, see require_untrained.
    kernels = [weight for weight in model.weights if weight.path.endswith("kernel")]
    for weight in kernels:
        if math.prod(weight.shape or [0]) >= 2000:
            require(
                _looks_random(weight),
                f"The {name} that make_my_gan returns does not begin with random weights.",
            )


def _looks_random(weight: Weight) -> bool:
    mean, spread = weight.mean, weight.std
    if not isinstance(mean, int | float) or not isinstance(spread, int | float):
        return True  # not known
    return abs(mean) < 0.3 * spread


@check("f2", points=0.5, title="Both networks are new and convolutional")
@explained_by("f2")
def test_convolutional(evidence: Evidence, rebuild: Rebuild) -> None:
    recording = _made(evidence)
    networks = {}
    for name in ("generator", "discriminator"):
        model = recording.get(name, Model)
        require_untrained(model, f"The {name} that make_my_gan returns")
        _require_random_kernels(model, name)
        networks[name] = rebuild(model, f"Your {name}")
        convolutions = networks[name].of_class("Conv2D", "Conv2DTranspose", "SeparableConv2D")
        wide = [layer for layer in convolutions if max(np.ravel(layer.config["kernel_size"])) > 1]
        require(wide, f"Your {name} has no convolution that looks at more than one pixel.")
    require(
        networks["generator"].output_shape[1:] == IMAGE
        and networks["discriminator"].input_shape[1:] == IMAGE
        and networks["discriminator"].output_shape[1:] == (1,),
        "The generator should end, and the discriminator should begin, with images (28, 28, 1); "
        "and the discriminator should end with one number.",
    )
    require(
        not recording.get("shared", Bool).value,
        "Two calls of make_my_gan() return the same generator; each call should make a new one.",
    )
    steps = recording.get("steps_before", Number).value
    require(steps == 0, "make_my_gan() trains already; it should only make things.")


@check("f2", points=0.5, title="A training step trains both networks")
@explained_by("f2")
def test_step_trains_both(evidence: Evidence) -> None:
    before, after = _made(evidence), _made(evidence, "f2_made_step")
    for name in ("generator", "discriminator"):
        model = after.get(f"{name}_after", Model)
        require_trained(before.get(name, Model), model, f"The {name}")
    items = after.get("steps_after", List).items
    steps = [item.value for item in items if isinstance(item, Number)]
    require(
        len(steps) == 2 and all(isinstance(n, int) and 1 <= n <= _MOST_STEPS for n in steps),
        f"In one training step the two optimizers took {steps} steps; a few for each are meant.",
    )
    losses = after.get("losses", Dict).items
    require(
        {"discriminator_loss", "generator_loss"} <= set(losses),
        "The training step should return both losses under the two keys of the question.",
    )


@check("f2", points=2, title="A lower Fréchet distance than the failing pair on the same budget")
@explained_by("f2")
def test_distance(evidence: Evidence, drawn: Drawn, rebuild: Rebuild) -> None:
    quality = _quality(evidence, drawn, rebuild)
    require(
        quality.distance < FAILING_DISTANCE,
        f"After the short training your samples have a Fréchet distance of {quality.distance:.1f}; "
        f"the best run of the failing pair had {FAILING_DISTANCE}. A faster start is needed: look "
        "at what short_run() shows.",
    )
    untrained = _measured(evidence, drawn, _scaled(evidence, "f2_made_untrained"))
    require(
        quality.distance < LEARNT * untrained.distance,
        f"Your samples have a Fréchet distance of {quality.distance:.1f} after the short training "
        f"and of {untrained.distance:.1f} before it: the training has brought next to nothing yet.",
    )


@check("f2", points=1.5, title="More classes covered than by the failing pair, and at least four")
@explained_by("f2")
def test_classes(evidence: Evidence, drawn: Drawn, rebuild: Rebuild) -> None:
    quality = _quality(evidence, drawn, rebuild)
    require(
        quality.classes >= FEWEST_CLASSES,
        f"After the short training your samples cover {quality.classes} of the ten classes, fewer "
        f"than the {FEWEST_CLASSES} that the question asks for. Look at how different the samples "
        "of short_run() are from each other.",
    )
