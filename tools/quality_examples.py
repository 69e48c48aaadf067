"""Makes the tables of docs/quality.md: what each number says about faults planted in real digits.

    python tools/quality_examples.py [--write]

Needs MNIST (see GAN_HELPERS_DATA in the README). Takes less than a minute, without TensorFlow.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from scipy import ndimage

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "quality.md"
SAMPLES = 1000


def noise(images: np.ndarray, amount: float) -> np.ndarray:
    """Adds normal noise of this standard deviation to images in 0..1."""
    return images + amount * np.random.default_rng(1).normal(size=images.shape)


def salt_and_pepper(images: np.ndarray, amount: float) -> np.ndarray:
    """Makes this share of the pixels black or white, at random."""
    rng = np.random.default_rng(1)
    hit = rng.uniform(size=images.shape) < amount
    return np.where(hit, rng.integers(0, 2, images.shape), images)


def blur(images: np.ndarray, amount: float) -> np.ndarray:
    """Blurs with a Gaussian of up to four pixels."""
    return ndimage.gaussian_filter(images, (0, 4 * amount, 4 * amount))


def occlusion(images: np.ndarray, amount: float) -> np.ndarray:
    """Blackens a square somewhere, of this share of the width."""
    images, side = images.copy(), round(images.shape[1] * amount)
    corners = np.random.default_rng(1).integers(0, images.shape[1] - side + 1, (len(images), 2))
    for image, (top, left) in zip(images, corners, strict=True):
        image[top : top + side, left : left + side] = 0
    return images


def shift(images: np.ndarray, amount: float) -> np.ndarray:
    """Moves everything to the right, by up to ten pixels."""
    return np.roll(images, round(10 * amount), axis=2)


def rotation(images: np.ndarray, amount: float) -> np.ndarray:
    """Turns everything, by up to a quarter of a circle."""
    return ndimage.rotate(images, 90 * amount, axes=(1, 2), reshape=False, order=1)


def contrast(images: np.ndarray, amount: float) -> np.ndarray:
    """Moves all values towards mid-grey."""
    return 0.5 + (1 - amount) * (images - 0.5)


CORRUPTIONS: dict[str, Callable[[np.ndarray, float], np.ndarray]] = {
    function.__name__: function
    for function in (noise, salt_and_pepper, blur, occlusion, shift, rotation, contrast)
}


def planted(training: np.ndarray, unseen: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """Names and makes the sets of images in the first table, all in 0..1."""
    rng = np.random.default_rng(2)
    yield "real digits, unseen: a perfect generator", unseen
    yield "slightly blurred", blur(unseen, 0.2)
    yield "noise of 0.2 on every pixel", noise(unseen, 0.2)
    yield "one pixel in ten black or white", salt_and_pepper(unseen, 0.1)
    yield "shifted by three pixels", shift(unseen, 0.3)
    yield "contrast reduced by a third", contrast(unseen, 1 / 3)
    order = unseen.mean(axis=(1, 2)).argsort()
    yield "the boldest tenth only", unseen[order[-len(unseen) // 10 :]].repeat(10, axis=0)
    yield "one digit, a thousand times", unseen[:1].repeat(len(unseen), axis=0)
    copies = training[rng.permutation(len(training))[: len(unseen)]]
    yield "copies of training digits", copies
    yield "such copies, slightly blurred and noisy", noise(blur(copies, 0.1), 0.05)
    yield "half of them copies, half unseen", np.concatenate([copies[::2], unseen[1::2]])
    yield "grey noise", rng.uniform(size=unseen.shape)


def table_of_faults(training: np.ndarray, unseen: np.ndarray) -> str:
    """Measures every planted fault."""
    from gan_helpers import quality

    reference = quality.reference(training, unseen, value_range=(0, 1))
    lines = [
        "| images | Fréchet | kernel | density | coverage | classes | entropy |"
        " distance to training | suspiciously near |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, images in planted(training, unseen):
        found = quality.evaluate(images, reference, value_range=(0, 1)).to_dict()
        lines.append(
            f"| {name} | {found['frechet']:.1f} | {found['kernel']:.3f} | {found['density']:.2f}"
            f" | {found['coverage']:.2f} | {found['classes_covered']:.0f}"
            f" | {found['class_entropy']:.2f} | {found['memorisation_ratio']:.2f}"
            f" | {found['memorisation_suspicious']:.1%} |"
        )
    return "\n".join(lines)


def table_of_sizes(training: np.ndarray, unseen: np.ndarray) -> str:
    """Measures real digits against real digits, in sets of different sizes."""
    from gan_helpers import metrics
    from gan_helpers.quality import mnist_scorer

    scorer, rng = mnist_scorer(), np.random.default_rng(0)
    ours = scorer.features(training, value_range=(0, 1))
    theirs = scorer.features(unseen, value_range=(0, 1))
    lines = [
        "| images on each side | Fréchet | kernel | density | coverage |",
        "| --- | --- | --- | --- | --- |",
    ]
    for size in (100, 250, 500, 1000):
        found = []
        for _ in range(10):
            first = ours[rng.permutation(len(ours))[:size]]
            second = theirs[rng.permutation(len(theirs))[:size]]
            found.append(
                (
                    metrics.frechet_distance(first, second),
                    metrics.kernel_distance(first, second),
                    *metrics.density_and_coverage(first, second),
                )
            )
        cells = [
            f"{np.mean(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"
            for values, digits in zip(zip(*found, strict=True), (2, 3, 2, 2), strict=True)
        ]
        lines.append(f"| {size:,} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    """Print the tables and, if told to, put them into the page."""
    from gan_helpers import data

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="put the tables into docs/quality.md")
    options = parser.parse_args()
    (training, _), (unseen, _) = data.load_mnist()
    training, unseen = training / 255, unseen[:SAMPLES] / 255
    page = PAGE.read_text(encoding="utf-8")
    for name, make in (("faults", table_of_faults), ("sizes", table_of_sizes)):
        table = make(training, unseen)
        print(f"\n{table}")
        begin, end = f"<!-- table of {name} -->\n", f"<!-- end of table of {name} -->"
        page, count = re.subn(f"{begin}.*?{end}", f"{begin}{table}\n{end}", page, flags=re.S)
        if count != 1:
            raise SystemExit(f"{PAGE} has no place for the table of {name}.")
    if options.write:
        PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
