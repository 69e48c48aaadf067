"""Question 2.1: the new batch size and a data set of such batches, made of drawn images."""

import numpy as np

from autograder.challenges.kernel.draw_images import draw_images
from autograder.evidence.schema import Dataset, Number, Summary
from autograder.judging.assertions import explained_by
from autograder.judging.check import Drawn, Evidence, Recording, Unmet, check, require

BASELINE_BATCH_SIZE = 256
NEW_BATCH_SIZE = 64


@check("q2_1", points=0.5, title="BATCH_SIZE has its new value")
@explained_by("q2_1")
def test_batch_size(evidence: Evidence) -> None:
    size = evidence.recorded("q2_1").get("batch_size", Number).value
    require(size == NEW_BATCH_SIZE, f"BATCH_SIZE is {size}; compare it with the question.")


@check("q2_1", points=0.5, title="train_dataset gives shuffled batches of BATCH_SIZE images")
@explained_by("q2_1")
def test_train_dataset(evidence: Evidence, drawn: Drawn) -> None:
    recording = evidence.recorded("q2_1")
    size = recording.get("batch_size", Number)
    first = _first_batch(recording, size)
    images = (draw_images(**drawn("q2_1_images")).astype(np.float32) - 127.5) / 127.5
    count = len(images)
    total = evidence.recorded("q2_1_data").get("total", Number)
    require(
        count - size.number < total.number <= count,
        f"One pass over train_dataset gives {total.value} images; there are {count} in "
        "train_images.",
    )
    _require_drawn_and_shuffled(first.reshape(len(first), -1), images.reshape(count, -1))


def _first_batch(recording: Recording, size: Number) -> np.ndarray:
    """Return the first images of the data set, if its batches are of the right form."""
    dataset = recording.get("train_dataset", Dataset)
    batch = dataset.batches[0] if dataset.batches else Summary()
    if not isinstance(batch, Summary):
        raise Unmet("train_dataset should give images only, nothing else.")
    shape = batch.shape or []
    require(
        len(shape) == 4 and shape[1:] == [28, 28, 1],
        f"One batch of train_dataset has shape {tuple(shape)}; it should be a batch of images, "
        "each (28, 28, 1).",
    )
    require(
        size.value != BASELINE_BATCH_SIZE and shape[0] == size.value,
        f"A batch of train_dataset holds {shape[0]} images, and BATCH_SIZE is {size.value}; build "
        "the data set again after the change.",
    )
    require(batch.dtype == "float32", "The images should still be float32.")
    first = recording.array(dataset.first)
    require(
        -1.001 <= first.min() < -0.9 and 0.9 < first.max() <= 1.001,
        f"The images' values go from {first.min():.3g} to {first.max():.3g}; use train_images.",
    )
    return first


def _require_drawn_and_shuffled(rows: np.ndarray, images: np.ndarray) -> None:
    """Require that some rows are drawn images, of anywhere among them and in any order.

    Args:
        rows: What a batch holds, an image in each row.
        images: All drawn images, likewise.
    """
    known = rows.shape[1] == images.shape[1]
    # Which images these are: those at the smallest distance, up to a term that all share.
    distances = np.square(images).sum(axis=1) - 2 * rows @ images.T if known else np.empty((0, 1))
    places = np.argmin(distances, axis=1)
    require(
        known and np.abs(rows - images[places]).max() < 1e-3,  # the last digit may differ
        "train_dataset gives other images than those of train_images.",
    )
    require(
        np.mean(np.diff(places) == 1) < 0.5,
        "A batch holds images in the order of train_images; shuffle them before they are batched.",
    )
    require(
        np.ptp(places) > 0.5 * len(images),
        "A batch holds neighbours from train_images only; mind the buffer size of shuffle.",
    )
