"""Question 3a: restoring a checkpoint, and looking at the key epochs."""

from autograder.checks.common import EPOCHS, KEY_EPOCHS
from autograder.evidence.schema import Model
from autograder.judging.assertions import explained_by, require_restored, require_shown
from autograder.judging.check import Evidence, check


@check("q3a", points=0.5, title="The latest checkpoint is restored")
@explained_by("q3a")
def test_restored(evidence: Evidence) -> None:
    model = evidence.recorded("q3a").get("generator", Model)
    require_restored(evidence, model, checkpoint="q3a_checkpoint", name="generator")


@check("q3a", points=0.5, title="The key epochs of this run are shown")
@explained_by("q3a")
def test_shown(evidence: Evidence) -> None:
    require_shown(
        evidence,
        pictures="q3a",
        sentinels="q3a_pictures",
        epochs=EPOCHS,
        wanted=KEY_EPOCHS,
        subject="The cell",
    )
