"""Question c4: a run with another momentum."""

from __future__ import annotations

from comparison import require_change, require_start

from autograder.judging.assertions import explained_by
from autograder.judging.check import Evidence, Rebuild, check


@check("c4", points=1, title="The momentum is changed, and nothing else")
@explained_by("c4")
def test_momentum(evidence: Evidence, rebuild: Rebuild) -> None:
    require_change(evidence, rebuild, "c4", "momentum_run", kind="momentum")


@check("c4", points=1, title="50 epochs from fresh networks and optimizers")
@explained_by("c4")
def test_momentum_run_is_fresh(evidence: Evidence) -> None:
    require_start(evidence, "c4", "momentum_run")
