"""Probes: trusted code that the grading machine runs in the student's kernel between the cells.

A probe sets something up that could not be known beforehand (sentinel pictures, a checkpoint with
drawn weights), records what the notebook has at that point, or puts a correct stand-in where an
earlier answer is missing, so that later answers can stand alone. The kernel is untrusted, so a
probe proves nothing by what it reports; it proves by challenges that only a working answer meets.

The form of before ``hooks``; goes when every assignment has a ``plan.py``.
"""

from __future__ import annotations

import base64
import hashlib
import json
import textwrap
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from autograder.challenges.hooks import Watch  # noqa: F401
from autograder.challenges.markers import SentinelSet
from autograder.evidence.seeds import seed_for


@dataclass(frozen=True)
class Probe:
    """One piece of trusted code and its place.

    Attributes:
        name: Unique within the assignment; errors and pictures are filed under it.
        when: Before or after the cell.
        cell: Grade id of the cell.
        code: Gives the code for a run's challenge.
        records: Names under which the code calls ``evidence.record``.
        pictures: Whether to keep what the code displays.
    """

    name: str
    when: Literal["before", "after"]
    cell: str
    code: Callable[[str], str]
    records: tuple[str, ...] = ()
    pictures: bool = False


def run_code(name: str, when: Literal["before", "after"], cell: str, code: str) -> Probe:
    """Return a probe that runs fixed code, for example to put a stand-in in place."""
    return Probe(name, when, cell, lambda challenge: textwrap.dedent(code))


def record(name: str, when: Literal["before", "after"], cell: str, **expressions: str) -> Probe:
    """Return a probe that records expressions under its name, each on its own.

    An expression that raises is left out, so that the others are recorded all the same.
    """
    code = f"""
    def _grading_record():
        from gan_helpers import evidence
        space, found = globals(), {{}}
        for name, expression in {json.dumps(expressions)}.items():
            try:
                found[name] = eval(expression, space)
            except Exception:
                pass
        evidence.record({name!r}, **found)
    _grading_record()
    del _grading_record
    """
    return Probe(name, when, cell, lambda challenge: textwrap.dedent(code), records=(name,))


def spread_out(rng: np.random.Generator, low: float, high: float, count: int) -> np.ndarray:
    """Draw numbers that cover a range evenly: equal steps, each moved a little, in any order.

    Means over few independent numbers differ so much from draw to draw that a wrong formula now
    and then gives the right value. Means over these hardly do, so what a wrong formula gives lies
    apart from the right value in every run, and the numbers still cannot be known beforehand.

    Args:
        rng: Draws the numbers.
        low: The lowest number, give or take a third of a step.
        high: The highest number, likewise.
        count: How many numbers, at least 2.

    Returns:
        Float64 of shape ``(count,)``.
    """
    step = (high - low) / (count - 1)
    moved = np.linspace(low, high, count) + step * rng.uniform(-1 / 3, 1 / 3, count)
    return rng.permutation(moved)


def call_function(
    name: str,
    when: Literal["before", "after"],
    cell: str,
    *,
    call: str,
    inputs: Callable[[int], dict[str, np.ndarray]],
) -> Probe:
    """Return a probe that calls a function of the student's on drawn numbers.

    The result is recorded as ``value``; the judge draws the same numbers and knows what is right.

    Args:
        name: Name of the probe and of the record.
        when: Before or after the cell.
        cell: Grade id of the cell.
        call: The call, with the names of the inputs in it.
        inputs: Gives the inputs for a seed, by name.
    """

    def code(challenge: str) -> str:
        drawn = inputs(seed_for(challenge, name))
        literals = {key: (value.tolist(), str(value.dtype)) for key, value in drawn.items()}
        return textwrap.dedent(
            f"""
            def _grading_call():
                import numpy, tensorflow
                from gan_helpers import evidence
                space = dict(globals())
                for name, (values, dtype) in {literals!r}.items():
                    space[name] = tensorflow.constant(numpy.array(values, dtype))
                evidence.record({name!r}, value=eval({call!r}, space))
            _grading_call()
            del _grading_call
            """
        )

    return Probe(name, when, cell, code, records=(name,))


def loss_inputs(seed: int) -> dict[str, np.ndarray]:
    """Draw labels 0 or 1 and logits, float32 arrays of shape ``(16, 1)``.

    They are drawn so that no common mistake comes near the right loss by chance: eight labels are 1
    and eight 0, in each half six logits agree with their labels, and sizes go from 2 to 5. Smoothed
    labels then add to the loss in every draw, and a loss that takes the logits for the labels is
    too small in every draw.
    """
    rng = np.random.default_rng(seed)
    labels = np.repeat([1.0, 0.0], 8)
    agrees = np.tile(np.repeat([1.0, -1.0], [6, 2]), 2)
    logits = rng.uniform(2, 5, 16) * agrees * (2 * labels - 1)
    order = rng.permutation(16)
    drawn = {"labels": labels[order], "logits": logits[order]}
    return {name: values.astype(np.float32)[:, np.newaxis] for name, values in drawn.items()}


def sentinels_for(challenge: str, purpose: str, epochs: Iterable[int]) -> SentinelSet:
    """Return the sentinel pictures of a run, the same on the side of the run and of the judge."""
    return SentinelSet.draw(epochs=epochs, seed=seed_for(challenge, purpose))


def place_sentinels(
    name: str, when: Literal["before", "after"], cell: str, *, epochs: Iterable[int]
) -> Probe:
    """Return a probe that puts sentinels in place of the pictures in ``image_dir``.

    The pictures are kept and come back with :func:`restore_pictures`.
    """
    epochs = tuple(epochs)

    def code(challenge: str) -> str:
        return _with_sentinels(challenge, name, epochs) + textwrap.dedent(
            """
            def _grading_place(pictures):
                import pathlib
                folder = pathlib.Path(globals()["image_dir"])
                folder.mkdir(parents=True, exist_ok=True)
                kept = {}
                for file_name, content in pictures.items():
                    path = folder / file_name
                    kept[file_name] = path.read_bytes() if path.is_file() else None
                    path.write_bytes(content)
                globals()["_grading_kept"] = (folder, kept)
            _grading_place(_grading_pictures())
            del _grading_place, _grading_pictures
            """
        )

    return Probe(name, when, cell, code)


def restore_pictures(name: str, when: Literal["before", "after"], cell: str) -> Probe:
    """Return the probe that takes sentinels away again."""
    return run_code(
        name,
        when,
        cell,
        """
        def _grading_restore():
            folder, kept = globals().pop("_grading_kept")
            for file_name, content in kept.items():
                path = folder / file_name
                if content is None:
                    path.unlink(missing_ok=True)
                else:
                    path.write_bytes(content)
        _grading_restore()
        del _grading_restore
        """,
    )


def show_with_sentinels(
    name: str,
    when: Literal["before", "after"],
    cell: str,
    *,
    call: str,
    epochs: Iterable[int],
    elsewhere: bool,
) -> Probe:
    """Return a probe that calls a function of the student's over sentinels and keeps its pictures.

    Args:
        name: Name of the probe.
        when: Before or after the cell.
        cell: Grade id of the cell.
        call: The call, for example ``display_key_epochs()``.
        epochs: Epochs that have a picture.
        elsewhere: Whether ``image_dir`` is set to another folder, as for another run, instead of
            replacing the files of the present one.
    """
    epochs = tuple(epochs)

    def code(challenge: str) -> str:
        return _with_sentinels(challenge, name, epochs) + textwrap.dedent(
            f"""
            class _grading_run:
                def __enter__(self):
                    import pathlib, tempfile
                    space = globals()
                    self.folder = space.get("image_dir")
                    folder = pathlib.Path(self.folder)
                    if {elsewhere!r}:
                        folder = pathlib.Path(tempfile.mkdtemp(dir=folder.parent.parent))
                        space["image_dir"] = folder
                    self.kept = {{}}
                    for file_name, content in _grading_pictures().items():
                        path = folder / file_name
                        self.kept[path] = path.read_bytes() if path.is_file() else None
                        path.write_bytes(content)
                def __exit__(self, *error):
                    globals()["image_dir"] = self.folder
                    self.restore = [
                        path.write_bytes(content) if content is not None else path.unlink()
                        for path, content in self.kept.items()
                    ]
            with _grading_run():
                _grading_shown = {call}
            _grading_shown
            """
        )

    return Probe(name, when, cell, code, pictures=True)


def _with_sentinels(challenge: str, purpose: str, epochs: tuple[int, ...]) -> str:
    """Return code that defines ``_grading_pictures()``: file names and contents."""
    sentinels = sentinels_for(challenge, purpose, epochs)
    encoded = {
        f"image_at_epoch_{epoch:04d}.png": base64.b64encode(sentinels.png(epoch)).decode()
        for epoch in epochs
    }
    # One short literal: IPython goes through code token by token, ipykernel byte by byte.
    packed = base64.b64encode(zlib.compress(json.dumps(encoded).encode())).decode()
    return textwrap.dedent(
        f"""
        def _grading_pictures():
            import base64, json, zlib
            packed = zlib.decompress(base64.b64decode({packed!r}))
            return {{name: base64.b64decode(text) for name, text in json.loads(packed).items()}}
        """
    )


def plant_checkpoint(
    name: str, when: Literal["before", "after"], cell: str, *, model: str
) -> Probe:
    """Return a probe that makes the latest checkpoint hold drawn weights of one network.

    The network itself keeps its own weights, so that it holds the drawn ones afterwards if, and
    only if, the checkpoint has really been restored. Compare with :func:`planted_digests`.

    Args:
        name: Name of the probe.
        when: Before or after the cell.
        cell: Grade id of the cell.
        model: Name of the network in the notebook.
    """

    def code(challenge: str) -> str:
        return textwrap.dedent(
            f"""
            def _grading_plant(seed):
                import numpy, os, tensorflow
                space = globals()
                checkpoint, model = space["checkpoint"], space[{model!r}]
                def latest():
                    return tensorflow.train.latest_checkpoint(space["checkpoint_dir"])
                # Where training left none: the first checkpoint must not be the latest as well.
                while not latest() or latest().endswith("-1"):
                    checkpoint.save(os.path.join(space["checkpoint_dir"], "ckpt"))
                kept = [weight.numpy() for weight in model.weights]
                rng = numpy.random.default_rng(seed)
                for weight in model.weights:
                    weight.assign(rng.normal(size=tuple(weight.shape)).astype("float32"))
                checkpoint.save_counter  # made by asking for it, so that it is written as well
                # Under the name of the latest one, so that code that spells the name works too.
                checkpoint.write(latest())
                for weight, value in zip(model.weights, kept):
                    weight.assign(value)
                space["_grading_weights"] = (model, kept)
            _grading_plant({seed_for(challenge, name)})
            del _grading_plant
            """
        )

    return Probe(name, when, cell, code)


def restore_weights(name: str, when: Literal["before", "after"], cell: str) -> Probe:
    """Return the probe that gives a network its weights of before :func:`plant_checkpoint` again.

    What a later training of the same network does must not depend on what was drawn.
    """
    return run_code(
        name,
        when,
        cell,
        """
        def _grading_unplant():
            model, kept = globals().pop("_grading_weights")
            for weight, value in zip(model.weights, kept):
                weight.assign(value)
        _grading_unplant()
        del _grading_unplant
        """,
    )


def planted_digests(challenge: str, name: str, shapes: Iterable[tuple[int, ...]]) -> list[str]:
    """Return the digests of the weights that :func:`plant_checkpoint` drew, one per weight."""
    rng = np.random.default_rng(seed_for(challenge, name))
    return [
        hashlib.sha256(rng.normal(size=shape).astype(np.float32).tobytes()).hexdigest()
        for shape in shapes
    ]
