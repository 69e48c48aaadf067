"""Question a1: the baseline, one run of 100 epochs, and its samples."""

from __future__ import annotations

from comparison import differences, recorded_run, require_fresh, require_only

from autograder.challenges.experiments import SAMPLES, SHOWN
from autograder.judging.assertions import explained_by, require_shown
from autograder.judging.check import Evidence, Rebuild, check, require


@check("a1", points=1.5, title="One run of 100 epochs, and nothing else is trained")
@explained_by("a1")
def test_one_run(evidence: Evidence) -> None:
    _, epochs = recorded_run(evidence, "a1", "baseline")
    listed = " + ".join(map(str, epochs[:6]))
    require(
        epochs == [100],
        f"The runs of this cell have {listed} epochs, {sum(epochs)} in all; one run passes through "
        "all the epochs that are asked for.",
    )


@check("a1", points=0.5, title="It starts afresh, with the settings of the question")
@explained_by("a1")
def test_baseline_settings(evidence: Evidence, rebuild: Rebuild) -> None:
    recording, _ = recorded_run(evidence, "a1", "baseline")
    require_fresh(recording)
    require_only(differences(rebuild, recording), None)


@check("a1", points=1, title="The samples of epochs 10, 50 and 100 are shown")
@explained_by("a1")
def test_baseline_samples(evidence: Evidence) -> None:
    require_shown(
        evidence,
        pictures="a1",
        sentinels=SAMPLES,
        epochs=SHOWN,
        wanted=(10, 50, 100),
        subject="The cell",
    )
