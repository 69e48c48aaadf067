"""Pictures of a training run: grids, loss curves, animations and strips of key epochs.

Every picture can be read by a screen reader (alternative text), in grey print (line styles differ,
not only colours) and by the colour-blind (the palette of M. Okabe and K. Ito, 2008). What is
returned is a figure, which shows itself as the last line of a cell, or a grey PIL image, for
:func:`show`; both bring their text.

``columns``, ``scale`` and ``value_range`` mean the same everywhere as in
:func:`gan_helpers.sampling.image_grid`, and so do the errors. ``image_dir`` is a folder with files
named ``image_at_epoch_0001.png`` and so on; without any, all raise ``FileNotFoundError``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from gan_helpers import _plots, sampling
from gan_helpers._plots import COLOURS, LINES, AltFigure, html_image, png, stack, with_alt

if TYPE_CHECKING:
    from gan_helpers.history import History
    from gan_helpers.quality import QualityLog

__all__ = [
    "COLOURS",
    "LINES",
    "AltFigure",
    "compare_runs",
    "epoch_images",
    "film_strip",
    "interpolation",
    "loss_curves",
    "make_gif",
    "nearest_training_images",
    "quality_curves",
    "show",
    "show_grid",
]
_EPOCH_FILE = re.compile(r"image_at_epoch_(\d+)\.png")
_KEY_EPOCHS = (10, 20, 30, 40, 50)
_GAP = 12  # pixels between pictures


def show(picture: Image.Image | Figure | str | PathLike[str], alt: str | None = None) -> None:
    """Show a picture below the cell, with a text for screen readers.

    Args:
        picture: A PIL image, a figure, or the path of a PNG or GIF file.
        alt: Says in words what there is to see, if the picture does not bring its text.

    Raises:
        ValueError: If there is no text.
    """
    from IPython.display import HTML, display

    alt = alt or getattr(picture, "alt_text", "")
    if not alt:
        raise ValueError("show() needs alt='...': one sentence for those who cannot see this.")
    if isinstance(picture, Image.Image | Figure):
        content, kind = png(picture), "png"
    else:
        path = Path(picture)
        content, kind = path.read_bytes(), path.suffix.lstrip(".").lower()
    display(HTML(html_image(content, kind, alt)))


def show_grid(
    images: Any,
    *,
    alt: str = "",
    columns: int = 4,
    scale: int = 2,
    value_range: tuple[float, float] = (-1.0, 1.0),
) -> None:
    """Show images ``(N, height, width, 1)`` or ``(N, height, width)`` in a grid below the cell."""
    grid = sampling.image_grid(images, columns=columns, scale=scale, value_range=value_range)
    show(Image.fromarray(grid), alt or f"A grid of {len(images)} images.")


def loss_curves(
    history: History | Mapping[str, History], *, title: str = "Losses over the epochs"
) -> AltFigure:
    """Draw the losses of one run, or of several (by the name of the run) in one figure.

    Raises:
        ValueError: If there are no losses to draw.
    """
    figure = AltFigure(figsize=(7, 4), layout="constrained")
    axes = figure.add_subplot()
    texts = []
    for name_of_run, run in _named_runs(history).items():
        for name, values in run.losses.items():
            label = " ".join(filter(None, [name_of_run, name.replace("_", " ")]))
            index = len(axes.lines)
            axes.plot(
                run.epochs,
                values,
                label=label,
                **_plots.line_style(index),
                # A run of one epoch would otherwise be an invisible line.
                marker="o" if len(values) == 1 else None,
            )
            texts.append(
                f"{label}: {values[0]:.2f} in epoch {run.epochs[0]}, {values[-1]:.2f} in epoch "
                f"{run.epochs[-1]}, between {min(values):.2f} and {max(values):.2f}"
            )
    if not texts:
        raise ValueError(
            "This history has no losses: let train_step return them, for example as "
            "{'generator_loss': gen_loss, 'discriminator_loss': disc_loss}."
        )
    axes.set(xlabel="epoch", ylabel="loss", title=title)
    axes.grid(alpha=0.3)
    axes.legend()
    figure.alt_text = f"{title}. Line chart. " + "; ".join(texts) + "."
    return figure


def quality_curves(
    log: QualityLog | Mapping[str, QualityLog], *, title: str = "Quality over the epochs"
) -> AltFigure:
    """Draw what was recorded of the quality of one run, or of several, beside real images.

    The log is that of a :class:`gan_helpers.callbacks.QualityCallback`, or read again from its file
    with :class:`gan_helpers.quality.QualityLog`; several are given by the name of the run.

    Raises:
        ValueError: If nothing was recorded.
    """
    runs = {name: run for name, run in _named_runs(log).items() if run.epochs}
    if not runs:
        raise ValueError("No quality was recorded yet: train with a QualityCallback first.")
    figure = AltFigure(figsize=(10, 5.6), layout="constrained")
    figure.suptitle(title)
    texts: list[str] = []
    for axes, name in zip(figure.subplots(2, 3).flat, _plots.QUALITY, strict=True):
        texts += _plots.draw_quality(axes, runs, name)
    figure.axes[0].legend()
    figure.alt_text = f"{title}. Six line charts. " + "; ".join(texts) + "."
    return figure


def epoch_images(image_dir: str | PathLike[str]) -> dict[int, Path]:
    """Find the sample pictures of a run: the path for each epoch, in the order of the epochs."""
    files = {}
    for path in Path(image_dir).glob("image_at_epoch_*.png"):
        if match := _EPOCH_FILE.fullmatch(path.name):
            files[int(match[1])] = path
    if not files:
        raise FileNotFoundError(
            f"There are no files image_at_epoch_*.png in {image_dir}: train first, or check the "
            "folder."
        )
    return dict(sorted(files.items()))


def make_gif(
    image_dir: str | PathLike[str],
    path: str | PathLike[str],
) -> Path:
    """Make an animation of the sample pictures, in the order of the epochs, each with its number.

    It is written to ``path``, a GIF file, which is also returned.
    """
    pictures = []
    for epoch, file in epoch_images(image_dir).items():
        with Image.open(file) as picture:
            pictures.append(stack({f"epoch {epoch}": picture.convert("L")}, 4, across=True))
    times = [200] * (len(pictures) - 1) + [2000]  # milliseconds
    # Equal pictures would be merged into one frame: nothing moved, so nothing is lost.
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=times, loop=0)
    return Path(path)


def film_strip(image_dir: str | PathLike[str], epochs: Sequence[int] = _KEY_EPOCHS) -> Image.Image:
    """Put the sample pictures of some epochs side by side, for print and for those who stop GIFs.

    The number of the epoch stands above each picture.

    Raises:
        FileNotFoundError: If the picture of an epoch is missing.
        ValueError: If ``epochs`` is empty.
    """
    files = epoch_images(image_dir)
    missing = [epoch for epoch in epochs if epoch not in files]
    if missing:
        raise FileNotFoundError(
            f"{image_dir} has no picture for epoch {', '.join(map(str, missing))}; it has epochs "
            f"{min(files)} to {max(files)}."
        )
    parts = {}
    for epoch in epochs:
        with Image.open(files[epoch]) as picture:
            parts[f"epoch {epoch}"] = picture.convert("L")
    words = f"Samples after epochs {', '.join(map(str, epochs))}, side by side."
    return with_alt(stack(parts, _GAP, across=True), words)


def compare_runs(
    runs: Mapping[str, str | PathLike[str]], epochs: Sequence[int] = _KEY_EPOCHS
) -> Image.Image:
    """Put the sample pictures of several runs below each other, one column for each epoch.

    ``runs`` has the folder of pictures of each run by its name, which stands above its row. All
    else, also the errors, is as in :func:`film_strip`.
    """
    strips = {name: film_strip(folder, epochs) for name, folder in runs.items()}
    words = f"A row of samples for each run: {', '.join(runs)}. From left to right: epochs"
    return with_alt(stack(strips, _GAP, across=False), f"{words} {', '.join(map(str, epochs))}.")


def interpolation(
    generator: Any,
    starts: Any,
    ends: Any,
    *,
    steps: int = 8,
    scale: int = 2,
    value_range: tuple[float, float] = (-1.0, 1.0),
) -> Image.Image:
    """Show how the images change on the way from one noise vector to another, a row for each way.

    Smooth changes through believable images mean that the generator has learnt, not memorised.
    ``starts`` and ``ends`` are ``(N, noise_dim)`` noise, on the left and on the right, and a row
    has ``steps`` images.

    Raises:
        ValueError: If the noise does not fit together.
    """
    starts, ends = np.asarray(starts), np.asarray(ends)
    if starts.ndim != 2 or starts.shape != ends.shape or not len(starts):
        raise ValueError(
            "starts and ends must both have the shape (N, noise_dim), not "
            f"{starts.shape} and {ends.shape}."
        )
    ways = zip(starts, ends, strict=True)
    noise = np.concatenate([sampling.interpolate(start, end, steps=steps) for start, end in ways])
    images = sampling.generate(generator, noise)
    grid = sampling.image_grid(images, columns=steps, scale=scale, value_range=value_range)
    words = f"{len(starts)} rows of {steps} images, each changing step by step from left to right."
    return with_alt(Image.fromarray(grid), words)


def nearest_training_images(
    images: Any,
    training: Any,
    nearest: Sequence[int] | np.ndarray,
    *,
    count: int = 12,
    scale: int = 2,
    value_range: tuple[float, float] = (-1.0, 1.0),
) -> Image.Image:
    """Put generated images above the training images nearest to them: are they copies?

    The first ``count`` are shown of ``images``, ``(N, height, width, 1)``. ``training`` images are
    ``(M, height, width, 1)``, in the same range of values, and ``nearest`` is ``(N,)`` indices of
    them, from :func:`gan_helpers.metrics.memorisation`.
    """
    generated = np.asarray(images)[:count]
    copied = np.asarray(training)[np.asarray(nearest)[: len(generated)]]
    rows = {}
    for caption, row in (("generated", generated), ("nearest training images", copied)):
        grid = sampling.image_grid(row, columns=count, scale=scale, value_range=value_range)
        rows[caption] = Image.fromarray(grid)
    words = f"{len(generated)} generated images, and below each the training image most like it."
    return with_alt(stack(rows, 4, across=False), words)


def epoch_slider(image_dir: str | PathLike[str]) -> Any:
    """Make a slider over the sample pictures of a run, for JupyterLab and Colab.

    As the last line of a cell, the widget shows itself.

    Raises:
        ImportError: If ipywidgets is not installed.
    """
    try:
        import ipywidgets
    except ImportError as error:
        raise ImportError(
            "The slider needs ipywidgets: run `pip install ipywidgets` and start the notebook's "
            "kernel again, or use film_strip()."
        ) from error
    files = epoch_images(image_dir)
    slider = ipywidgets.SelectionSlider(options=list(files), value=max(files), description="epoch")
    picture = ipywidgets.HTML()

    def show_epoch(change: Any = None) -> None:
        # Read only now: the run may still be going on, or have been repeated.
        content = files[slider.value].read_bytes()
        picture.value = html_image(content, "png", f"Samples after epoch {slider.value}.")

    slider.observe(show_epoch, names="value")
    show_epoch()
    return ipywidgets.VBox([slider, picture])


def _named_runs(runs: Any) -> Mapping[str, Any]:
    return runs if isinstance(runs, Mapping) else {"": runs}
