"""No mark depends on luck: over many drawn runs, right answers pass and known mistakes fail.

Checks compare what an answer makes of drawn numbers with what is right. Here the checks themselves
judge answers written in NumPy, for many runs. A mistake must fail even if its numbers were
ten times nearer to the right ones than they are: then no run is near the limit. To add a case, add
a :class:`drawn_runs.Case` to ``CASES`` of the assignment's module beside this one.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.checks import chance_01, chance_02, chance_03, chance_04, chance_05
from tests.support.drawn_runs import Case, made_of, nearer

CASES = (
    *chance_01.CASES,
    *chance_02.CASES,
    *chance_03.CASES,
    *chance_04.CASES,
    *chance_05.CASES,
)


def label(value: Any) -> str:
    return f"{value.check[0][:2]}-{value.check[2]}-{value.probe}" if isinstance(value, Case) else ""


@pytest.mark.parametrize("case", CASES, ids=label)
def test_right_answers_pass_and_mistakes_fail_whatever_is_drawn(case: Case) -> None:
    for run in range(case.runs):
        challenge = f"run {run}"
        inputs = case.inputs(challenge)
        right = [made_of(answer, inputs) for answer in case.right.values()]
        for name, made in zip(case.right, right, strict=True):
            assert case.passes(challenge, made), f"{name} fails in {challenge}"
        for name, answer in case.wrong.items():
            made = made_of(answer, inputs)
            assert not case.passes(challenge, made), f"{name} passes in {challenge}"
            if case.nearer is not None:
                close = nearer(made, right[0], case.nearer)
                assert not case.passes(challenge, close), f"{name} nearly passes in {challenge}"
