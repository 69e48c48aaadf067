"""Question b2: a run with the ReLU generator, and the mean time of an epoch of both."""

from __future__ import annotations

import math

from comparison import differences, recorded_run, require_epochs, require_fresh, require_only

from autograder.challenges.experiments import expected_seconds, results_of
from autograder.challenges.kernel.training_results import Results
from autograder.evidence.schema import Array, Number
from autograder.judging.assertions import explained_by
from autograder.judging.check import Evidence, Rebuild, Unmet, check, require


@check("b2", points=1, title="A fresh run of 50 epochs with ReLU, otherwise as the baseline")
@explained_by("b2")
def test_relu_run(evidence: Evidence, rebuild: Rebuild) -> None:
    recording, _ = recorded_run(evidence, "b2", "relu_run")
    require_epochs(recording, 50)
    require_fresh(recording)
    differing = differences(rebuild, recording)
    require("activation" in differing, "The run has the generator of the baseline.")
    require_only(differing, "activation")


def _recorded_seconds(evidence: Evidence, name: str) -> float:
    """Return a number that the answer has made, which may also be an array with one number."""
    recording = evidence.recorded("b2")
    made: Number | Array = recording.get(name, Number, Array)
    if isinstance(made, Array):
        values = recording.array(made)
        require(values.size == 1, f"{name} holds {values.size} numbers instead of one mean.")
        return float(values.reshape(()))
    if made.finite is None:
        raise Unmet(f"{name} is no finite number.")
    return made.finite


def _require_seconds(evidence: Evidence, name: str, results: Results) -> None:
    """Require the mean time of epochs 2 to 50, with room for other fair averages of the same."""
    seconds = _recorded_seconds(evidence, name)
    with_first = sum(results["seconds"][:50]) / 50
    require(
        not math.isclose(seconds, with_first, rel_tol=0.03),
        f"{name} counts the time in which the graph is made.",
    )
    require(
        math.isclose(seconds, expected_seconds(results), rel_tol=0.03),
        f"{name} is {seconds:.3g}, which is not the mean time of an epoch over the epochs that "
        "both runs have, without the first.",
    )


@check("b2", points=0.5, title="leaky_seconds is measured fairly")
@explained_by("b2")
def test_leaky_seconds(evidence: Evidence) -> None:
    results = results_of(evidence.run.challenge, "baseline", 100)
    _require_seconds(evidence, "leaky_seconds", results)


@check("b2", points=0.5, title="relu_seconds is measured fairly")
@explained_by("b2")
def test_relu_seconds(evidence: Evidence) -> None:
    recording, _ = recorded_run(evidence, "b2", "relu_run")
    epochs = recording.get("run_epochs", Number).value
    number = int(recording.get("run_number", Number).value)
    if not isinstance(epochs, int) or not 2 <= epochs <= 1000:
        raise Unmet(f"relu_run has {epochs} epochs.")
    results = results_of(evidence.run.challenge, "b2", epochs, number=number)
    _require_seconds(evidence, "relu_seconds", results)
