"""Recognisable loss curves: drawn square waves, found again in whatever figure shows them.

A question such as "draw both losses over the epochs" can be answered with any kind of figure. So
the grading machine puts other losses in place of the real ones: each is high in some tenths of the
epochs and low in the others, as drawn for the run. Where a figure shows a line that goes up and
down in just these places, it shows that loss, whatever its colour, its scale and its axes. In the
first epoch a loss is much higher still, as losses are; so legends find a free place above.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage

_BLOCKS = 10  # each a tenth of the epochs
_GAP = 9  # pixels; dashes and markers that are nearer than this belong to one line
_MAX_SIDE = 1600


@dataclass(frozen=True)
class SquareWaves:
    """Two losses that can be told apart.

    Attributes:
        highs: By the name of the loss, a boolean for each tenth of the epochs: is it high there?
    """

    highs: dict[str, tuple[bool, ...]]

    @classmethod
    def draw(cls, seed: int, names: tuple[str, str]) -> SquareWaves:
        """Draw waves; the same seed gives the same ones.

        Args:
            seed: Non-negative.
            names: Of the two losses. The first will lie below the second.
        """
        rng = np.random.default_rng(seed)
        while True:
            waves = rng.random((2, _BLOCKS)) < 0.5
            balanced = all(3 <= wave.sum() <= _BLOCKS - 3 for wave in waves)
            if balanced and 3 <= (waves[0] != waves[1]).sum() <= _BLOCKS - 3:
                first, second = (tuple(bool(high) for high in wave) for wave in waves)
                return cls({names[0]: first, names[1]: second})

    def losses(self, epochs: int) -> dict[str, list[float]]:
        """Return the values of each loss in every epoch.

        Args:
            epochs: How many; a multiple of ten.
        """
        values = {}
        for number, (name, highs) in enumerate(self.highs.items()):
            first, low, high = ((1.2, 0.3, 0.8), (5.0, 1.6, 2.4))[number]
            wave = [high if highs[epoch * _BLOCKS // epochs] else low for epoch in range(epochs)]
            values[name] = [first, *wave[1:]]
        return values

    def names_in(self, pictures: Iterable[Image.Image]) -> set[str]:
        """Return the names of the losses whose curves are shown in any of the pictures."""
        waves = {wave for picture in pictures for wave in _waves_in(picture)}
        return {name for name, highs in self.highs.items() if highs in waves}


def _waves_in(picture: Image.Image) -> Iterator[tuple[bool, ...]]:
    picture = picture.convert("RGBA")
    picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    picture.thumbnail((_MAX_SIDE, _MAX_SIDE))
    pixels = np.asarray(picture.convert("RGB"), np.int16)
    for mask in _masks(pixels):
        parts, _ = ndimage.label(ndimage.binary_dilation(mask, np.ones((_GAP, _GAP))))
        for number, box in enumerate(ndimage.find_objects(parts), start=1):
            if box[1].stop - box[1].start >= 0.2 * picture.width:
                wave = _read(mask[box] & (parts[box] == number))
                if wave is not None:
                    yield wave
        # Markers without a line between them fall apart, but have a colour of their own.
        wave = _read(mask)
        if wave is not None:
            yield wave


def _masks(pixels: np.ndarray, *, most: int = 12, tolerance: int = 40) -> Iterator[np.ndarray]:
    """Yield a mask for each frequent colour except the page's."""
    coarse = (pixels // 32).astype(np.int32)
    codes = (coarse[..., 0] * 8 + coarse[..., 1]) * 8 + coarse[..., 2]
    counts = np.bincount(codes.ravel(), minlength=512)
    for code in np.argsort(counts)[::-1][1 : most + 1]:
        if counts[code] < 60:
            return
        colour = np.median(pixels[codes == code], axis=0)
        yield np.abs(pixels - colour).max(axis=-1) < tolerance


def _read(line: np.ndarray) -> tuple[bool, ...] | None:
    """Read where a line is high; None if it does not stay at two heights.

    Args:
        line: Boolean array, True where the line is.
    """
    rows, columns = np.nonzero(line)
    left, right = columns.min(), columns.max()
    heights = []
    for block in range(_BLOCKS):
        # The middle of the block: its ends are where the line goes up or down.
        first, last = (
            left + (right - left) * (block * 10 + part) / (_BLOCKS * 10 - 1) for part in (2.5, 6.5)
        )
        inside = rows[(columns >= first) & (columns <= last)]
        if not inside.size:
            return None
        heights.append(-float(np.median(inside)))
    low, high = min(heights), max(heights)
    if high - low < 6:
        return None
    places = [(height - low) / (high - low) for height in heights]
    if any(0.25 < place < 0.75 for place in places):
        return None
    return tuple(place > 0.5 for place in places)
