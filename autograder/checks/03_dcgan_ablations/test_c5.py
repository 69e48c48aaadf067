"""Question c5: the table, against results that were drawn for this run."""

from __future__ import annotations

import math
from collections.abc import Callable

from plan import EPOCHS

from autograder.challenges.experiments import expected_seconds, results_of
from autograder.challenges.kernel.training_results import Results
from autograder.evidence.schema import Anything, Array, Bool, Dict, List, Number, Text, Tuple
from autograder.judging.assertions import explained_by
from autograder.judging.check import Evidence, Recording, Unmet, check, require

Cell = float | str | None
Row = dict[str, Cell]


def _rows(evidence: Evidence) -> list[Row]:
    """Return the table's rows as dictionaries of plain values."""
    recording = evidence.recorded("c5_table")
    table: List | Tuple = recording.get("table", List, Tuple)
    require(len(table.items) == 6, f"table has {len(table.items)} rows; there are six runs.")
    rows = []
    for number, row in enumerate(table.items, start=1):
        if not isinstance(row, Dict):
            raise Unmet(f"Row {number} of table is no dictionary.")
        rows.append({key: _plain(recording, cell) for key, cell in row.items.items()})
    return rows


def _plain(recording: Recording, cell: Anything) -> Cell:
    """Return the number or text in a cell; None if there is neither."""
    if isinstance(cell, Array):
        numbers = recording.array(cell)
        return float(numbers.reshape(())) if numbers.size == 1 else None
    return cell.value if isinstance(cell, Number | Bool | Text) else None


def _require_column(
    evidence: Evidence,
    key: str,
    wanted: Callable[[Results], float],
    *,
    tolerance: float = 0.005,
    elsewhere: Callable[[Results], float] | None = None,
) -> None:
    """Require a number in every row.

    Args:
        evidence: The evidence.
        key: Key of the column.
        wanted: Gives the right number for a run.
        tolerance: Relative difference that is allowed.
        elsewhere: Gives what the number would be at the wrong epoch.
    """
    rows = _rows(evidence)
    for (name, epochs), row in zip(EPOCHS.items(), rows, strict=True):
        results = results_of(evidence.run.challenge, name, epochs)
        number = row.get(key)
        if not isinstance(number, int | float) or isinstance(number, bool):
            raise Unmet(f"The row of {name} has no number under {key!r}.")
        right = wanted(results)
        other = right if elsewhere is None else elsewhere(results)
        require(
            math.isclose(other, right, rel_tol=2 * tolerance)
            or not math.isclose(number, other, rel_tol=tolerance),
            f"{key!r} in the row of {name} is that of another epoch than in the other rows.",
        )
        require(
            math.isclose(number, right, rel_tol=tolerance),
            f"{key!r} in the row of {name} is {number:.5g}, which is not what the run has "
            "measured.",
        )


@check("c5", points=0.5, title="One row for each run, with its setting in words")
@explained_by("c5")
def test_rows(evidence: Evidence) -> None:
    settings = [row.get("setting") for row in _rows(evidence)]
    require(
        all(isinstance(setting, str) and setting.strip() for setting in settings),
        "Every row needs a text under 'setting'.",
    )
    require(len(set(settings)) == 6, "Two rows have the same setting.")


@check("c5", points=0.5, title="The time of an epoch is measured fairly")
@explained_by("c5")
def test_seconds(evidence: Evidence) -> None:
    _require_column(evidence, "seconds", expected_seconds, tolerance=0.03)


@check("c5", points=0.5, title="Both losses are those of epoch 50")
@explained_by("c5")
def test_losses(evidence: Evidence) -> None:
    for key in ("generator_loss", "discriminator_loss"):

        def at(epoch: int, key: str = key) -> Callable[[Results], float]:
            return lambda results: results["losses"][key][epoch]

        _require_column(evidence, key, at(49), elsewhere=at(-1))


@check("c5", points=0.5, title="The Fréchet distance is that of epoch 50")
@explained_by("c5")
def test_distances(evidence: Evidence) -> None:
    _require_column(
        evidence,
        "distance",
        lambda results: results["distances"][50],
        elsewhere=lambda results: results["distances"][max(results["distances"])],
    )
