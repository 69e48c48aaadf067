"""Task 1: the images and the data set that is made of them."""

from __future__ import annotations

import numpy as np

from autograder.evidence.schema import Array, Dataset, Number, Summary
from autograder.judging.assertions import explained_by
from autograder.judging.check import Evidence, Recording, Unmet, check, require

BATCH_SIZE = 256


def _raw_images(evidence: Evidence) -> np.ndarray:
    """Return the images as they were loaded, float32 from 0 to 255."""
    loaded = evidence.recorded("data_loaded")
    return loaded.array(loaded.get("raw", Array)).astype(np.float32)


def _images(evidence: Evidence) -> np.ndarray | None:
    """Return the student's images; None if there are none."""
    data = evidence.recorded("data_images")
    try:
        return data.array(data.get("images", Array))
    except Unmet:
        return None


def _count(evidence: Evidence, name: str = "count") -> int:
    """Return how many images there are, or how many one pass over the data set gives."""
    count = evidence.recorded("data_images").get(name, Number).value
    if not isinstance(count, int):
        raise Unmet(f"The record of {name} is damaged.")
    return count


@check("data", points=0.5, title="train_images is float32 and has an axis for channels")
@explained_by("data")
def test_type_and_shape(evidence: Evidence) -> None:
    images = evidence.recorded("data").get("train_images", Array)
    require(
        len(images.shape) == 4 and images.shape[1:] == [28, 28, 1],
        f"train_images has the shape {tuple(images.shape)}; each image should be (28, 28, 1).",
    )
    require(
        images.dtype == "float32",
        f"train_images is of type {images.dtype}; the task asks for another.",
    )
    count = _count(evidence)
    require(
        count == len(_raw_images(evidence)),
        f"There are {count} images in train_images; use all of them.",
    )


@check("data", points=0.5, title="The values of train_images are scaled to [-1, 1]")
@explained_by("data")
def test_values(evidence: Evidence) -> None:
    images, raw = _images(evidence), _raw_images(evidence)
    if images is None:
        raise Unmet("train_images is no array of numbers.")
    low, high = float(images.min()), float(images.max())
    require(
        abs(low + 1) < 0.01 and abs(high - 1) < 0.01,
        f"The values of train_images go from {low:.3g} to {high:.3g}.",
    )
    require(
        images.size == raw.size
        and np.allclose(images.reshape(raw.shape), raw / 127.5 - 1, atol=0.005),
        "train_images does not hold the images that were loaded, in their order and scaled as in "
        "the formula.",
    )


@check("data", points=0.5, title="train_dataset gives batches of 256 images")
@explained_by("data")
def test_batches(evidence: Evidence) -> None:
    _, first, size = _first_batch(evidence)
    require(size == BATCH_SIZE, f"A batch holds {size} images; compare with BATCH_SIZE.")
    total, count = _count(evidence, "total"), _count(evidence)
    require(
        count - BATCH_SIZE < total <= count,
        f"One pass over train_dataset gives {total} images; there are {count}.",
    )
    require(_places(evidence, first) is not None, "The images are not those of train_images.")


@check("data", points=0.5, title="train_dataset is shuffled image by image")
@explained_by("data")
def test_shuffled(evidence: Evidence) -> None:
    recording, first, size = _first_batch(evidence)
    places = _places(evidence, first)
    if places is None:
        raise Unmet("The images are not those of train_images.")
    count = _count(evidence)
    require(
        np.mean(np.diff(places) == 1) < 0.5,
        "A batch holds images in the order of train_images; shuffle them before they are batched.",
    )
    # With a buffer of one batch, the 64 places span 318 of the 512 images at most. In a shuffled
    # data set they span fewer than 0.65 of it in one run in ten thousand million.
    require(
        size >= count or np.ptp(places) > 0.65 * count,
        "A batch holds neighbours from train_images only; mind the buffer size of shuffle.",
    )
    again = recording.array(recording.get("train_dataset", Dataset).again)
    require(
        len(again) < 2 or not np.array_equal(again, first[: len(again)]),
        "A second pass over train_dataset gives the images in the same order as the first.",
    )


def _first_batch(evidence: Evidence) -> tuple[Recording, np.ndarray, int]:
    """Return the recording, up to 64 images of the first batch, and the batch's size."""
    recording = evidence.recorded("data")
    dataset = recording.get("train_dataset", Dataset)
    batch = dataset.batches[0] if dataset.batches else Summary()
    if isinstance(batch, list):
        raise Unmet("train_dataset should give images only, nothing else.")
    shape = [size or 0 for size in batch.shape or []]  # a batch has no open sizes
    require(
        len(shape) >= 3 and int(np.prod(shape[1:])) == 784,
        f"One element of train_dataset has the shape {tuple(shape)}; it should be a batch of "
        "images.",
    )
    return recording, recording.array(dataset.first), shape[0]


def _places(evidence: Evidence, first: np.ndarray) -> np.ndarray | None:
    """Return where in train_images the images of a batch are; None if they are not there."""
    images, raw = _images(evidence), _raw_images(evidence)
    flat = first.reshape(len(first), -1)
    # Scaled wrongly is judged elsewhere: the student's own images count as well as right ones.
    for candidates in (images, raw / 127.5 - 1):
        if candidates is None or candidates.size != raw.size:
            continue
        known = candidates.reshape(len(raw), -1)
        apart = np.array([np.abs(known - image).max(axis=1) for image in flat])
        if (apart.min(axis=1) < 0.01 * max(1.0, float(np.ptp(known)))).all():
            places: np.ndarray = apart.argmin(axis=1)
            return places
    return None
