"""What the grading machine adds to a run of assignment 03: results of training runs, and records.

Each question starts from what provided cells define, whatever earlier answers have made of it, and
from drawn results of the other questions' training runs.
"""

from __future__ import annotations

from pathlib import Path

from autograder.challenges.experiments import record_runs, stand_in_run
from autograder.challenges.functions import record
from autograder.challenges.hooks import Hook, Plan, Watch, run_file
from autograder.challenges.provided import keep_provided, restore_provided

RELU_GENERATOR = Path(__file__).parent / "kernel" / "relu_generator.py"

PROVIDED = """
    BUDGET Path Result budget data dataclasses device display distance_from_data features floor
    folder json keras layers make_dataset make_discriminator_model make_leaky_generator_model
    metrics np plots plt sampling scaled test_images tf train_images training workspace
""".split()

RESULTS = {
    "a1": "baseline",
    "b2": "relu_run",
    "c1": "noise_run",
    "c2": "batch_run",
    "c3": "rate_run",
    "c4": "momentum_run",
}
"""The result that each cell with a training run should make."""

EPOCHS = {name: 100 if name == "baseline" else 50 for name in RESULTS.values()}
"""Epochs of each result."""


def leaky_generator(cell: str) -> Hook:
    """Return the hook that makes ``make_generator_model`` the baseline's again."""
    same = {"make_generator_model": "make_leaky_generator_model"}
    return restore_provided(f"{cell}_networks", "before", cell, same_as=same)


def relu_generator(cell: str) -> Hook:
    """Return the hook that makes ``make_generator_model`` a right answer to b1."""
    return run_file(f"{cell}_networks", "before", cell, RELU_GENERATOR)


def training_run(cell: str) -> tuple[Hook, Hook]:
    """Return the hooks that give a cell ``run`` and the other results, and record its calls."""
    given = {name: epochs for name, epochs in EPOCHS.items() if name != RESULTS[cell]}
    return (
        stand_in_run(f"{cell}_run", "before", cell, given=given),
        record_runs(f"{cell}_runs", "after", f"{cell}_check", result=RESULTS[cell]),
    )


PLAN = Plan(
    hooks=(
        keep_provided("keep", "after", "define_run", *PROVIDED),
        leaky_generator("a1"),
        *training_run("a1"),
        leaky_generator("b1"),
        record("b1_made", "after", "b1_check", made="make_generator_model()"),
        relu_generator("b2"),
        *training_run("b2"),
        leaky_generator("c1"),
        *training_run("c1"),
        leaky_generator("c2"),
        *training_run("c2"),
        leaky_generator("c3"),
        *training_run("c3"),
        leaky_generator("c4"),
        *training_run("c4"),
        leaky_generator("c5"),
        stand_in_run("c5_run", "before", "c5", given=EPOCHS),
        # A table may also be a data frame of pandas.
        record(
            "c5_table",
            "after",
            "c5_check",
            table="table.to_dict('records') if hasattr(table, 'to_dict') else table",
        ),
    ),
    watches=(Watch("a1", until="a1_check"),),
)
