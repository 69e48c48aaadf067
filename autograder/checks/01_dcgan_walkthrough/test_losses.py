"""Task 4: what both losses give for drawn logits."""

from __future__ import annotations

import math

import numpy as np
from calls import finished

from autograder.evidence.schema import Array, List, NoneValue, Number, Other, Tuple
from autograder.judging.assertions import explained_by
from autograder.judging.check import Drawn, Evidence, Unmet, check, require


def _returned(evidence: Evidence, hook: str, what: str) -> float:
    """Return the number that a call of a loss gave."""
    recording = finished(evidence, hook, what)
    returned = recording.get("value", Array, Number, NoneValue, Tuple, List, Other)
    if not isinstance(returned, Array | Number):
        raise Unmet(f"{what} should return one number.")
    if isinstance(returned, Array):
        value = recording.array(returned)
    else:
        value = np.asarray(returned.value)
    require(value.size == 1, f"{what} returns {value.size} numbers; it should be their mean.")
    require(value.dtype.kind in "fiu", f"{what} gives no finite number.")
    return float(value.reshape(()))


def _bce(label: int, logits: np.ndarray) -> float:
    """Return the mean of -log s(x) or -log(1 - s(x)), s the logistic function, without overflow."""
    logits = np.asarray(logits, np.float64)
    return float(np.logaddexp(0, -logits if label else logits).mean())


def _is_near(value: float, right: float) -> bool:
    # A right formula is off by a few millionths; no known mistake by less than a hundredth.
    return math.isclose(value, right, rel_tol=1e-4)


@check("losses", points=1.5, title="discriminator_loss gives L_D")
@explained_by("losses")
def test_discriminator_loss(evidence: Evidence, drawn: Drawn) -> None:
    value = _returned(evidence, "losses_d", "discriminator_loss(real_output, fake_output)")
    logits = drawn("losses_d")
    real, fake = logits["real"], logits["fake"]
    require(
        not _is_near(value, _bce(0, real) + _bce(1, fake)),
        "discriminator_loss is small for a discriminator that takes real for fake; look at the "
        "labels.",
    )
    require(
        _is_near(value, _bce(1, real) + _bce(0, fake)),
        "discriminator_loss does not give L_D on drawn logits; look at the labels, at what the "
        "discriminator puts out, and at how the two means are put together.",
    )


@check("losses", points=1, title="generator_loss gives L_G")
@explained_by("losses")
def test_generator_loss(evidence: Evidence, drawn: Drawn) -> None:
    value = _returned(evidence, "losses_g", "generator_loss(fake_output)")
    require(
        _is_near(value, _bce(1, drawn("losses_g")["fake"])),
        "generator_loss does not give L_G on drawn logits; look at the label, at what the "
        "discriminator puts out, and at the mean.",
    )


@check("losses", points=0.5, title="Both losses stay exact for a very certain discriminator")
@explained_by("losses")
def test_large_logits(evidence: Evidence, drawn: Drawn) -> None:
    of_discriminator, of_generator = drawn("losses_far_d"), drawn("losses_far_g")
    right = {
        "discriminator_loss": _bce(1, of_discriminator["real"]) + _bce(0, of_discriminator["fake"]),
        "generator_loss": _bce(1, -of_generator["fake"]),
    }
    hooks = {"discriminator_loss": "losses_far_d", "generator_loss": "losses_far_g"}
    wrong = [
        what
        for what, hook in hooks.items()
        if not _is_near(_returned(evidence, hook, what), right[what])
    ]
    require(
        not wrong,
        f"{' and '.join(wrong)}: not right for logits of 40 and more, where a sigmoid rounds to 0 "
        "or 1.",
    )
