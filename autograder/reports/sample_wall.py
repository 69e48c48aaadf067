"""Draws a student's newest generated pictures afresh, small, for the class report."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from autograder.evidence.images import load_picture
from autograder.grading.graded_notebook import Graded
from autograder.reports.pictures import Picture, data_uri, pictures_of
from autograder.reports.reported_training import ReportedTraining
from gan_helpers.sampling import image_grid

_SIDE = 128  # pixels of a picture
_PICTURES = 3  # of each student
_SAMPLES = 16  # in one picture
_LIT = 230  # brightness from which a pixel is paper
_PAPER = 0.6  # share of paper from which a picture is a plot


@dataclass(frozen=True)
class Tile:
    """A picture on the wall.

    Attributes:
        source: Address that holds the picture itself.
        title: The question or run that it belongs to.
        description: What it shows, in the student's words if there are any.
    """

    source: str
    title: str
    description: str


def tiles_of(graded: Graded, reported: ReportedTraining) -> tuple[Tile, ...]:
    """Return a student's newest pictures: packed samples if there are any, else shown pictures.

    Args:
        graded: The graded notebook.
        reported: What was handed in beside it.
    """
    if not reported.samples:
        return tuple(_shown_pictures(graded))[-_PICTURES:]
    tiles = []
    for name, images in list(reported.samples.items())[-_PICTURES:]:
        grid = image_grid(images[:_SAMPLES], pad=1, scale=1, value_range=(0.0, 1.0))
        tiles.append(Tile(_as_jpeg(_small(Image.fromarray(grid))), name, "Sixteen samples"))
    return tuple(tiles)


def _shown_pictures(graded: Graded) -> Iterator[Tile]:
    """Return the last picture of each question that shows any, without plots."""
    for place, answer in enumerate(graded.answers):
        # Before the first answer the course's own cells show the data; later, what was trained.
        cells = (*answer.provided_cells, *answer.cells) if place else answer.cells
        pictures = [picture for cell in cells for picture in pictures_of(cell)]
        for picture in reversed(pictures):
            small = _drawn(picture)
            if small is not None and not _is_plot(small):
                yield Tile(_as_jpeg(small), answer.question.name, picture.alt or "Picture")
                break


def _drawn(picture: Picture) -> Image.Image | None:
    """Return a picture drawn afresh; None for animations and what is damaged."""
    try:
        return _small(_last_epoch(load_picture(picture.content)))
    except ValueError:
        return None


def _last_epoch(picture: Image.Image) -> Image.Image:
    """Return the right end of a strip of samples, which is its last epoch; else the picture."""
    width, height = picture.size
    return picture.crop((width - height, 0, width, height)) if width > 4 * height else picture


def _small(picture: Image.Image) -> Image.Image:
    if "A" in picture.getbands() or picture.mode == "P":
        colours = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", colours.size, "white"), colours)
    picture = picture.convert("RGB")
    picture.thumbnail((_SIDE, _SIDE))
    return picture


def _is_plot(picture: Image.Image) -> bool:
    """Return whether a picture is mostly paper, as curves and tables are."""
    return float((np.asarray(picture.convert("L")) >= _LIT).mean()) > _PAPER


def _as_jpeg(picture: Image.Image) -> str:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=70)
    return data_uri("image/jpeg", buffer.getvalue())
