"""Question c5: the table, against results that were drawn for this run."""

import math

from autograder.challenges.experiments import draw_results, expected_seconds, seed_of
from autograder.evidence.schema import List, Tuple
from autograder.judging.assertions import explained_by
from autograder.judging.check import check, require

RESULTS = ("baseline", "relu_run", "noise_run", "batch_run", "rate_run", "momentum_run")


def _rows(evidence):
    """Return the table's rows as dictionaries of plain values."""
    recording = evidence.recorded("c5_table")
    table = recording.get("table", List, Tuple)
    items = table.get("items", [])
    require(len(items) == 6, f"table has {len(items)} rows; there are six runs.")
    rows = []
    for number, item in enumerate(items, start=1):
        cells = item.get("items") if isinstance(item, dict) else None
        require(isinstance(cells, dict), f"Row {number} of table is no dictionary.")
        row = {}
        for key, cell in cells.items():
            value = cell.get("value") if isinstance(cell, dict) else None
            if isinstance(cell, dict) and cell.get("kind") == "array":
                numbers = recording.array(cell)
                value = float(numbers.reshape(())) if numbers.size == 1 else None
            row[str(key)] = value
        rows.append(row)
    return rows


def _drawn(evidence):
    """Return what the six runs have returned."""
    challenge = evidence.run.challenge
    return [
        draw_results(seed_of(challenge, name), 100 if name == "baseline" else 50)
        for name in RESULTS
    ]


def _require_column(evidence, key, wanted, *, tolerance=0.005, instead=None):
    """Require a number in every row; ``instead`` says of a run what it would be elsewhere."""
    rows, drawn = _rows(evidence), _drawn(evidence)
    for name, row, one in zip(RESULTS, rows, drawn, strict=True):
        seen = row.get(key)
        require(
            isinstance(seen, int | float) and not isinstance(seen, bool),
            f"The row of {name} has no number under {key!r}.",
        )
        other = instead(one) if instead else None
        require(
            other is None
            or math.isclose(other, wanted(one), rel_tol=2 * tolerance)
            or not math.isclose(seen, other, rel_tol=tolerance),
            f"{key!r} in the row of {name} is that of another epoch than in the other rows.",
        )
        require(
            math.isclose(seen, wanted(one), rel_tol=tolerance),
            f"{key!r} in the row of {name} is {seen:.5g}, which is not what the run has measured.",
        )


@check("c5", points=0.5, title="One row for each run, with its setting in words")
@explained_by("c5")
def test_rows(evidence):
    settings = [row.get("setting") for row in _rows(evidence)]
    require(
        all(isinstance(setting, str) and setting.strip() for setting in settings),
        "Every row needs a text under 'setting'.",
    )
    require(len(set(settings)) == 6, "Two rows have the same setting.")


@check("c5", points=0.5, title="The time of an epoch is measured fairly")
@explained_by("c5")
def test_seconds(evidence):
    _require_column(evidence, "seconds", expected_seconds, tolerance=0.03)


@check("c5", points=0.5, title="Both losses are those of epoch 50")
@explained_by("c5")
def test_losses(evidence):
    for key in ("generator_loss", "discriminator_loss"):
        _require_column(
            evidence,
            key,
            lambda one, key=key: one["losses"][key][49],
            instead=lambda one, key=key: one["losses"][key][-1],
        )


@check("c5", points=0.5, title="The Fréchet distance is that of epoch 50")
@explained_by("c5")
def test_distances(evidence):
    _require_column(
        evidence,
        "distance",
        lambda one: one["distances"][50],
        instead=lambda one: one["distances"][max(one["distances"])],
    )
