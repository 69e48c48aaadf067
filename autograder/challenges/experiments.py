"""A challenge for comparisons: a ``run`` that trains nothing and returns drawn results.

Assignments that compare training runs have a provided function ``run(name, generator=..., ...)``.
On the grading machine another one takes its place. It notes what it was given, and whether any of
it has been used before; it writes markers for sample pictures; and it returns times, losses and
distances that were drawn for this grading run, so that the judge knows what a table must say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from autograder.challenges.hooks import Hook, When, run_file
from autograder.challenges.kernel.training_results import Results, draw_results
from autograder.challenges.rendering import KERNEL, Step
from autograder.challenges.shown_pictures import sentinels_for
from autograder.evidence.seeds import seed_for

SHOWN = (1, 2, 5, 10, 20, 25, 30, 40, 49, 50, 51, 60, 70, 75, 80, 90, 99, 100)
"""Epochs whose pictures are markers; the others stay blank."""

SAMPLES = "samples"
"""Purpose for which these markers are drawn."""


def seed_of(challenge: str, purpose: str) -> int:
    """Return the seed for the results of one run: of the cell, or of the name that stands in."""
    return seed_for(challenge, f"results of {purpose}")


def results_of(challenge: str, purpose: str, epochs: int, *, number: int = 0) -> Results:
    """Return what a training run has returned.

    Args:
        challenge: The challenge of the grading run.
        purpose: The cell that called ``run``, or the name that was given.
        epochs: Epochs of the run.
        number: How many calls of the cell came before; the stand-in draws afresh for each.
    """
    return draw_results(seed_of(challenge, purpose) + number, epochs)


def expected_seconds(results: Results) -> float:
    """Return the mean seconds of epochs 2 to 50."""
    return sum(results["seconds"][1:50]) / 49


def stand_in_run(name: str, when: When, cell: str, *, given: Mapping[str, int]) -> Hook:
    """Return a hook that puts the stand-in in the place of ``run``.

    The notebook's ``Result`` and ``folder`` must have been kept by ``keep_provided``.

    Args:
        name: Name of the hook.
        when: Before or after the cell.
        cell: Grade id of the cell; the first results that it gets are drawn for this name.
        given: Names that are set to results of training runs which took place elsewhere, with
            their numbers of epochs.
    """

    def steps(challenge: str) -> Iterator[Step]:
        markers = sentinels_for(challenge, SAMPLES, SHOWN)
        arguments = {
            "seed": seed_of(challenge, cell),
            "pictures": {f"image_at_epoch_{epoch:04d}.png": markers.png(epoch) for epoch in SHOWN},
            "given": {
                other: {"seed": seed_of(challenge, other), "epochs": epochs}
                for other, epochs in given.items()
            },
        }
        yield Step(KERNEL / "stand_in_run.py", arguments)

    return Hook(name, when, cell, steps)


def record_runs(name: str, when: When, cell: str, *, result: str) -> Hook:
    """Return a hook that records the calls of ``run`` in a cell, and the one a name stands for.

    Recorded are the ``epochs`` of each call; and of the call that ``result`` came from, or else the
    last one, ``generator``, ``discriminator``, their optimizers, ``batch_size``, ``run_epochs``,
    ``run_number`` (0 for the first call), ``named`` (whether there is a result of that name) and
    ``reused`` (what had been used before).

    Args:
        name: Name of the hook and of its record.
        when: Before or after the cell.
        cell: Grade id of the cell.
        result: Name of the result in the notebook.
    """
    return run_file(name, when, cell, "record_runs", records=True, result=result)
