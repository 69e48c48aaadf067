"""Question c2: a run with another batch size."""

from __future__ import annotations

from comparison import require_change, require_start

from autograder.judging.assertions import explained_by
from autograder.judging.check import Evidence, Rebuild, check


@check("c2", points=1, title="The batch size is changed, and nothing else")
@explained_by("c2")
def test_batch_size(evidence: Evidence, rebuild: Rebuild) -> None:
    require_change(evidence, rebuild, "c2", "batch_run", kind="batch")


@check("c2", points=1, title="50 epochs from fresh networks and optimizers")
@explained_by("c2")
def test_batch_run_is_fresh(evidence: Evidence) -> None:
    require_start(evidence, "c2", "batch_run")
