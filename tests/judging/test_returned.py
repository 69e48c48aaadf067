"""Numbers that functions gave are read however they are given, or refused with a sentence."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.evidence.schema import Array, NoneValue, Number
from autograder.evidence.unmet import Unmet
from autograder.judging.distributions import ks_distance, standard_normal, uniform
from autograder.judging.returned import require_finished, returned_number
from tests.support.drawn_runs import DrawnRun


def read(value: object) -> float:
    recording = DrawnRun("0", {"loss": {"value": value}}).recorded("loss")
    return returned_number(
        recording,
        "value",
        *(Array, Number, NoneValue),
        no_number="No number.",
        not_one="Not one.",
        unusable="It gives {}.",
    )


@pytest.mark.parametrize("value", [2.5, np.float32(2.5), np.array(2.5), np.array([[2.5]])])
def test_one_number_is_read(value):
    assert read(value) == 2.5


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (np.ones(2), "Not one."),
        ({"kind": "none"}, "No number."),
        ({"kind": "number", "value": "nan"}, "It gives nan."),
        ({"kind": "text", "value": "2.5"}, "value should be an array or a number or None, but"),
        ({"kind": "array", "array": None}, "lacks some of its numbers"),
    ],
)
def test_anything_else_is_refused(value, sentence):
    with pytest.raises(Unmet, match=sentence):
        read(value)


def test_an_error_of_a_hook_is_told():
    evidence = DrawnRun("0", {})
    require_finished(evidence, "loss", "loss(x)")
    evidence.run.hook_errors["loss"] = "NameError: name 'x' is not defined"
    with pytest.raises(Unmet, match=r"^loss\(x\) did not finish: NameError: .* not defined.$"):
        require_finished(evidence, "loss", "loss(x)")


def test_distances_of_distributions_are_those_of_scipy():
    stats = pytest.importorskip("scipy.stats")
    rng = np.random.default_rng(0)
    normal, even = rng.normal(size=(40, 50)), rng.uniform(size=1000)
    assert np.allclose(standard_normal(normal), stats.norm.cdf(normal), atol=1e-7)
    expected = stats.kstest(normal.ravel(), "norm").statistic
    assert np.isclose(ks_distance(normal, standard_normal), expected, atol=1e-6)
    assert np.isclose(ks_distance(even, uniform), stats.kstest(even, "uniform").statistic)
    assert ks_distance(even**2, uniform) > 0.2
