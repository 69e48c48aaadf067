"""Sentinel pictures: recognisable stand-ins for sample images, found again in any output.

A question such as "show the samples of epochs 10, 20, ..." can be answered with one figure, five
figures, subplots, ``display`` and more. Instead of reading the code, the grading machine replaces
the sample pictures by sentinels, a different one per epoch and per run, and looks for them in what
the cell displayed. A sentinel is a ring around a 6 x 6 pattern of blocks; ring and pattern survive
rescaling, colour maps and inversion.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage

CELLS = 6
"""Blocks per side of the pattern."""

_UNITS = CELLS + 4  # outer margin and ring, on both sides
_MIN_DISTANCE = 9  # blocks by which any two patterns of a set differ
_TOLERANCE = 3  # blocks that may be misread; less than half the distance, so never ambiguous
_MIN_SIDE = 20  # pixels; below this the blocks cannot be told apart


@dataclass(frozen=True)
class SentinelSet:
    """One pattern per epoch, drawn from a seed.

    Attributes:
        patterns: Maps the epoch to a boolean array of shape ``(6, 6)``, True where bright.
    """

    patterns: dict[int, np.ndarray]

    @classmethod
    def draw(cls, *, epochs: Iterable[int], seed: int) -> SentinelSet:
        """Draw patterns that differ from each other in many blocks.

        Args:
            epochs: The epochs to make a pattern for.
            seed: Non-negative seed; the same seed gives the same set.
        """
        rng = np.random.default_rng(seed)
        patterns: dict[int, np.ndarray] = {}
        taken = np.empty((0, CELLS, CELLS), bool)
        for epoch in epochs:
            while True:
                pattern = rng.random((CELLS, CELLS)) < 0.5
                apart = np.count_nonzero(taken != pattern, axis=(1, 2))
                # The inverse must be far away too: a colour map may swap bright and dark.
                if np.minimum(apart, CELLS**2 - apart).min(initial=CELLS**2) >= _MIN_DISTANCE:
                    patterns[epoch] = pattern
                    taken = np.concatenate([taken, pattern[np.newaxis]])
                    break
        return cls(patterns)

    def png(self, epoch: int, *, side: int = 240) -> bytes:
        """Return the sentinel of one epoch as a grey PNG of ``side`` x ``side`` pixels."""
        blocks = np.zeros((_UNITS, _UNITS), np.uint8)
        blocks[1:-1, 1:-1] = 255
        blocks[2:-2, 2:-2] = np.where(self.patterns[epoch], 255, 0)
        picture = Image.fromarray(blocks).resize((side, side), Image.Resampling.NEAREST)
        buffer = io.BytesIO()
        # Rows of equal pixels: run lengths pack them as well as anything, in a third of the time.
        picture.save(buffer, "PNG", compress_level=1, compress_type=zlib.Z_RLE)
        return buffer.getvalue()

    def image(self, epoch: int) -> np.ndarray:
        """Return the sentinel as a generated image: float32 ``(28, 28, 1)``, -1 or 1."""
        blocks = np.kron(self.patterns[epoch], np.ones((3, 3), bool))
        ringed = np.pad(blocks, 3, constant_values=True)
        return np.where(np.pad(ringed, 2), 1, -1).astype(np.float32)[..., np.newaxis]

    def rows(self, picture: Image.Image) -> list[list[int]]:
        """Return the epochs whose sentinels are seen in one picture, row by row from the top."""
        return [[epoch for *_, epoch in row] for row in self._locate(picture)]

    def find(self, pictures: Iterable[Image.Image]) -> list[int]:
        """Return the epochs whose sentinels are seen, in reading order.

        Args:
            pictures: What was displayed, in order; each may hold none, one or many sentinels.
        """
        return [epoch for picture in pictures for row in self.rows(picture) for epoch in row]

    def _locate(self, picture: Image.Image) -> list[list[tuple[float, float, float, int]]]:
        pixels = _as_rgb(picture)
        found: list[tuple[float, float, float, int]] = []  # (y, x, height, epoch)
        for mask in _colour_masks(pixels):
            labels, _ = ndimage.label(mask)
            for number, box in enumerate(ndimage.find_objects(labels), start=1):
                pattern = _read_pattern(labels[box] == number, mask[box])
                if pattern is None:
                    continue
                epoch = self._identify(pattern)
                if epoch is not None:
                    rows, columns = box
                    centre = ((rows.start + rows.stop) / 2, (columns.start + columns.stop) / 2)
                    found.append((*centre, rows.stop - rows.start, epoch))
        return _reading_order(_without_repeats(found))

    def _identify(self, pattern: np.ndarray) -> int | None:
        for epoch, own in self.patterns.items():
            if np.count_nonzero(own != pattern) <= _TOLERANCE:
                return epoch
        return None


def _as_rgb(picture: Image.Image) -> np.ndarray:
    if picture.mode in ("RGBA", "LA", "P", "PA"):
        # Transparent figures are seen on the notebook's white page.
        rgba = picture.convert("RGBA")
        page = Image.new("RGBA", rgba.size, "white")
        picture = Image.alpha_composite(page, rgba)
    return np.asarray(picture.convert("RGB"), dtype=np.int16)


def _colour_masks(pixels: np.ndarray, *, most: int = 12, tolerance: int = 48) -> list[np.ndarray]:
    """Return a mask per frequent colour; the ring is one of them, whatever the colour map."""
    coarse = (pixels // 16).astype(np.int32)
    codes = (coarse[..., 0] * 16 + coarse[..., 1]) * 16 + coarse[..., 2]
    counts = np.bincount(codes.ravel(), minlength=4096)
    masks: list[np.ndarray] = []
    taken: list[np.ndarray] = []
    for code in np.argsort(counts)[::-1]:
        if counts[code] < _MIN_SIDE * _MIN_SIDE // 8 or len(masks) == most:
            break
        colour = np.median(pixels[codes == code], axis=0)
        if any(np.abs(colour - other).max() < tolerance // 2 for other in taken):
            continue
        taken.append(colour)
        masks.append(np.abs(pixels - colour).max(axis=-1) < tolerance)
    return masks


def _read_pattern(component: np.ndarray, mask: np.ndarray) -> np.ndarray | None:
    """Read the blocks inside a candidate ring, or None if it is no ring.

    Args:
        component: Boolean array, True where the component is, cut to its bounding box.
        mask: The same part of the whole mask: blocks need not be connected to the ring.
    """
    height, width = component.shape
    if min(height, width) < _MIN_SIDE or max(height, width) > 3 * min(height, width):
        return None
    units = CELLS + 2  # the box ends with the ring
    top, left = max(1, height // (2 * units)), max(1, width // (2 * units))
    ring = (component[top], component[-1 - top], component[:, left], component[:, -1 - left])
    # Tick labels of a neighbour may cover part of an edge; a chance match of the pattern is
    # improbable enough (about 1 in 200,000) that the ring need not be perfect.
    if min(edge.mean() for edge in ring) < 0.5:
        return None
    pattern = np.empty((CELLS, CELLS), bool)
    for row in range(CELLS):
        for column in range(CELLS):
            # The middle of the block: its edges are blurred by rescaling.
            y0, y1 = ((row + 1 + part) * height / units for part in (0.3, 0.7))
            x0, x1 = ((column + 1 + part) * width / units for part in (0.3, 0.7))
            block = mask[int(y0) : max(int(y1), int(y0) + 1), int(x0) : max(int(x1), int(x0) + 1)]
            pattern[row, column] = block.mean() > 0.5
    return pattern


def _without_repeats(
    found: Sequence[tuple[float, float, float, int]],
) -> list[tuple[float, float, float, int]]:
    """Drop a sentinel seen twice at one place, once per colour mask."""
    unique: list[tuple[float, float, float, int]] = []
    for y, x, height, epoch in found:
        if not any(
            epoch == other and abs(y - v) < height / 2 and abs(x - u) < height / 2
            for v, u, _, other in unique
        ):
            unique.append((y, x, height, epoch))
    return unique


def _reading_order(
    found: Sequence[tuple[float, float, float, int]],
) -> list[list[tuple[float, float, float, int]]]:
    """Return the rows from the top, each sorted from left to right."""
    rows: list[list[tuple[float, float, float, int]]] = []
    for item in sorted(found):
        if rows and item[0] - rows[-1][0][0] < item[2] / 2:
            rows[-1].append(item)
        else:
            rows.append([item])
    return [sorted(row, key=lambda entry: entry[1]) for row in rows]
