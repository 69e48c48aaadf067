"""Question 2.4: a new loss, judged by what it gives for drawn labels and logits."""

import numpy as np

from autograder.evidence.schema import Array, Bool, Error, Function, Loss, NoneValue, Number, Other
from autograder.judging.assertions import explained_by
from autograder.judging.check import Drawn, Evidence, check, require


@check("q2_4", points=1, title="cross_entropy is a new binary cross-entropy on logits")
@explained_by("q2_4")
def test_cross_entropy(evidence: Evidence, drawn: Drawn) -> None:
    evidence.recorded("q2_4").get("cross_entropy", Loss, Function, Other)
    new = evidence.recorded("q2_4_new").get("new", Bool).value
    require(new, "cross_entropy is still the baseline's; make a new one.")
    error = evidence.run.hook_errors.get("q2_4_value")
    require(error is None, f"cross_entropy(labels, logits) did not finish: {error}.")
    recording = evidence.recorded("q2_4_value")
    value = recording.get("value", Array, Number, Error, Loss, NoneValue, Other)
    require(
        isinstance(value, Array | Number),
        "cross_entropy(labels, logits) gives no number; cross_entropy should be a loss, not its "
        "class.",
    )
    loss = recording.array(value) if isinstance(value, Array) else np.float64(value.value)
    inputs = drawn("q2_4_value")
    labels, logits = inputs["labels"].astype(float), inputs["logits"].astype(float)
    # Numerically stable form of -[y log s(x) + (1 - y) log(1 - s(x))], s the logistic function.
    each = np.maximum(logits, 0) - logits * labels + np.log1p(np.exp(-np.abs(logits)))
    require(loss.size == 1, "cross_entropy should give one number for a batch: the mean.")
    require(
        np.allclose(loss, each.mean(), rtol=2e-5),  # a right one is off by 2e-7 at most
        "cross_entropy does not give the binary cross-entropy of labels and logits; look at what "
        "the discriminator's last layer puts out, and at the average over a batch.",
    )
