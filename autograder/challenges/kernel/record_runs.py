"""Records the calls of the stand-in for ``run``."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.challenges.kernel.state import Space
from autograder.challenges.kernel.training_calls import calls_of
from gan_helpers import evidence


def move_biases(network: Any) -> None:
    """Change the weights of a network that start from zero, as a training step would."""
    for weight in getattr(network, "weights", []):
        if weight.path.rsplit("/", 1)[-1] in ("bias", "beta"):
            weight.assign_add(np.full(tuple(weight.shape), 0.01, "float32"))


def main(space: Space, *, record: str, result: str) -> None:
    """Record all calls in short, and in full the one whose result a name stands for.

    Args:
        space: The student's namespace.
        record: Name of the record.
        result: Name of the result; if no call returned what it stands for, the last call counts.
    """
    calls = calls_of(space)
    values: dict[str, Any] = {"epochs": np.array([call.epochs for call in calls], "int64")}
    if calls:
        named = [call for call in calls if call.result is space.get(result)]
        call = (named or calls)[-1]
        values |= call.objects
        values |= {
            "batch_size": call.batch_size,
            "run_epochs": call.epochs,
            "run_number": calls.index(call),
            "named": bool(named),
            "reused": ", ".join(call.reused),
        }
    evidence.record(record, **values)
    # From now on they are trained: whoever copies their weights does not start afresh.
    for call in calls:
        for name in ("generator", "discriminator"):
            move_biases(call.objects[name])
