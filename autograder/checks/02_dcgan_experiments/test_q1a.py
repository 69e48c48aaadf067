"""Question 1a: the function that shows the key epochs, judged by what it shows."""

from autograder.checks.common import EPOCHS, KEY_EPOCHS
from autograder.evidence.schema import Function, Other
from autograder.judging.assertions import explained_by, require_shown, shown_epochs
from autograder.judging.check import Evidence, check, require


def _require_function(evidence: Evidence, hook: str) -> None:
    evidence.recorded("q1a").get("display_key_epochs", Function, Other)
    error = evidence.run.hook_errors.get(hook)
    require(error is None, f"display_key_epochs() did not finish: {error}.")


@check("q1a", points=1, title="display_key_epochs() shows the five key epochs in order")
@explained_by("q1a")
def test_shows_key_epochs(evidence: Evidence) -> None:
    _require_function(evidence, "q1a_here")
    require_shown(
        evidence,
        pictures="q1a_here",
        sentinels="q1a_here",
        epochs=EPOCHS,
        wanted=KEY_EPOCHS,
        subject="display_key_epochs()",
    )


@check("q1a", points=0.5, title="display_key_epochs() shows the run that is current when called")
@explained_by("q1a")
def test_follows_the_current_run(evidence: Evidence) -> None:
    _require_function(evidence, "q1a_elsewhere")
    shown = shown_epochs(
        evidence, pictures="q1a_elsewhere", sentinels="q1a_elsewhere", epochs=EPOCHS
    )
    require(
        shown,
        "After a change of image_dir, as for a new run, display_key_epochs() did not show that "
        "run's pictures; get each picture from display_image inside the function.",
    )


@check("q1a", points=0.5, title="The function is called in the cell")
@explained_by("q1a")
def test_is_called(evidence: Evidence) -> None:
    shown = shown_epochs(evidence, pictures="q1a", sentinels="q1a_call", epochs=EPOCHS)
    require(shown, "The cell itself showed no sample pictures; call the function at its end.")
