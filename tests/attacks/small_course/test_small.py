"""Checks of the small notebook, which no attack may read: SECRET-0c4ec5."""

from __future__ import annotations

from autograder.evidence.schema import Function, List, Number
from autograder.judging.assertions import require_shown
from autograder.judging.check import Drawn, Evidence, check, require


@check("q1", points=1, title="double() doubles")
def test_double(evidence: Evidence, drawn: Drawn) -> None:
    evidence.recorded("q1").get("double", Function)
    items = evidence.recorded("q1_value").get("value", List).items
    results = [item.value if isinstance(item, Number) else None for item in items]
    wanted = [2 * number for number in drawn("q1_value")["numbers"]]
    require(results == wanted, "double() does not double.")


@check("q2", points=1, title="The answer")
def test_answer(evidence: Evidence) -> None:
    answer = evidence.recorded("q2").get("answer", Number).value
    require(answer == 42, f"answer is {answer}.")


@check("q3", points=1, title="The picture of epoch 2 is shown")
def test_shown(evidence: Evidence) -> None:
    require_shown(
        evidence,
        pictures="q3",
        sentinels="q3_pictures",
        epochs=(1, 2, 3),
        wanted=(2,),
        subject="The cell",
    )
