"""Answers to assignment 03 over many drawn runs; see ``test_chance``.

Times may differ from the mean by 3 in 100, so that other fair averages pass too; mistakes fail even
if they are four times nearer. What a table holds is made nearer here, number by number.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.challenges.experiments import results_of
from autograder.challenges.kernel.training_results import Results, draw_results
from tests.support.drawn_runs import Case

NAME = "03_dcgan_ablations"
EPOCHS = {
    "baseline": 100,
    "relu_run": 50,
    "noise_run": 50,
    "batch_run": 50,
    "rate_run": 50,
    "momentum_run": 50,
}

Of = Callable[[Results], float]
"""What an answer takes for a number of a run."""

FAIR: dict[str, Of] = {
    "mean": lambda drawn: np.mean(drawn["seconds"][1:50]),
    "median": lambda drawn: np.median(drawn["seconds"][1:50]),
    "median with the first epoch": lambda drawn: np.median(drawn["seconds"][:50]),
    "without the first step": lambda drawn: (sum(drawn["seconds"][:50]) - drawn["first"]) / 50,
}
UNFAIR: dict[str, Of] = {
    "with the first epoch": lambda drawn: np.mean(drawn["seconds"][:50]),
    "total": lambda drawn: sum(drawn["seconds"][:50]),
    "total without the first": lambda drawn: sum(drawn["seconds"][1:50]),
    "first epoch": lambda drawn: drawn["seconds"][0],
    "first step": lambda drawn: drawn["first"],
    "read off": lambda drawn: 1.2,
}
UNFAIR_OF_100: dict[str, Of] = {
    "all epochs but the first": lambda drawn: np.mean(drawn["seconds"][1:]),
    "all epochs": lambda drawn: np.mean(drawn["seconds"]),
    "the last 50 epochs": lambda drawn: np.mean(drawn["seconds"][-50:]),
    "the last epoch": lambda drawn: drawn["seconds"][-1],
}


def answers(name: str, ways: dict[str, Of]) -> dict[str, Callable[..., dict[str, float]]]:
    """Return answers to b2, which record a number under a name."""
    return {way: lambda of=of, **drawn: {name: of(drawn)} for way, of in ways.items()}


LEAKY_SECONDS = Case(
    (NAME, "test_b2", "test_leaky_seconds"),
    "b2",
    lambda seed: draw_results(seed, 100),
    right=answers("leaky_seconds", FAIR),
    wrong=answers("leaky_seconds", {**UNFAIR, **UNFAIR_OF_100}),
    seeded="results of baseline",
    nearer=4,
)

RELU_SECONDS = Case(
    (NAME, "test_b2", "test_relu_seconds"),
    "b2",
    lambda seed: draw_results(seed, 50),
    right=answers("relu_seconds", FAIR),
    wrong=answers("relu_seconds", UNFAIR),
    beside=lambda challenge: {
        "b2_runs": {"epochs": [50], "named": True, "run_epochs": 50, "run_number": 0}
    },
    seeded="results of b2",
    nearer=4,
)


class TableCase(Case):
    """A case of all six runs, each of which has numbers of its own."""

    def inputs(self, challenge: str) -> dict[str, Results]:
        """Return the results of each run."""
        return {name: results_of(challenge, name, epochs) for name, epochs in EPOCHS.items()}


def table(**columns: Of) -> Callable[..., dict[str, Any]]:
    """Return an answer to c5 that records a table with these columns."""

    def answer(**results: Results) -> dict[str, Any]:
        rows = []
        for drawn in results.values():
            cells = {
                key: {"kind": "number", "value": float(of(drawn))} for key, of in columns.items()
            }
            rows.append({"kind": "dict", "length": len(cells), "items": cells})
        return {"table": {"kind": "list", "length": len(rows), "items": rows}}

    return answer


def towards(right: Of, wrong: Of, times: float) -> Of:
    """Return what is wrong in the same way, but less so."""
    return lambda drawn: right(drawn) + (wrong(drawn) - right(drawn)) / times


def four_digits(of: Of) -> Of:
    """Return what is rounded as much as the text allows."""
    return lambda drawn: float(f"{of(drawn):.4g}")


def loss(network: str, epoch: int) -> Of:
    return lambda drawn: drawn["losses"][f"{network}_loss"][epoch]


def distance(epoch: int) -> Of:
    return lambda drawn: drawn["distances"][epoch]


def last_distance(drawn: Results) -> float:
    return drawn["distances"][max(drawn["distances"])]


def losses(generator: Of, discriminator: Of) -> Callable[..., dict[str, Any]]:
    return table(generator_loss=generator, discriminator_loss=discriminator)


def table_case(
    function: str,
    right: dict[str, Callable[..., Any]],
    wrong: dict[str, Callable[..., Any]],
) -> Case:
    check = (NAME, "test_c5", function)
    return TableCase(check, "c5_table", lambda seed: None, right=right, wrong=wrong, nearer=None)


GENERATOR, DISCRIMINATOR = loss("generator", 49), loss("discriminator", 49)
CASES = (
    LEAKY_SECONDS,
    RELU_SECONDS,
    table_case(
        "test_seconds",
        {way: table(seconds=of) for way, of in FAIR.items()}
        | {"rounded": table(seconds=four_digits(FAIR["mean"]))},
        {way: table(seconds=of) for way, of in {**UNFAIR, **UNFAIR_OF_100}.items()}
        | {
            f"{way}, nearer": table(seconds=towards(FAIR["mean"], of, 4))
            for way, of in {**UNFAIR, **UNFAIR_OF_100}.items()
        },
    ),
    table_case(
        "test_losses",
        {
            "epoch 50": losses(GENERATOR, DISCRIMINATOR),
            "rounded": losses(four_digits(GENERATOR), four_digits(DISCRIMINATOR)),
        },
        {
            "last": losses(loss("generator", -1), loss("discriminator", -1)),
            "generator's last": losses(loss("generator", -1), DISCRIMINATOR),
            "discriminator's last": losses(GENERATOR, loss("discriminator", -1)),
            "last, nearer": losses(
                towards(GENERATOR, loss("generator", -1), 10),
                towards(DISCRIMINATOR, loss("discriminator", -1), 10),
            ),
            "epoch 49": losses(loss("generator", 48), loss("discriminator", 48)),
            "exchanged": losses(DISCRIMINATOR, GENERATOR),
            "first": losses(loss("generator", 0), loss("discriminator", 0)),
        },
    ),
    table_case(
        "test_distances",
        {
            "epoch 50": table(distance=distance(50)),
            "rounded": table(distance=four_digits(distance(50))),
        },
        {
            "last": table(distance=last_distance),
            "last, nearer": table(distance=towards(distance(50), last_distance, 10)),
            "best": table(distance=lambda drawn: min(drawn["distances"].values())),
            "epoch 40": table(distance=distance(40)),
            "epoch 10": table(distance=distance(10)),
            "mean": table(distance=lambda drawn: np.mean(list(drawn["distances"].values()))),
        },
    ),
)
