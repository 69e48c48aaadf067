"""Question d4: samples and loss curves of a run."""

from __future__ import annotations

from autograder.challenges.marked_run import loss_waves, sample_markers, shown_in_order
from autograder.challenges.training_phases import LOSSES
from autograder.evidence.schema import Function, Other
from autograder.judging.assertions import explained_by
from autograder.judging.check import Evidence, check, require


def _require_function(evidence: Evidence, subject: str) -> None:
    evidence.recorded("d4").get("show_progress", Function, Other)
    error = evidence.run.hook_errors.get("d4_function")
    require(error is None, f"{subject} did not finish: {error}.")


@check("d4", points=1, title="show_progress shows three samples at each of the eleven epochs")
@explained_by("d4")
def test_samples(evidence: Evidence) -> None:
    _require_function(evidence, "show_progress(history)")
    markers = sample_markers(evidence.run.challenge, "d4_function")
    shown = markers.find(evidence.pictures("d4_function"))
    require(
        shown,
        "show_progress(history) showed no samples of the current run; get them with load_samples "
        "inside the function.",
    )
    require(
        shown_in_order(shown),
        f"show_progress(history) showed {len(shown)} samples of the run, and not just the first "
        "three of each epoch in the question, in order; compare epochs, number and order.",
    )


@check("d4", points=0.5, title="show_progress draws both loss curves of the history it is given")
@explained_by("d4")
def test_curves(evidence: Evidence) -> None:
    _require_function(evidence, "show_progress(history)")
    waves = loss_waves(evidence.run.challenge, "d4_function")
    names = waves.names_in(evidence.pictures("d4_function"))
    for name in LOSSES:
        words = name.replace("_", " ")
        require(
            name in names,
            f"The figure of show_progress(history) does not show the {words} over all epochs, as "
            "it is in the history it was given.",
        )


@check("d4", points=0.5, title="The function is called for the dense GAN")
@explained_by("d4")
def test_called(evidence: Evidence) -> None:
    challenge, pictures = evidence.run.challenge, evidence.pictures("d4")
    samples = sample_markers(challenge, "d4_call").find(pictures)
    require(
        samples or loss_waves(challenge, "d4_call").names_in(pictures),
        "The cell itself showed neither samples nor loss curves of the dense GAN; call the "
        "function at its end.",
    )
