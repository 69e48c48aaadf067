"""A challenge for comparisons: a ``run`` that trains nothing and returns drawn results.

Assignments that compare trainings have a provided function ``run(name, generator=..., ...)``. On
the grading machine this one takes its place. It notes what it was given, and whether any of it has
been used before; it writes sentinels for sample pictures; and it returns times, losses and
distances that were drawn for this grading run, so that the judge knows what a table must say.
"""

from __future__ import annotations

import inspect
import json
import textwrap
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from autograder.challenges.probes import Probe, sentinels_for
from autograder.evidence.seeds import seed_for

#: Epochs whose pictures are sentinels; the others stay blank.
SHOWN = (1, 2, 5, 10, 20, 25, 30, 40, 49, 50, 51, 60, 70, 75, 80, 90, 99, 100)


def draw_results(seed: int, epochs: int) -> dict:
    """Draw what a training returns.

    Returns:
        ``seconds`` and the two lists of ``losses``, one number for each epoch; ``first``, the
        seconds of the first step; ``distances`` by epoch, every tenth.
    """
    # This text also runs in the student's kernel, so it stands alone.
    import numpy as np

    rng = np.random.default_rng(seed)
    numbers = np.arange(1, epochs + 1)
    # Hours, so that no time that was read off a real training is right by chance.
    base = rng.uniform(20_000, 60_000)
    first = base * rng.uniform(10, 20)
    seconds = base * rng.uniform(0.98, 1.02, epochs)
    seconds[50:] *= rng.uniform(1.3, 1.6)  # a machine that got busier in the second half
    seconds[0] += first
    # From one epoch to the next more than tables may be rounded by.
    generator = rng.uniform(0.6, 1.2) + 0.02 * numbers + rng.uniform(0, 0.002, epochs)
    discriminator = rng.uniform(3.0, 3.6) - 0.02 * numbers + rng.uniform(0, 0.002, epochs)
    start = rng.uniform(40, 90)
    return {
        "seconds": seconds.tolist(),
        "losses": {
            "generator_loss": generator.tolist(),
            "discriminator_loss": discriminator.tolist(),
        },
        "first": float(first),
        "distances": {int(n): float(start / (1 + n / 40)) for n in numbers if n % 10 == 0},
    }


def seed_of(challenge: str, purpose: str) -> int:
    """Return the seed for the results of one run: of the cell, or of the name that stands in."""
    return seed_for(challenge, f"results of {purpose}")


def stand_in_run(
    name: str,
    when: Literal["before", "after"],
    cell: str,
    *,
    give: Iterable[str] = (),
) -> Probe:
    """Return a probe that puts the stand-in in the place of ``run``.

    The notebook's own ``Result`` and ``folder`` are needed.

    Args:
        name: Name of the probe.
        when: Before or after the cell.
        cell: Grade id of the cell; the first results that it gets are drawn for this name.
        give: Names that are set to results of trainings which took place elsewhere.
    """

    def code(challenge: str) -> str:
        pictures = sentinels_for(challenge, "samples", SHOWN)
        patterns = {key: bits.astype(int).tolist() for key, bits in pictures.patterns.items()}
        given = {one: seed_of(challenge, one) for one in give}
        arguments = f"{cell!r}, {seed_of(challenge, cell)}, {json.dumps(patterns)}, {given!r}"
        return "\n".join(
            [
                textwrap.dedent(inspect.getsource(draw_results)),
                _RUN,
                f"_grading_run(draw_results, {arguments})",
                "del _grading_run, draw_results",
            ]
        )

    return Probe(name, when, cell, code)


def record_runs(name: str, when: Literal["before", "after"], cell: str, *, result: str) -> Probe:
    """Return a probe that records the calls of ``run`` in a cell, and the one a name stands for.

    Recorded are the ``epochs`` of each call; and of the call that ``result`` came from, or else the
    last one, ``generator``, ``discriminator``, their optimizers, ``batch_size``, ``own_epochs``,
    ``own_number`` (0 for the first call), ``named`` (whether there is a result of that name) and
    ``reused`` (what had been used before).

    Args:
        name: Name of the probe and of its record.
        when: Before or after the cell.
        cell: Grade id of the cell.
        result: Name of the result in the notebook.
    """
    code = f"{_RECORD}\n_grading_runs({name!r}, {result!r})\ndel _grading_runs"
    return Probe(name, when, cell, lambda challenge: code, records=(name,))


_RUN = """
def _grading_run(draw_results, cell, seed, patterns, given):
    import numpy
    from PIL import Image
    from gan_helpers import training, workspace
    space = globals()
    calls = space.setdefault("_grading_calls", [])
    del calls[:]
    used = space.setdefault("_grading_used", [])
    Result, folder = space["_grading_provided"]["Result"], space["_grading_provided"]["folder"]
    blank = Image.new("L", (240, 240), 128)

    def picture(bits):
        blocks = numpy.kron(numpy.array(bits), numpy.ones((24, 24)))
        ringed = numpy.pad(numpy.pad(blocks, 24, constant_values=1), 24)
        return Image.fromarray((255 * ringed).astype("uint8"))

    shown = {int(epoch): picture(bits) for epoch, bits in patterns.items()}

    def result_of(name, seed, epochs, generator, image_dir, batch_size=256):
        drawn = draw_results(seed, epochs)
        history = training.History(
            epochs=list(range(1, epochs + 1)), losses=drawn["losses"], seconds=drawn["seconds"],
            steps_per_epoch=1, batch_size=batch_size, budget="grading",
            first_step_seconds=drawn["first"],
        )
        return Result(name, generator, history, drawn["distances"], image_dir)

    def run(
        name, *, generator, discriminator, generator_optimizer, discriminator_optimizer,
        dataset=None, epochs=50,
    ):
        objects = {
            "generator": generator, "discriminator": discriminator,
            "generator_optimizer": generator_optimizer,
            "discriminator_optimizer": discriminator_optimizer,
        }
        reused = [key for key, thing in objects.items() if any(thing is one for one in used)]
        if generator_optimizer is discriminator_optimizer:
            reused.append("generator_optimizer")
        used.extend(objects.values())
        batch_size = 256 if dataset is None else int(next(iter(dataset)).shape[0])
        image_dir, _ = workspace.run_folders(folder, name)
        for epoch in range(1, int(epochs) + 1):
            path = image_dir / f"image_at_epoch_{epoch:04d}.png"
            shown.get(epoch, blank).save(path, compress_level=1)
        result = result_of(
            name, seed + len(calls), int(epochs), generator, image_dir, batch_size=batch_size
        )
        calls.append(
            {**objects, "reused": reused, "epochs": int(epochs), "batch_size": batch_size,
             "result": result}
        )
        return result

    space["run"] = run
    for name, own_seed in given.items():
        image_dir, _ = workspace.run_folders(folder, "given_" + name)
        epochs = 100 if name == "baseline" else 50
        space[name] = result_of(name, own_seed, epochs, None, image_dir)
"""

_RECORD = """
def _grading_runs(name, result):
    import numpy
    from gan_helpers import evidence
    space, calls = globals(), globals()["_grading_calls"]
    own = [call for call in calls if call["result"] is space.get(result)]
    call = (own or calls or [None])[-1]
    found = {"epochs": numpy.array([call["epochs"] for call in calls], "int64")}
    if call is not None:
        for key in (
            "generator", "discriminator", "generator_optimizer", "discriminator_optimizer",
            "batch_size",
        ):
            found[key] = call[key]
        found |= {
            "own_epochs": call["epochs"], "own_number": calls.index(call), "named": bool(own),
            "reused": ", ".join(call["reused"]),
        }
    evidence.record(name, **found)
    # From now on they are trained: whoever copies their weights does not start afresh.
    for call in calls:
        for key in ("generator", "discriminator"):
            for weight in getattr(call[key], "weights", []):
                if weight.path.rsplit("/", 1)[-1] in ("bias", "beta"):
                    weight.assign_add(numpy.full(tuple(weight.shape), 0.01, "float32"))
"""


def expected_seconds(drawn: Mapping[str, Any]) -> float:
    """Return the mean seconds of epochs 2 to 50."""
    return sum(drawn["seconds"][1:50]) / 49
