"""Images to learn from, always in the layout of ``keras.datasets``, whatever the source."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from gan_helpers.budget import Budget

Split = tuple[np.ndarray, np.ndarray]

_ARRAYS = ("x_train", "y_train", "x_test", "y_test")


def load_mnist(*, budget: Budget | None = None, source: str = "auto") -> tuple[Split, Split]:
    """Load the MNIST handwritten digits.

    Args:
        budget: If it limits ``dataset_images``, only the first so many training images are used.
        source: ``"auto"`` tries the folder in ``GAN_HELPERS_DATA``, then Keras' own cache or
            download, then scikit-learn's 1,797 smaller and blurrier digits (E. Alpaydin,
            C. Kaynak, 1998). ``"digits"`` goes straight to the last.

    Returns:
        ``((x_train, y_train), (x_test, y_test))``: images uint8 of shape ``(N, 28, 28)`` in
        0..255 with 0 as background, labels uint8 of shape ``(N,)``.

    Raises:
        ValueError: If ``source`` is unknown, or the file is not such a data set.
        OSError: If the file in ``GAN_HELPERS_DATA`` cannot be read.
    """
    return _load("mnist", "MNIST handwritten digits", budget, source)


def load_fashion_mnist(
    *, budget: Budget | None = None, source: str = "auto"
) -> tuple[Split, Split]:
    """Load the Fashion-MNIST articles of clothing; otherwise like :func:`load_mnist`."""
    return _load("fashion_mnist", "Fashion-MNIST articles", budget, source)


def _load(name: str, words: str, budget: Budget | None, source: str) -> tuple[Split, Split]:
    if source not in ("auto", "digits"):
        raise ValueError(f"source is {source!r}; it must be 'auto' or 'digits'.")
    if source == "digits":
        _warn(words, "source='digits' was asked for")
        return _within(budget, _digits28())
    if folder := os.environ.get("GAN_HELPERS_DATA"):
        path = Path(folder) / f"{name}.npz"
        if path.exists():
            splits = _read(path)
            print(f"Data: {words} from {path.name} in the folder of GAN_HELPERS_DATA.")
            return _within(budget, splits)
        print(f"There is no {path.name} in the folder of GAN_HELPERS_DATA: looking further.")
    try:
        import keras

        splits = getattr(keras.datasets, name).load_data()
    except Exception as error:  # Keras wraps what went wrong on the network in a plain Exception
        _warn(words, f"Keras could not download them ({_first_line(error)})")
        return _within(budget, _digits28())
    print(f"Data: {words} from Keras (downloaded once, then kept in its cache).")
    return _within(budget, splits)


def _read(path: Path) -> tuple[Split, Split]:
    """Read a data file and say exactly what is wrong with it, should something be."""

    def wrong(what: str) -> ValueError:
        return ValueError(
            f"{path} is not a data set in the layout of keras.datasets: {what}. "
            "Replace the file, or unset GAN_HELPERS_DATA to let Keras download the data."
        )

    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {key: file[key] for key in _ARRAYS if key in file.files}
    except OSError:
        raise
    except Exception as error:  # such as a bad zip file or a pickled array
        raise wrong(f"it cannot be read ({_first_line(error)})") from error
    if missing := [key for key in _ARRAYS if key not in arrays]:
        raise wrong(f"it lacks {', '.join(missing)}")
    for part in ("train", "test"):
        x, y = arrays[f"x_{part}"], arrays[f"y_{part}"]
        if x.dtype != np.uint8 or x.ndim != 3 or x.shape[1:] != (28, 28) or not len(x):
            raise wrong(f"x_{part} is {x.dtype} {x.shape}, and must be uint8 (N, 28, 28)")
        if not np.issubdtype(y.dtype, np.integer) or y.shape != x.shape[:1]:
            raise wrong(f"y_{part} is {y.dtype} {y.shape}, and must be whole numbers {x.shape[:1]}")
        if y.min() < 0 or y.max() > 9:
            raise wrong(f"y_{part} has labels from {y.min()} to {y.max()}, and must stay in 0 to 9")
        if x.max() <= 1:
            raise wrong(f"x_{part} reaches only {x.max()}, and must use the range 0 to 255")
        arrays[f"y_{part}"] = y.astype(np.uint8)
    return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])


def _digits28() -> tuple[Split, Split]:
    """Return scikit-learn's digits, scaled from 8x8 to 28x28; the last 297 are the test set."""
    from PIL import Image
    from sklearn.datasets import load_digits

    digits = load_digits()
    # 8x8 in 0..16 -> 20x20 in the middle of 28x28, the margin that MNIST has too.
    images = np.zeros((len(digits.images), 28, 28), np.uint8)
    for index, small in enumerate(digits.images):
        picture = Image.fromarray((small * (255 / 16)).astype(np.uint8))
        images[index, 4:24, 4:24] = np.asarray(picture.resize((20, 20), Image.Resampling.BICUBIC))
    labels = digits.target.astype(np.uint8)
    return (images[:1500], labels[:1500]), (images[1500:], labels[1500:])


def _within(budget: Budget | None, splits: tuple[Split, Split]) -> tuple[Split, Split]:
    (x_train, y_train), test = splits
    limit = budget.dataset_images if budget is not None else None
    if budget is not None and limit is not None and limit < len(x_train):
        print(f"The {budget.name} budget keeps {limit:,} of {len(x_train):,} training images.")
        x_train, y_train = x_train[:limit], y_train[:limit]
    return (x_train, y_train), test


def _warn(words: str, why: str) -> None:
    lines = (
        f"ATTENTION: these are not the {words}.",
        f"Reason: {why}.",
        "You get scikit-learn's 1,797 real handwritten digits instead,",
        "scaled from 8x8 to 28x28: fewer and blurrier. Everything runs,",
        "but your results will differ from those of the assignment.",
    )
    width = max(map(len, lines))
    print("+" + "-" * (width + 2) + "+")
    for line in lines:
        print(f"| {line:<{width}} |")
    print("+" + "-" * (width + 2) + "+")


def _first_line(error: BaseException) -> str:
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0][:120]
