"""Question m1: the Fréchet distance, and that of VAE and GAN over the epochs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from autograder.challenges.figure_lines import undrawn
from autograder.challenges.frechet import distances_of_samples
from autograder.challenges.kernel.frechet_distance import frechet_distance
from autograder.evidence.schema import (
    Anything,
    Array,
    Bool,
    Dict,
    List,
    NoneValue,
    Number,
    Other,
    Tuple,
)
from autograder.judging.assertions import explained_by
from autograder.judging.check import Drawn, Evidence, Recording, check, require
from autograder.judging.returned import require_finished, returned_number

ONE_NUMBER = "frechet_distance should return one real number."


def _distance(evidence: Evidence, name: str) -> float:
    """Return what frechet_distance gave for one pair of drawn samples."""
    require_finished(evidence, name, "frechet_distance(features_1, features_2)")
    recording = evidence.recorded(name)
    kinds = (Number, Array, NoneValue, Other, Tuple, List)
    value = recording.get("value", *kinds)
    if isinstance(value, Array):
        require(value.array, ONE_NUMBER)  # many numbers, too many to be recorded
    return returned_number(
        recording,
        "value",
        *kinds,
        no_number=ONE_NUMBER,
        not_one=ONE_NUMBER,
        unusable="frechet_distance gives {} for some features.",
    )


def _require_distance(distance: float, samples: Mapping[str, np.ndarray], sentence: str) -> None:
    """Require that a distance is that of two samples; the sentence says which ones."""
    # The covariance may be divided by N or by N - 1. Single precision, or a millionth added to the
    # diagonals, changes the distance by less than a thousandth.
    expected = [frechet_distance(samples["first"], samples["second"], ddof=ddof) for ddof in (1, 0)]
    right = any(abs(distance - other) <= 2e-3 * other for other in expected)
    require(right, f"{sentence}: it gives {distance:.4g}.")


def _numbers(recording: Recording, name: str) -> np.ndarray:
    """Return a list, tuple, dict or array of numbers as an array of one axis."""
    value = recording.get(name, List, Tuple, Dict, Array)
    if isinstance(value, Array):
        return recording.array(value).astype(float).reshape(-1)
    items = list(value.items.values()) if isinstance(value, Dict) else value.items
    numbers = [_number(recording, item) for item in items]
    require(None not in numbers, f"{name} should hold ten real numbers.")
    return np.array(numbers, float)


def _number(recording: Recording, item: Anything) -> float | None:
    """Return an item of a list as a number, None if it is none."""
    if isinstance(item, Array) and not item.shape:
        return float(recording.array(item).astype(float).reshape(-1)[0])
    if isinstance(item, Bool):
        return float(item.value)
    return item.finite if isinstance(item, Number) else None


@check("m1", points=1, title="frechet_distance is right for two samples")
@explained_by("m1")
def test_distance(evidence: Evidence, drawn: Drawn) -> None:
    _require_distance(
        _distance(evidence, "m1_full"),
        drawn("m1_full"),
        "For two samples of unequal size frechet_distance does not give the formula's number",
    )


@check("m1", points=1, title="frechet_distance is right where the answer is known")
@explained_by("m1")
def test_known_distance(evidence: Evidence, drawn: Drawn) -> None:
    _require_distance(
        _distance(evidence, "m1_known"),
        drawn("m1_known"),
        "For a sample and the same one taken twice, scaled and shifted, whose distance can be "
        "worked out by hand, frechet_distance gives another number",
    )


@check("m1", points=1, title="frechet_distance bears singular covariances")
@explained_by("m1")
def test_singular_distance(evidence: Evidence, drawn: Drawn) -> None:
    _require_distance(
        _distance(evidence, "m1_singular"),
        drawn("m1_singular"),
        "With fewer images than features frechet_distance does not give the right number (look at "
        "eigenvalues that should be 0)",
    )


@check("m1", points=0.5, title="The distances of VAE and GAN every ten epochs")
@explained_by("m1_distances")
def test_distances(evidence: Evidence, drawn: Drawn) -> None:
    expected = distances_of_samples(drawn("m1_samples"))
    recording = evidence.recorded("m1")
    for name, wanted in zip(("vae_distances", "gan_distances"), expected, strict=True):
        distances = _numbers(recording, name)
        require(
            len(distances) == len(wanted),
            f"{name} holds {len(distances)} numbers; compare with the question.",
        )
        require(
            np.allclose(distances, wanted, rtol=1e-2),
            f"{name} are not the distances between the features of real images and of the samples "
            "kept for each epoch, in their order.",
        )


@check("m1", points=0.5, title="Both curves are drawn")
@explained_by("m1_distances")
def test_distance_curves(evidence: Evidence, drawn: Drawn) -> None:
    recording = evidence.recorded("m1_lines")
    lines = recording.array(recording.get("lines", Array))
    expected = distances_of_samples(drawn("m1_samples"))
    missing = undrawn(lines, expected, rtol=1e-3, atol=1e-3)
    names = [("VAE", "GAN")[number] for number in missing]
    require(
        not missing, f"The cell draws no curve of the distances of the {' and the '.join(names)}."
    )
    require(evidence.pictures("m1_distances"), "The cell shows no figure.")
