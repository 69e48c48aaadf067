"""Question 2.6: the new networks are trained."""

from autograder.checks.common import EPOCHS
from autograder.evidence.schema import Bool
from autograder.judging.assertions import (
    explained_by,
    require_networks_trained,
    require_sample_pictures,
)
from autograder.judging.check import Evidence, check, require


@check("q2_6", points=0.5, title="Both networks were trained for all epochs")
@explained_by("q2_6")
def test_trained(evidence: Evidence) -> None:
    before, after = evidence.recorded("q2_6_before"), evidence.recorded("q2_6")
    new = evidence.recorded("q2_6_new").get("new", Bool).value
    require(new, "The baseline's networks are the current ones; train the new networks.")
    require_networks_trained(before, after, epochs=len(EPOCHS))


@check("q2_6", points=0.5, title="There is a sample picture of every epoch of this run")
@explained_by("q2_6")
def test_pictures_of_all_epochs(evidence: Evidence) -> None:
    baseline = evidence.recorded("q1a") if evidence.has("q1a") else None
    require_sample_pictures(evidence.recorded("q2_6"), EPOCHS, unlike=baseline)
