"""Question c3: a run with another learning rate."""

from __future__ import annotations

from comparison import require_change, require_start

from autograder.judging.assertions import explained_by
from autograder.judging.check import Evidence, Rebuild, check


@check("c3", points=1, title="A learning rate is changed, and nothing else")
@explained_by("c3")
def test_learning_rate(evidence: Evidence, rebuild: Rebuild) -> None:
    require_change(evidence, rebuild, "c3", "rate_run", kind="rate")


@check("c3", points=1, title="50 epochs from fresh networks and optimizers")
@explained_by("c3")
def test_rate_run_is_fresh(evidence: Evidence) -> None:
    require_start(evidence, "c3", "rate_run")
