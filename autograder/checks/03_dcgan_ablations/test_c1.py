"""Question c1: a run with another noise dimension."""

from __future__ import annotations

from comparison import require_change, require_start

from autograder.judging.assertions import explained_by
from autograder.judging.check import Evidence, Rebuild, check


@check("c1", points=1, title="The noise dimension is changed, and nothing else")
@explained_by("c1")
def test_noise_dimension(evidence: Evidence, rebuild: Rebuild) -> None:
    require_change(evidence, rebuild, "c1", "noise_run", kind="noise")


@check("c1", points=1, title="50 epochs from fresh networks and optimizers")
@explained_by("c1")
def test_noise_run_is_fresh(evidence: Evidence) -> None:
    require_start(evidence, "c1", "noise_run")
