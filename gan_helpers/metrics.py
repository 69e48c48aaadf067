"""Numbers for the quality of generated images, and what real images themselves would score.

All functions compare *features*: one row of numbers per image, from the pixels or, better, from a
small classifier. They need NumPy only. A distance means little without its floor, the distance
between two sets of real images of the same size, so :func:`evaluate` always reports both.

Features that do not fit together, are too few or are not finite raise a ``ValueError``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

_CHUNK = 1024  # rows at once, so that memory stays small whatever the number of images


def frechet_distance(first: np.ndarray, second: np.ndarray) -> float:
    """Return the Fréchet distance between two sets of features, each taken as one Gaussian.

    It is squared: 0 for equal statistics, no upper bound.
    ``|m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2))``, with means and covariances of the features
    (D. C. Dowson, B. V. Landau, 1982; M. Heusel et al., "GANs Trained by a Two Time-Scale Update
    Rule", 2017). Its estimate grows as the sets shrink, so sets of different size are refused:
    both are ``(N, D)``, N at least 2.
    """
    first, second = _features(first, second)
    if len(first) != len(second):
        raise ValueError(
            f"There are {len(first)} and {len(second)} images; take equally many on each side, or "
            "the distances of different sets cannot be compared."
        )
    shift = first.mean(axis=0) - second.mean(axis=0)
    # With S = R^T R the trace of (S1 S2)^(1/2) is the sum of the singular values of R1 R2^T.
    root_1, root_2 = _root_of_covariance(first), _root_of_covariance(second)
    shared = np.linalg.svd(root_1 @ root_2.T, compute_uv=False).sum()
    distance = shift @ shift + (root_1**2).sum() + (root_2**2).sum() - 2 * shared
    return max(float(distance), 0.0)  # rounding can leave less than 0


def kernel_distance(first: np.ndarray, second: np.ndarray) -> float:
    """Return the kernel distance (KID): unbiased squared MMD with the kernel ``(x.y / D + 1)^3``.

    Unlike the Fréchet distance its mean does not depend on how many images there are. See
    M. Bińkowski et al., "Demystifying MMD GANs" (2018); all pairs are used, not random subsets.

    The features are ``(N, D)`` and ``(M, D)``, N and M at least 2. For two sets of the same kind
    it is about 0, and by chance also slightly negative.
    """
    first, second = _features(first, second)

    def sum_of_kernel(a: np.ndarray, b: np.ndarray) -> float:
        parts = (((a[rows] @ b.T / a.shape[1] + 1) ** 3).sum() for rows in _chunks(len(a)))
        return float(sum(parts, start=0.0))

    def mean_within(a: np.ndarray) -> float:
        diagonal = float((((a * a).sum(axis=1) / a.shape[1] + 1) ** 3).sum())
        return (sum_of_kernel(a, a) - diagonal) / (len(a) * (len(a) - 1))

    between = sum_of_kernel(first, second) / (len(first) * len(second))
    return mean_within(first) + mean_within(second) - 2 * between


def density_and_coverage(
    real: np.ndarray, fake: np.ndarray, *, neighbours: int = 5
) -> tuple[float, float]:
    """Return density (are fakes where real images are?) and coverage (is every real one imitated?).

    Around each real image lies a ball that reaches to its k-th nearest real neighbour. Density
    counts in how many balls a fake lies, per k; coverage is the share of balls with a fake inside.
    See M. F. Naeem et al., "Reliable Fidelity and Diversity Metrics" (2020). For real against real
    images density is 1 on average; coverage is then
    ``1 - (N-1)...(N-k) / ((N+M-1)...(N+M-k))``, about ``1 - 2^-k`` for sets of equal size.

    The k is ``neighbours``, ``real`` is ``(N, D)`` with N larger than that, and ``fake`` is
    ``(M, D)``. Density is at least 0, and coverage between 0 and 1.
    """
    real, fake = _features(real, fake)
    if not 1 <= neighbours < len(real):
        raise ValueError(
            f"neighbours is {neighbours}; it must be at least 1 and less than the {len(real)} real "
            "images."
        )
    inside = covered = 0
    for rows in _chunks(len(real)):
        to_real = _squared_distances(real[rows], real)
        to_real[np.arange(len(to_real)), np.arange(rows.start, rows.stop)] = np.inf
        radius = np.partition(to_real, neighbours - 1, axis=1)[:, neighbours - 1]
        within = _squared_distances(real[rows], fake) <= radius[:, None]
        inside += int(within.sum())
        covered += int(within.any(axis=1).sum())
    return inside / (neighbours * len(fake)), covered / len(real)


@dataclass(frozen=True)
class ClassReport:
    """How generated images spread over the classes, according to a classifier.

    Attributes:
        counts: Images of each class.
        entropy: Of the shares, relative to the largest possible: 0 (one class) to 1 (all alike).
        covered: Classes that hold at least one in a hundred images.
    """

    counts: tuple[int, ...]
    entropy: float
    covered: int


def class_report(labels: np.ndarray, *, classes: int = 10) -> ClassReport:
    """Report how images spread over the classes.

    The labels are ``(N,)`` whole numbers, or ``(N, classes)`` probabilities or logits.

    Raises:
        ValueError: If there are no labels, or they do not fit the number of classes.
    """
    labels = np.asarray(labels)
    if labels.ndim == 2 and labels.shape[1] == classes:
        labels = labels.argmax(axis=1)
    if labels.ndim != 1 or not labels.size or not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(
            f"labels must be whole numbers of shape (N,) or scores of shape (N, {classes}), not "
            f"{labels.dtype} {labels.shape}."
        )
    if labels.min() < 0 or labels.max() >= classes:
        raise ValueError(f"labels must lie in 0 to {classes - 1}.")
    counts = np.bincount(labels, minlength=classes)
    shares = counts[counts > 0] / counts.sum()
    entropy = -(shares * np.log(shares)).sum() / np.log(classes)
    return ClassReport(
        counts=tuple(int(count) for count in counts),
        # Rounding can leave -0.0 or 1.0000000000000002.
        entropy=float(np.clip(entropy, 0, 1)) + 0.0,
        covered=int((counts >= 0.01 * counts.sum()).sum()),
    )


@dataclass(frozen=True)
class Memorisation:
    """Whether generated images are copies of training images.

    How near an image is to its nearest training image is measured by how far that one is from the
    training image nearest to it: digits drawn with one stroke lie closer together than others,
    without being copies.

    Attributes:
        ratio: Median nearness of fakes, divided by that of unseen real images. About 1 or more is
            healthy, about 0 is copying.
        suspicious: Share of fakes that are nearer to a training image than 99 of 100 unseen real
            images are; 0.01 is expected of real images.
        nearest: ``(M,)`` for each fake the index of its nearest training image, to look at them.
    """

    ratio: float
    suspicious: float
    nearest: np.ndarray


def memorisation(training: np.ndarray, unseen: np.ndarray, fake: np.ndarray) -> Memorisation:
    """Check by nearest neighbours whether generated images are copies of training images.

    See :class:`Memorisation` for how, and A. M. Alaa et al., "How Faithful is your Synthetic Data?"
    (2022) for the idea.

    Args:
        training: ``(N, D)`` flattened pixels, or features, of the images the GAN was trained on.
        unseen: ``(U, D)`` of real images it was not trained on.
        fake: ``(M, D)`` of generated images.

    Raises:
        ValueError: If the features do not fit together, or unseen images are copies themselves.
    """
    training, unseen = _features(training, unseen)
    training, fake = _features(training, fake)
    expected, _ = _nearness(unseen, training)
    nearness, nearest = _nearness(fake, training)
    if not np.median(expected) > 0:
        raise ValueError(
            "Most unseen images are themselves in the training set: pass real images that the GAN "
            "was not trained on."
        )
    return Memorisation(
        ratio=float(np.median(nearness) / np.median(expected)),
        suspicious=float((nearness < np.quantile(expected, 0.01)).mean()),
        nearest=nearest,
    )


@dataclass(frozen=True)
class Quality:
    """Quality of generated images; each ``*_floor`` is what unseen real images score.

    Attributes:
        samples: Number of images on each side.
        frechet: Fréchet distance, lower is better.
        kernel: Kernel distance, lower is better.
        density: Higher is better.
        coverage: Higher is better, at most 1.
    """

    samples: int
    frechet: float
    frechet_floor: float
    kernel: float
    kernel_floor: float
    density: float
    density_floor: float
    coverage: float
    coverage_floor: float


def evaluate(real: np.ndarray, unseen: np.ndarray, fake: np.ndarray) -> Quality:
    """Compute all distances of generated images from real ones, with their real floor.

    All three sets are cut to the size of the smallest, because the Fréchet distance depends on it.
    They are features: ``(N, D)`` of real images, ``(U, D)`` of other, ``unseen`` real ones for the
    floor, and ``(M, D)`` of generated ones.
    """
    size = min(len(real), len(unseen), len(fake))
    real, unseen, fake = real[:size], unseen[:size], fake[:size]
    density, coverage = density_and_coverage(real, fake)
    density_floor, coverage_floor = density_and_coverage(real, unseen)
    return Quality(
        samples=size,
        frechet=frechet_distance(real, fake),
        frechet_floor=frechet_distance(real, unseen),
        kernel=kernel_distance(real, fake),
        kernel_floor=kernel_distance(real, unseen),
        density=density,
        density_floor=density_floor,
        coverage=coverage,
        coverage_floor=coverage_floor,
    )


def _features(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    first = np.asarray(first, dtype=np.float64)
    second = np.asarray(second, dtype=np.float64)
    if first.ndim != 2 or second.ndim != 2 or first.shape[1] != second.shape[1]:
        raise ValueError(
            f"Features must have shapes (N, D) and (M, D), not {first.shape} and {second.shape}. "
            "Pixels can be flattened with images.reshape(len(images), -1)."
        )
    if len(first) < 2 or len(second) < 2:
        raise ValueError("There must be at least two images on each side.")
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise ValueError("The features contain NaN or infinity: the training has diverged.")
    return first, second


def _root_of_covariance(features: np.ndarray) -> np.ndarray:
    """Find R with R^T R the covariance: straight from the features, however singular that is."""
    centred = features - features.mean(axis=0)
    return np.asarray(np.linalg.qr(centred, mode="r") / np.sqrt(len(features) - 1))


def _chunks(length: int) -> Iterator[slice]:
    for start in range(0, length, _CHUNK):
        yield slice(start, min(start + _CHUNK, length))


def _squared_distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    # In place, because the table of all pairs is far larger than anything else here.
    squares = a @ b.T
    squares *= -2
    squares += (a * a).sum(axis=1)[:, None]
    squares += (b * b).sum(axis=1)
    return np.asarray(np.maximum(squares, 0, out=squares))


def _nearness(images: np.ndarray, among: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find the nearest neighbours, and how near they are by the standards of their places."""
    distances, nearest = _nearest(images, among)
    neighbours, place = np.unique(nearest, return_inverse=True)
    usual, _ = _nearest(among[neighbours], among, besides=neighbours)
    # Two equal training images make 0 usual: then only their copies are near, all else is far.
    return distances / np.maximum(usual[place], 1e-12), nearest


def _nearest(
    images: np.ndarray, among: np.ndarray, *, besides: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Find the nearest neighbour of each image, ``besides`` (one for each) left out."""
    distances, indices = [], []
    # |a - b|^2 = |a|^2 + (a, 1).(-2 b, |b|^2), of which the first term does not change the order.
    # Single precision is twice as fast, and enough to find neighbours.
    table = np.column_stack([-2 * among, (among * among).sum(axis=1)]).astype(np.float32).T
    for rows in _chunks(len(images)):
        ours = np.column_stack([images[rows], np.ones(len(images[rows]))]).astype(np.float32)
        order = ours @ table
        if besides is not None:
            order[np.arange(len(order)), besides[rows]] = np.inf
        index = order.argmin(axis=1)
        indices.append(index)
        # Again, for these pairs alone: the formula above cannot tell a copy from a near copy.
        distances.append(np.linalg.norm(images[rows] - among[index], axis=1))
    return np.concatenate(distances), np.concatenate(indices)
