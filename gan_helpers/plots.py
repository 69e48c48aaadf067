"""Pictures of a training: grids, loss curves, animations and strips of key epochs.

Every picture can be read by a screen reader (alternative text), in grey print (line styles differ,
not only colours) and by the colour-blind (the palette of M. Okabe and K. Ito, 2008).
"""

from __future__ import annotations

import base64
import html
import io
import re
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from PIL import Image, ImageDraw, ImageFont

from gan_helpers import sampling

if TYPE_CHECKING:
    from gan_helpers.quality import QualityLog
    from gan_helpers.training import History

# Okabe-Ito without its yellow, which is too pale on white paper.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
LINES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
_QUALITY = {
    "frechet": "Fréchet distance (lower is better)",
    "kernel": "kernel distance (lower is better)",
    "classes_covered": "classes covered",
    "density": "density (1 is like real)",
    "coverage": "coverage (higher is better)",
    "memorisation_ratio": "distance to training (near 0: copies)",
}
_EPOCH_FILE = re.compile(r"image_at_epoch_(\d+)\.png")


class AltFigure(Figure):
    """A Matplotlib figure that a notebook shows together with a text for screen readers.

    Attributes:
        alt_text: Says in words what the figure shows.
    """

    alt_text = ""

    def _repr_html_(self) -> str:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=110, bbox_inches="tight")
        return _html(buffer.getvalue(), "png", self.alt_text)


def show(picture: Image.Image | Figure | str | PathLike[str], alt: str | None = None) -> None:
    """Shows a picture below the cell, with a text for screen readers.

    Args:
        picture: A PIL image, a figure, or the path of a PNG or GIF file.
        alt: Says in words what there is to see. What is made by this module brings its own, except
            files.

    Raises:
        ValueError: There is no text.
        OSError: The file cannot be read.
    """
    from IPython.display import HTML, display

    alt = alt or getattr(picture, "alt_text", "")
    if not alt:
        raise ValueError("show() needs alt='...': one sentence for those who cannot see this.")
    if isinstance(picture, Image.Image | Figure):
        buffer, kind = io.BytesIO(), "png"
        if isinstance(picture, Image.Image):
            picture.save(buffer, format="png")
        else:
            picture.savefig(buffer, format="png", dpi=110, bbox_inches="tight")
        content = buffer.getvalue()
    else:
        path = Path(picture)
        content, kind = path.read_bytes(), path.suffix.lstrip(".").lower()
    display(HTML(_html(content, kind, alt)))


def _html(content: bytes, kind: str, alt: str) -> str:
    data = base64.b64encode(content).decode("ascii")
    return (
        f'<img src="data:image/{kind};base64,{data}" alt="{html.escape(alt, quote=True)}"'
        ' style="max-width: 100%">'
    )


def show_grid(
    images: Any,
    *,
    alt: str = "",
    columns: int = 4,
    scale: int = 2,
    value_range: tuple[float, float] = (-1.0, 1.0),
) -> None:
    """Shows images in a grid below the cell.

    Args:
        images: ``(N, height, width, 1)`` or ``(N, height, width)``.
        alt: Text for screen readers; a plain one is made if there is none.
        columns: See :func:`gan_helpers.sampling.image_grid`.
        scale: See :func:`gan_helpers.sampling.image_grid`.
        value_range: See :func:`gan_helpers.sampling.image_grid`.

    Raises:
        ValueError: See :func:`gan_helpers.sampling.image_grid`.
    """
    grid = sampling.image_grid(images, columns=columns, scale=scale, value_range=value_range)
    show(Image.fromarray(grid), alt or f"A grid of {len(images)} images.")


def loss_curves(
    history: History | Mapping[str, History], *, title: str = "Losses over the epochs"
) -> AltFigure:
    """Draws the losses of one run, or of several in one figure.

    Args:
        history: A history, or several by the name of the run.
        title: Title of the figure.

    Returns:
        A figure with ``alt_text``. As the last line of a cell it shows itself.

    Raises:
        ValueError: There are no losses to draw.
    """
    runs = _named_runs(history)
    figure = AltFigure(figsize=(7, 4), layout="constrained")
    axes = figure.add_subplot()
    said = []
    for run, one in runs.items():
        for name, values in one.losses.items():
            label = " ".join(filter(None, [run, name.replace("_", " ")]))
            index = len(axes.lines)
            axes.plot(
                one.epochs,
                values,
                label=label,
                color=COLOURS[index % len(COLOURS)],
                linestyle=LINES[index % len(LINES)],
                # A run of one epoch would otherwise be an invisible line.
                marker="o" if len(values) == 1 else None,
            )
            said.append(
                f"{label}: {values[0]:.2f} in epoch {one.epochs[0]}, {values[-1]:.2f} in epoch"
                f" {one.epochs[-1]}, between {min(values):.2f} and {max(values):.2f}"
            )
    if not said:
        raise ValueError(
            "This history has no losses: let train_step return them, for example as"
            " {'generator_loss': gen_loss, 'discriminator_loss': disc_loss}."
        )
    axes.set(xlabel="epoch", ylabel="loss", title=title)
    axes.grid(alpha=0.3)
    axes.legend()
    figure.alt_text = f"{title}. Line chart. " + "; ".join(said) + "."
    return figure


def quality_curves(
    log: QualityLog | Mapping[str, QualityLog], *, title: str = "Quality over the epochs"
) -> AltFigure:
    """Draws what was recorded of the quality of one run, or of several, beside real images.

    Args:
        log: From :class:`gan_helpers.callbacks.QualityCallback`, or read again from its file
            with :class:`gan_helpers.quality.QualityLog`; several by the name of the run.
        title: Title of the figure.

    Returns:
        A figure with ``alt_text``. As the last line of a cell it shows itself.

    Raises:
        ValueError: Nothing was recorded.
    """
    runs = {name: one for name, one in _named_runs(log).items() if one.epochs}
    if not runs:
        raise ValueError("No quality was recorded yet: train with a QualityCallback first.")
    figure = AltFigure(figsize=(10, 5.6), layout="constrained")
    figure.suptitle(title)
    said = []
    for axes, (name, words) in zip(figure.subplots(2, 3).flat, _QUALITY.items(), strict=True):
        for index, (run, one) in enumerate(runs.items()):
            values = one.values(name)
            axes.plot(
                one.epochs,
                values,
                label=run or "generated",
                color=COLOURS[index % len(COLOURS)],
                linestyle=LINES[index % len(LINES)],
                marker=MARKERS[index % len(MARKERS)],
            )
            said.append(
                f"{run} {words}: {values[0]:.2f} in epoch {one.epochs[0]}, {values[-1]:.2f} in"
                f" epoch {one.epochs[-1]}".strip()
            )
        floors = [one.values(f"{name}_floor") for one in runs.values()]
        known = [value for floor in floors for value in floor if np.isfinite(value)]
        if known:
            axes.axhline(np.mean(known), color="black", linewidth=1, label="real images")
            said.append(f"real images {words}: {np.mean(known):.2f}")
        if name == "frechet":
            axes.set_yscale("log")  # From hundreds at first to a few at the end.
        axes.set_title(words, fontsize="medium")
        axes.set_xlabel("epoch")
        axes.grid(alpha=0.3)
    figure.axes[0].legend()
    figure.alt_text = f"{title}. Six line charts. " + "; ".join(said) + "."
    return figure


def _named_runs(runs: Any) -> Mapping[str, Any]:
    return runs if isinstance(runs, Mapping) else {"": runs}


def epoch_images(image_dir: str | PathLike[str]) -> dict[int, Path]:
    """Finds the sample pictures of a run.

    Args:
        image_dir: Folder with files named ``image_at_epoch_0001.png`` and so on.

    Returns:
        The path for each epoch, in the order of the epochs (as numbers, not as text).

    Raises:
        FileNotFoundError: There is none.
    """
    found = {}
    for path in Path(image_dir).glob("image_at_epoch_*.png"):
        if match := _EPOCH_FILE.fullmatch(path.name):
            found[int(match[1])] = path
    if not found:
        raise FileNotFoundError(
            f"There are no files image_at_epoch_*.png in {image_dir}: train first, or check the"
            " folder."
        )
    return dict(sorted(found.items()))


def make_gif(
    image_dir: str | PathLike[str],
    path: str | PathLike[str],
    *,
    seconds_per_image: float = 0.2,
    seconds_at_end: float = 2.0,
) -> Path:
    """Makes an animation of the sample pictures, in the order of the epochs, each with its number.

    Args:
        image_dir: See :func:`epoch_images`.
        path: The GIF file to write.
        seconds_per_image: How long each picture is shown.
        seconds_at_end: How long the last one is shown before it starts again.

    Returns:
        ``path``.

    Raises:
        FileNotFoundError: There are no pictures.
    """
    pictures = []
    for epoch, file in epoch_images(image_dir).items():
        with Image.open(file) as picture:
            pictures.append(_stack({f"epoch {epoch}": picture.convert("L")}, 4, across=True))
    times = [round(1000 * seconds_per_image)] * len(pictures)
    times[-1] = round(1000 * seconds_at_end)
    # Equal pictures would be merged into one frame: nothing moved, so nothing is lost.
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=times, loop=0)
    return Path(path)


def film_strip(
    image_dir: str | PathLike[str], epochs: Sequence[int] = (10, 20, 30, 40, 50), *, gap: int = 12
) -> Image.Image:
    """Puts the sample pictures of some epochs side by side, for print and for those who stop GIFs.

    Args:
        image_dir: See :func:`epoch_images`.
        epochs: Which, from left to right.
        gap: White pixels between the pictures.

    Returns:
        One grey picture, with the number of the epoch above each part; :func:`show` knows a text
        for it.

    Raises:
        FileNotFoundError: The picture of an epoch is missing.
        ValueError: ``epochs`` is empty.
    """
    files = epoch_images(image_dir)
    missing = [epoch for epoch in epochs if epoch not in files]
    if missing:
        raise FileNotFoundError(
            f"{image_dir} has no picture for epoch {', '.join(map(str, missing))}; it has epochs"
            f" {min(files)} to {max(files)}."
        )
    parts = {}
    for epoch in epochs:
        with Image.open(files[epoch]) as picture:
            parts[f"epoch {epoch}"] = picture.convert("L")
    words = f"Samples after epochs {', '.join(map(str, epochs))}, side by side."
    return _with_alt(_stack(parts, gap, across=True), words)


def compare_runs(
    runs: Mapping[str, str | PathLike[str]],
    epochs: Sequence[int] = (10, 20, 30, 40, 50),
    *,
    gap: int = 12,
) -> Image.Image:
    """Puts the sample pictures of several runs below each other, one column for each epoch.

    Args:
        runs: The folder of pictures of each run, by its name; see :func:`epoch_images`.
        epochs: Which, from left to right.
        gap: White pixels between the pictures.

    Returns:
        One grey picture, with the name of the run above its row; :func:`show` knows a text for it.

    Raises:
        FileNotFoundError: The picture of an epoch is missing.
        ValueError: ``runs`` or ``epochs`` is empty.
    """
    strips = {name: film_strip(folder, epochs, gap=gap) for name, folder in runs.items()}
    words = f"A row of samples for each run: {', '.join(runs)}. From left to right: epochs"
    return _with_alt(_stack(strips, gap, across=False), f"{words} {', '.join(map(str, epochs))}.")


def interpolation(
    generator: Any,
    starts: Any,
    ends: Any,
    *,
    steps: int = 8,
    scale: int = 2,
    value_range: tuple[float, float] = (-1.0, 1.0),
) -> Image.Image:
    """Shows how the images change on the way from one noise vector to another, a row for each way.

    Smooth changes through believable images mean that the generator has learnt, not memorised.

    Args:
        generator: A model from noise to images.
        starts: ``(N, noise_dim)`` noise on the left.
        ends: ``(N, noise_dim)`` noise on the right.
        steps: Images per row.
        scale: See :func:`gan_helpers.sampling.image_grid`.
        value_range: See :func:`gan_helpers.sampling.image_grid`.

    Returns:
        One grey picture; :func:`show` knows a text for it.

    Raises:
        ValueError: The noise does not fit together.
    """
    starts, ends = np.asarray(starts), np.asarray(ends)
    if starts.ndim != 2 or starts.shape != ends.shape or not len(starts):
        raise ValueError(
            "starts and ends must both have the shape (N, noise_dim), not"
            f" {starts.shape} and {ends.shape}."
        )
    noise = np.concatenate(
        [
            sampling.interpolate(start, end, steps=steps)
            for start, end in zip(starts, ends, strict=True)
        ]
    )
    images = sampling.generate(generator, noise)
    grid = sampling.image_grid(images, columns=steps, scale=scale, value_range=value_range)
    words = f"{len(starts)} rows of {steps} images, each changing step by step from left to right."
    return _with_alt(Image.fromarray(grid), words)


def nearest_training_images(
    images: Any,
    training: Any,
    nearest: Sequence[int] | np.ndarray,
    *,
    count: int = 12,
    scale: int = 2,
    value_range: tuple[float, float] = (-1.0, 1.0),
) -> Image.Image:
    """Puts generated images above the training images nearest to them: are they copies?

    Args:
        images: ``(N, height, width, 1)`` generated ones.
        training: ``(M, height, width, 1)`` training images, in the same range of values.
        nearest: ``(N,)`` indices, from :func:`gan_helpers.metrics.memorisation`.
        count: Show the first so many.
        scale: See :func:`gan_helpers.sampling.image_grid`.
        value_range: See :func:`gan_helpers.sampling.image_grid`.

    Returns:
        One grey picture of two rows; :func:`show` knows a text for it.

    Raises:
        ValueError: See :func:`gan_helpers.sampling.image_grid`.
    """
    ours = np.asarray(images)[:count]
    theirs = np.asarray(training)[np.asarray(nearest)[: len(ours)]]
    rows = {
        caption: Image.fromarray(
            sampling.image_grid(row, columns=count, scale=scale, value_range=value_range)
        )
        for caption, row in (("generated", ours), ("nearest training images", theirs))
    }
    words = f"{len(ours)} generated images, and below each the training image most like it."
    return _with_alt(_stack(rows, 4, across=False), words)


def epoch_slider(image_dir: str | PathLike[str]) -> Any:
    """Makes a slider over the sample pictures of a run, for JupyterLab and Colab.

    Args:
        image_dir: See :func:`epoch_images`.

    Returns:
        A widget; as the last line of a cell it shows itself.

    Raises:
        FileNotFoundError: There are no pictures.
        ImportError: ipywidgets is not installed.
    """
    try:
        import ipywidgets
    except ImportError as error:
        raise ImportError(
            "The slider needs ipywidgets: run `pip install ipywidgets` and start the notebook's"
            " kernel again, or use film_strip()."
        ) from error
    files = epoch_images(image_dir)
    slider = ipywidgets.SelectionSlider(options=list(files), value=max(files), description="epoch")
    picture = ipywidgets.HTML()

    def show_epoch(change: Any = None) -> None:
        # Read only now: the run may still be going on, or have been repeated.
        content = files[slider.value].read_bytes()
        picture.value = _html(content, "png", f"Samples after epoch {slider.value}.")

    slider.observe(show_epoch, names="value")
    show_epoch()
    return ipywidgets.VBox([slider, picture])


def _with_alt(picture: Image.Image, words: str) -> Image.Image:
    """Attaches a text for screen readers, for :func:`show`."""
    picture.alt_text = words  # type: ignore[attr-defined]
    return picture


def _stack(parts: Mapping[str, Image.Image], gap: int, *, across: bool) -> Image.Image:
    """Puts pictures beside or below each other, each under its caption."""
    if not parts:
        raise ValueError("There is nothing to show: name at least one.")
    top = 26
    widths = [part.width + gap for part in parts.values()]
    heights = [part.height + top + gap for part in parts.values()]
    size = (sum(widths) + gap, max(heights)) if across else (max(widths) + gap, sum(heights))
    stack = Image.new("L", size, 255)
    draw = ImageDraw.Draw(stack)
    font = ImageFont.load_default(size=16)
    left, above = gap, 0
    for caption, part in parts.items():
        draw.text((left, above + 4), caption, fill=0, font=font)
        stack.paste(part, (left, above + top))
        if across:
            left += part.width + gap
        else:
            above += part.height + top + gap
    return stack
