"""Sentinel pictures are found again, in order, however they are shown, and nothing else is."""

from __future__ import annotations

import base64
import io

import matplotlib
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

from autograder.challenges.markers import CELLS, SentinelSet
from autograder.evidence.images import embedded_pictures, load_picture

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # after the choice of the backend

KEY = (10, 20, 30, 40, 50)


@pytest.fixture(scope="module")
def sentinels() -> SentinelSet:
    return SentinelSet.draw(epochs=range(1, 51), seed=7)


def picture(sentinels: SentinelSet, epoch: int) -> Image.Image:
    return load_picture(sentinels.png(epoch))


def shown(figure: plt.Figure, **options) -> Image.Image:
    """Return a figure as a notebook shows it."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format=options.pop("format", "png"), bbox_inches="tight", **options)
    plt.close(figure)
    return load_picture(buffer.getvalue())


def test_same_seed_same_set_and_another_seed_another() -> None:
    one, same, other = (SentinelSet.draw(epochs=KEY, seed=seed) for seed in (1, 1, 2))
    assert all(np.array_equal(one.patterns[epoch], same.patterns[epoch]) for epoch in KEY)
    assert not any(np.array_equal(one.patterns[epoch], other.patterns[epoch]) for epoch in KEY)


def test_patterns_differ_in_many_blocks_also_when_inverted(sentinels: SentinelSet) -> None:
    patterns = list(sentinels.patterns.values())
    assert patterns[0].shape == (CELLS, CELLS)
    for number, pattern in enumerate(patterns):
        for other in patterns[:number]:
            assert min(np.sum(pattern != other), np.sum(pattern == other)) >= 9


def test_every_epoch_is_found(sentinels: SentinelSet) -> None:
    pictures = [picture(sentinels, epoch) for epoch in range(1, 51)]
    assert sentinels.find(pictures) == list(range(1, 51))


def test_order_of_the_pictures_is_kept(sentinels: SentinelSet) -> None:
    assert sentinels.find(picture(sentinels, epoch) for epoch in (30, 10, 10, 50)) == [
        30,
        10,
        10,
        50,
    ]


@pytest.mark.slow
@pytest.mark.parametrize("side", [48, 112, 720])
@pytest.mark.parametrize(
    "method", [Image.Resampling.NEAREST, Image.Resampling.BILINEAR, Image.Resampling.LANCZOS]
)
def test_other_sizes(sentinels: SentinelSet, side: int, method: Image.Resampling) -> None:
    pictures = [picture(sentinels, epoch).resize((side, side), method) for epoch in KEY]
    assert sentinels.find(pictures) == list(KEY)


def test_stretched(sentinels: SentinelSet) -> None:
    pictures = [picture(sentinels, epoch).resize((300, 140)) for epoch in KEY]
    assert sentinels.find(pictures) == list(KEY)


def test_inverted_and_on_grey(sentinels: SentinelSet) -> None:
    inverted = [ImageOps.invert(picture(sentinels, epoch)) for epoch in KEY]
    assert sentinels.find(inverted) == list(KEY)
    grey = [picture(sentinels, epoch).point(lambda value: 60 + value // 2) for epoch in KEY]
    assert sentinels.find(grey) == list(KEY)


def test_jpeg(sentinels: SentinelSet) -> None:
    pictures = []
    for epoch in KEY:
        buffer = io.BytesIO()
        picture(sentinels, epoch).resize((128, 128)).save(buffer, "JPEG", quality=60)
        pictures.append(load_picture(buffer.getvalue()))
    assert sentinels.find(pictures) == list(KEY)


def test_transparent(sentinels: SentinelSet) -> None:
    pictures = []
    for epoch in KEY:
        part = picture(sentinels, epoch).convert("RGBA")
        page = Image.new("RGBA", (300, 300), (0, 0, 0, 0))
        page.paste(part, (20, 40))
        pictures.append(page)
    assert sentinels.find(pictures) == list(KEY)


def test_text_drawn_onto_it(sentinels: SentinelSet) -> None:
    pictures = []
    for epoch in KEY:
        part = picture(sentinels, epoch).convert("RGB")
        ImageDraw.Draw(part).text((5, 5), f"Epoch {epoch}", fill="red", font_size=20)
        pictures.append(part)
    assert sentinels.find(pictures) == list(KEY)


@pytest.mark.parametrize("gap", [0, 1, 10])
@pytest.mark.parametrize("background", ["black", "white", "steelblue"])
def test_pasted_side_by_side(sentinels: SentinelSet, gap: int, background: str) -> None:
    strip = Image.new("RGB", (5 * (240 + gap) + gap, 240 + 2 * gap), background)
    for place, epoch in enumerate(KEY):
        strip.paste(picture(sentinels, epoch), (gap + place * (240 + gap), gap))
    assert sentinels.find([strip]) == list(KEY)


@pytest.mark.slow
@pytest.mark.parametrize(
    "colours", ["gray", "gray_r", "viridis", "magma", "jet", "coolwarm", "hot"]
)
def test_colour_maps(sentinels: SentinelSet, colours: str) -> None:
    figure, axes = plt.subplots(1, 5, figsize=(15, 3))
    for axis, epoch in zip(axes, KEY, strict=True):
        axis.imshow(picture(sentinels, epoch), cmap=colours)
        axis.set_title(f"Epoch {epoch}")
    assert sentinels.find([shown(figure)]) == list(KEY)


@pytest.mark.slow
@pytest.mark.parametrize(("rows", "columns"), [(1, 5), (5, 1), (2, 3), (3, 2)])
def test_subplots_are_read_line_by_line(sentinels: SentinelSet, rows: int, columns: int) -> None:
    figure, axes = plt.subplots(rows, columns, figsize=(3 * columns, 3 * rows), squeeze=False)
    for axis, epoch in zip(axes.flat, KEY, strict=False):
        axis.imshow(picture(sentinels, epoch))
        axis.set_xlabel(f"epoch {epoch}")
    assert sentinels.find([shown(figure, dpi=72)]) == list(KEY)


def test_dark_figure_and_colour_bar(sentinels: SentinelSet) -> None:
    with plt.style.context("dark_background"):
        figure, axis = plt.subplots(figsize=(4, 3))
        drawn = axis.imshow(picture(sentinels, 20), cmap="plasma")
        figure.colorbar(drawn)
        assert sentinels.find([shown(figure)]) == [20]


def test_wrong_order_in_one_figure_is_seen(sentinels: SentinelSet) -> None:
    figure, axes = plt.subplots(1, 3, figsize=(9, 3))
    for axis, epoch in zip(axes, (10, 30, 20), strict=True):
        axis.imshow(picture(sentinels, epoch), cmap="gray")
    assert sentinels.find([shown(figure)]) == [10, 30, 20]


@pytest.mark.slow
def test_nothing_is_found_in_other_pictures(sentinels: SentinelSet) -> None:
    rng = np.random.default_rng(0)
    others = [Image.new("L", (240, 240), shade) for shade in (0, 128, 255)]
    others += [Image.fromarray(rng.integers(0, 256, (240, 240), dtype=np.uint8)) for _ in range(5)]
    checkers = np.kron(np.indices((CELLS + 4, CELLS + 4)).sum(0) % 2, np.ones((24, 24)))
    others.append(Image.fromarray((255 * checkers).astype(np.uint8)))
    figure, axis = plt.subplots()
    axis.plot(rng.normal(size=50))
    others.append(shown(figure))
    assert sentinels.find(others) == []


def test_sentinels_of_another_run_are_not_taken_for_ours(sentinels: SentinelSet) -> None:
    other = SentinelSet.draw(epochs=range(1, 51), seed=8)
    assert sentinels.find(picture(other, epoch) for epoch in KEY) == []


def test_ring_alone_is_not_enough(sentinels: SentinelSet) -> None:
    empty = SentinelSet({1: np.zeros((CELLS, CELLS), bool)})
    assert sentinels.find([load_picture(empty.png(1))]) == []


def test_embedded_in_html_and_markdown(sentinels: SentinelSet) -> None:
    uris = [
        f"data:image/png;base64,{base64.b64encode(sentinels.png(epoch)).decode()}" for epoch in KEY
    ]
    html = "".join(f'<td>Epoch<br><img alt="scale(1 -1)" src="{uri}"></td>' for uri in uris)
    markdown = "\n".join(f"![samples]({uri})" for uri in uris)
    for text in (html, markdown):
        found = embedded_pictures(text)
        assert sentinels.find(load_picture(content) for content in found) == list(KEY)
    assert embedded_pictures("<p>data:image/gif;base64,R0lGODlh</p>") == []


def test_embedded_in_svg(sentinels: SentinelSet) -> None:
    figure, axes = plt.subplots(1, 5, figsize=(12, 3))
    for axis, epoch in zip(axes, KEY, strict=True):
        axis.imshow(picture(sentinels, epoch), cmap="magma")
    text = io.StringIO()
    figure.savefig(text, format="svg")
    plt.close(figure)
    found = embedded_pictures(text.getvalue())
    assert sentinels.find(load_picture(content) for content in found) == list(KEY)


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\nrest", b"<svg/>"])
def test_load_picture_refuses_what_is_no_picture(data: bytes) -> None:
    with pytest.raises(ValueError):
        load_picture(data)


def test_load_picture_refuses_other_formats_and_huge_ones() -> None:
    gif, huge = io.BytesIO(), io.BytesIO()
    Image.new("L", (10, 10)).save(gif, "GIF")
    with pytest.raises(ValueError):
        load_picture(gif.getvalue())
    Image.new("1", (5000, 5000)).save(huge, "PNG")
    with pytest.raises(ValueError, match="too large"):
        load_picture(huge.getvalue())


def test_load_picture_reads_long_pictures_at_reduced_size() -> None:
    buffer = io.BytesIO()
    Image.new("L", (8000, 100)).save(buffer, "PNG")
    assert max(load_picture(buffer.getvalue()).size) == 4000


@pytest.mark.parametrize("how", ["stacked", "subplots"])
def test_rows_of_generated_images_are_seen(how: str) -> None:
    sentinels = SentinelSet.draw(epochs=range(16), seed=3)
    images = [sentinels.image(number)[..., 0] for number in range(16)]
    assert images[0].shape == (28, 28) and set(np.unique(images[0])) == {-1.0, 1.0}
    if how == "stacked":
        grid = np.vstack([np.hstack(images[start : start + 4]) for start in range(0, 16, 4)])
        seen = Image.fromarray(np.uint8(127.5 * (grid + 1)))
    else:
        figure = plt.figure(figsize=(4, 4))
        for number, image in enumerate(images):
            figure.add_subplot(4, 4, number + 1).imshow(image, cmap="viridis")
            figure.axes[-1].axis("off")
        seen = shown(figure)
    assert sentinels.rows(seen) == np.arange(16).reshape(4, 4).tolist()
    assert sentinels.find([seen]) == list(range(16))
