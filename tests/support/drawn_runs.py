"""Lets a check judge made-up evidence: what answers would record about drawn numbers."""

from __future__ import annotations

import functools
import importlib.util
import sys
import warnings
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

import numpy as np
import pytest

import autograder
from autograder.evidence.reader import Evidence, Recording
from autograder.evidence.schema import CellRecord, RunRecord
from autograder.evidence.seeds import seed_for
from autograder.evidence.unmet import Unmet

CHECKS = Path(autograder.__file__).parent / "checks"

Answer = Callable[..., Any]


class DrawnRun(Evidence):
    """The evidence of a run that has left nothing but what is given here."""

    def __init__(self, challenge: str, recorded: Mapping[str, Mapping[str, Any]]) -> None:
        self.run = RunRecord(challenge=challenge, cells=defaultdict(CellRecord))
        self._read = {name: _recording(name, made, challenge) for name, made in recorded.items()}

    def pictures(self, cell: str) -> list[Any]:
        """Return something: that there are pictures is tried elsewhere."""
        return [None]


def _recording(name: str, objects: Mapping[str, Any], challenge: str) -> Recording:
    described: dict[str, Any] = {}
    arrays: dict[str, np.ndarray] = {}
    for key, value in objects.items():
        if isinstance(value, dict):  # described already
            described[key] = value
        elif isinstance(value, bool):
            described[key] = {"kind": "bool", "value": value}
        elif isinstance(value, int | float):  # NumPy's numbers are floats of a class of their own
            number = value if isinstance(value, int) else float(value)
            described[key] = {"kind": "number", "value": number}
        else:
            arrays[key] = np.asarray(value)
            described[key] = {"kind": "array", "array": key, "shape": list(arrays[key].shape)}
    recording = Recording(name, described, Path(), challenge=challenge)
    recording.__dict__["_arrays"] = arrays
    return recording


@functools.cache
def module(assignment: str, name: str) -> ModuleType:
    """Load a file of an assignment's checks, which may import others beside it, as the judge does.

    What it imports is forgotten: another assignment's files may have the same names.
    """
    folder = CHECKS / assignment
    spec = importlib.util.spec_from_file_location(f"{name}_of_{assignment}", folder / f"{name}.py")
    made = importlib.util.module_from_spec(spec)
    with warnings.catch_warnings(), mock.patch.object(sys, "path", [str(folder), *sys.path]):
        # The judge's own pytest knows the mark of a check; this one does not.
        warnings.simplefilter("ignore", pytest.PytestUnknownMarkWarning)
        spec.loader.exec_module(made)
    for imported in [path.stem for path in folder.glob("*.py")]:
        sys.modules.pop(imported, None)
    return made


@dataclass(frozen=True)
class Case:
    """One check, and answers to it.

    Attributes:
        check: Assignment, file and function.
        probe: The name under which the result is recorded; as a rule the probe that drew numbers.
        draw: Gives what is drawn for a seed.
        right: Right answers: functions of what is drawn that give the recorded ``value``, or a
            dictionary of all that is recorded.
        wrong: Wrong answers, likewise.
        beside: Gives for a run's challenge what the check needs besides, by the record's name.
        nearer: Mistakes fail even if their numbers are so many times nearer to the right ones; None
            if numbers of the answer's own are random.
        seeded: The probe that drew the numbers, if the result has another name.
        runs: How many runs are drawn.
    """

    check: tuple[str, str, str]
    probe: str
    draw: Callable[[int], Any]
    right: Mapping[str, Answer]
    wrong: Mapping[str, Answer]
    beside: Callable[[str], Mapping[str, Mapping[str, Any]]] = lambda challenge: {}
    nearer: float | None = 10
    seeded: str | None = None
    runs: int = 40

    def inputs(self, challenge: str) -> Any:
        """Return what is drawn in a run."""
        return self.draw(DrawnRun(challenge, {}).seed(self.seeded or self.probe))

    def passes(self, challenge: str, made: Mapping[str, Any]) -> bool:
        """Whether the check takes what was made of the drawn numbers for right."""
        assignment, file, function = self.check
        check = getattr(module(assignment, file), function)
        evidence = DrawnRun(challenge, {**self.beside(challenge), self.probe: made})
        fixtures = {
            "evidence": evidence,
            **_plan_fixtures(assignment, challenge),
        }
        names = check.__wrapped__.__code__.co_varnames[: check.__wrapped__.__code__.co_argcount]
        try:
            check(**{name: fixtures[name] for name in names})
        except Unmet:
            return False
        return True


def _plan_fixtures(assignment: str, challenge: str) -> dict[str, Any]:
    """Return what the judge gives a check besides the evidence."""
    if (CHECKS / assignment / "plan.py").is_file():
        return {"drawn": lambda name: module(assignment, "plan").PLAN.drawn(name, challenge)}
    probes = module(assignment, "probes")
    return {
        "probes": probes,
        "drawn": lambda name: probes.DRAWS[name](seed_for(challenge, name)),
    }


def made_of(answer: Answer, inputs: Any) -> dict[str, Any]:
    """Return what an answer records."""
    with np.errstate(all="ignore"):
        made = answer(**inputs) if isinstance(inputs, dict) else answer(*inputs)
    return made if isinstance(made, dict) else {"value": made}


def nearer(made: Mapping[str, Any], right: Mapping[str, Any], times: float) -> dict[str, Any]:
    """Return numbers that are wrong in the same way, but less so."""
    found = dict(made)
    for key, value in made.items():
        if not isinstance(value, dict | bool) and np.shape(value) == np.shape(right[key]):
            found[key] = right[key] + (np.asarray(value, float) - right[key]) / times
    return found
