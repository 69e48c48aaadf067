"""How long the training runs of assignment 02 take in the quick budget, now and at first.

Both sides train the notebook's own networks with the notebook's own training step. *Now* is
:func:`gan_helpers.training.fit` with the precision that ``device.setup`` chooses; *at first* is how
it was before: float32, and every step called by Keras from Python. Each side is a process of its
own that stays, and they take turns.
"""

from __future__ import annotations

import contextlib
import io
import multiprocessing
import statistics
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import Any

from autograder.course import Assignment
from benchmarks.interleaved import FOR_EVER, epochs_in_turn

SIDES = ("at first", "now")
EPOCHS = 50
# Name, batch size, the cells of the notebook that define the networks, steps in one round.
TRAININGS = (
    ("baseline", 256, ("define_generator", "define_discriminator"), 8),
    ("section 4", 64, ("define_generator", "define_discriminator"), 24),
    ("simpler", 64, ("q4a_generator", "q4a_discriminator"), 24),
)


def report(*, runs: int) -> None:
    """Print the minutes of each training and of all three, on both sides, and the ratio.

    Args:
        runs: Rounds behind each median.
    """
    context = multiprocessing.get_context("spawn")
    pipes, workers = {}, []
    for side in SIDES:
        pipes[side], theirs = context.Pipe()
        worker = context.Process(target=_work, args=(side, theirs), daemon=True)
        worker.start()
        workers.append(worker)
    precision = {side: pipes[side].recv() for side in SIDES}
    seconds: dict[tuple[str, str], list[float]] = {}
    for _ in range(runs):
        for name, *_ in TRAININGS:
            for side in SIDES:
                pipes[side].send(name)
                seconds.setdefault((side, name), []).append(pipes[side].recv())
    for worker in workers:
        worker.terminate()
    print(f"Trainings of assignment 02 in the quick budget, {EPOCHS} epochs ({runs} rounds)")
    totals = dict.fromkeys(SIDES, 0.0)
    for name, batch, *_ in TRAININGS:
        line = []
        for side in SIDES:
            steps = EPOCHS * (_images_per_epoch() // batch)
            minutes = statistics.median(seconds[side, name]) * steps / 60
            totals[side] += minutes
            line.append(f"{side} {minutes:.1f}")
        print(f"  {name:<10} {', '.join(line)} minutes")
    ratio = totals[SIDES[0]] / totals[SIDES[1]]
    listed = ", ".join(f"{side} {totals[side]:.1f} ({precision[side]})" for side in SIDES)
    print(f"  together   {listed} minutes: {ratio:.2f} times as fast")


def _images_per_epoch() -> int:
    from gan_helpers.budget import QUICK

    return QUICK.images_per_epoch or 0


def _work(side: str, pipe: Connection) -> None:
    with contextlib.redirect_stdout(io.StringIO()):
        from gan_helpers import data, device

        found = device.setup(seed=0, precision="float32" if side == "at first" else "auto")
        (raw, _), _ = data.load_mnist()
        images = (raw[..., None].astype("float32") - 127.5) / 127.5
        rounds = {
            name: (_at_first if side == "at first" else _now)(
                _Notebook(batch, cells), images, steps
            )
            for name, batch, cells, steps in TRAININGS
        }
        for one in rounds.values():
            next(one)  # compiles
        pipe.send(found.precision)
        while True:
            pipe.send(next(rounds[pipe.recv()]))


class _Notebook:
    """Networks, optimizers and training step, made by cells of the instructor's notebook."""

    def __init__(self, batch: int, cells: tuple[str, ...]) -> None:
        sources = {
            cell.metadata.get("nbgrader", {}).get("grade_id"): cell.source
            for cell in Assignment.find("02_dcgan_experiments").source.cells
        }
        self.batch = batch
        self.space: dict[str, Any] = {"BATCH_SIZE": batch, "noise_dim": 40}
        for cell in ("imports", *cells, "define_losses", "define_optimizers", "define_train_step"):
            exec(sources[cell], self.space)

    def dataset(self, images: Any) -> Any:
        import tensorflow as tf

        dataset = tf.data.Dataset.from_tensor_slices(images)
        return dataset.shuffle(60_000, seed=0).batch(self.batch)


def _at_first(notebook: _Notebook, images: Any, steps: int) -> Iterator[float]:
    import keras
    import tensorflow as tf

    means = [keras.metrics.Mean(name=name) for name in ("generator_loss", "discriminator_loss")]
    train_step = notebook.space["train_step"]

    class Loop(keras.Model):
        def train_step(self, data):
            losses = train_step(data, tf.shape(data)[0])
            for mean in means:
                mean.update_state(losses[mean.name])
            return {mean.name: mean.result() for mean in means}

    loop = Loop()
    loop.built = True
    loop.compile(run_eagerly=True)
    epoch = notebook.dataset(images).repeat().take(steps)
    return epochs_in_turn(
        lambda callbacks: loop.fit(epoch, epochs=FOR_EVER, shuffle=False, callbacks=callbacks),
        steps=steps,
    )


def _now(notebook: _Notebook, images: Any, steps: int) -> Iterator[float]:
    from gan_helpers import training
    from gan_helpers.budget import Budget

    names = ("generator", "discriminator")
    space = notebook.space
    return epochs_in_turn(
        lambda callbacks: training.fit(
            space["train_step"],
            notebook.dataset(images),
            epochs=FOR_EVER,
            budget=Budget("benchmark", images_per_epoch=steps * notebook.batch),
            networks={name: space[name] for name in names},
            optimizers={f"{name}_optimizer": space[f"{name}_optimizer"] for name in names},
            callbacks=callbacks,
        ),
        steps=steps,
    )
