"""The training loop: the notebook's ``train_step``, driven by Keras ``Model.fit``.

What happens beside the steps (times, warnings, samples, checkpoints, states to resume from) is done
by Keras callbacks, in ``_training/callbacks.py``.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from gan_helpers._training import callbacks as concerns
from gan_helpers._training import loop as loops
from gan_helpers._training import run_results
from gan_helpers._training.resume import ResumableRun
from gan_helpers._training.run_settings import build_optimizers
from gan_helpers.budget import Budget
from gan_helpers.history import History

__all__ = ["History", "Saving", "fit"]


@dataclass(frozen=True)
class Saving:
    """What :func:`fit` saves; all of it is optional.

    Attributes:
        checkpoint: Saved as ``checkpoint_dir/ckpt-N`` after every ``checkpoint_every`` epochs,
            and only then: with 50 epochs and 15, the latest checkpoint is that of epoch 45.
        checkpoint_dir: Where; needed together with ``checkpoint``.
        checkpoint_every: See ``checkpoint``.
        resume_dir: A folder. If given, the full state of the training run is saved there, and
            calling ``fit`` again after an interruption goes on exactly where the run stood. When
            the run is over, what the hand-in needs is saved there too (see
            ``_training/run_results.py``). In the grading budget nothing is saved.
        resume_every: Save that state after so many epochs, and at the end.
        restart: Forget a run saved in ``resume_dir`` and begin from the start.
    """

    checkpoint: tf.train.Checkpoint | None = None
    checkpoint_dir: str | PathLike[str] | None = None
    checkpoint_every: int = 15
    resume_dir: str | PathLike[str] | None = None
    resume_every: int = 5
    restart: bool = False

    def __post_init__(self) -> None:
        if min(self.checkpoint_every, self.resume_every) < 1:
            raise ValueError("checkpoint_every and resume_every must be at least 1.")
        if self.checkpoint is not None and self.checkpoint_dir is None:
            raise ValueError("Saving a checkpoint needs checkpoint_dir: the folder to save it in.")


def fit(
    train_step: Callable[..., Any],
    dataset: tf.data.Dataset,
    *,
    epochs: int,
    budget: Budget,
    networks: Mapping[str, keras.Model],
    optimizers: Mapping[str, keras.optimizers.Optimizer],
    on_epoch_end: Callable[[int], Any] | None = None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    **saving: Any,
) -> History:
    """Train with Keras ``Model.fit``, its callbacks and its progress bar.

    How much is trained depends on the budget. *full*: one epoch is the whole dataset. *quick*: one
    epoch is ``images_per_epoch`` images of a newly shuffled pass over it. *grading*: an epoch is
    one step on ``images_per_step`` images, or none, which leaves the losses as they are
    (:meth:`~gan_helpers.budget.Budget.has_steps`).

    Args:
        train_step: ``train_step(images, batch_size)`` or ``train_step(images)``, usually a
            ``tf.function``. It trains on one batch and returns a dict of scalar losses, a tuple
            ``(generator_loss, discriminator_loss)``, or ``None``.
        dataset: Batches of images (of whatever ``train_step`` understands).
        epochs: Number of epochs altogether, including any that a resumed run has done.
        budget: From :func:`gan_helpers.budget.choose`.
        networks: Everything that learns, by name.
        optimizers: Their optimizers, by name.
        on_epoch_end: Called with the number of the epoch, from 1, when it is over.
        callbacks: Further Keras callbacks; they count epochs from 0, as Keras does.
        **saving: What is saved and where: the attributes of :class:`Saving`.

    Returns:
        The history of the run, including its resumed part.

    Raises:
        ValueError: If an argument makes no sense, or ``resume_dir`` holds a run that was made with
            other settings; the message says which.
    """
    if not 0 < epochs:
        raise ValueError("epochs must be at least 1.")
    run = _Run(Saving(**saving), dataset, budget, networks, optimizers)
    run.restore()
    if run.done < epochs:
        run.train(train_step, epochs, on_epoch_end, callbacks)
    else:
        run.say_finished()
    return run.history


@dataclass
class _Run:
    """One training run: what it trains, on what, and how far it has come."""

    saving: Saving
    dataset: tf.data.Dataset
    budget: Budget
    networks: Mapping[str, keras.Model]
    optimizers: Mapping[str, keras.optimizers.Optimizer]

    def __post_init__(self) -> None:
        saving, budget = self.saving, self.budget
        if not self.networks or not self.optimizers:
            raise ValueError("networks and optimizers must name what is trained: they are empty.")
        self.grading = budget.images_per_step is not None
        self.epoch = loops.one_epoch_of(self.dataset, budget)
        self.history = History(
            steps_per_epoch=self.epoch.steps or 0,
            batch_size=self.epoch.batch_size,
            budget=budget.name,
        )
        build_optimizers(self.optimizers, self.networks)
        self.states: ResumableRun | None = None
        if saving.resume_dir is not None and not self.grading:
            self.states = ResumableRun(
                Path(saving.resume_dir),
                networks=self.networks,
                optimizers=self.optimizers,
                dataset=self.epoch.batches,
                whole=self.dataset,
                checkpoint=saving.checkpoint,
                settings={
                    "budget": budget.name,
                    "batch size": self.epoch.batch_size,
                    "steps per epoch": self.epoch.steps,
                },
            )

    @property
    def done(self) -> int:
        """The last epoch that was trained, 0 at the start."""
        return self.history.epochs[-1] if self.history.epochs else 0

    def restore(self) -> None:
        """Go back to the last saved state, if there is any."""
        if self.states is None:
            return
        if self.saving.restart:
            self.states.delete()
            run_results.delete(self.states.folder)
        elif (saved := self.states.restore()) is not None:
            self.history = History.from_dict(saved)

    def say_finished(self) -> None:
        """Say that there is nothing left to train; make lost results again."""
        folder, done = self.saving.resume_dir, self.done
        print(
            f"This training is already finished: all {done} epochs, kept in {folder}. "
            "To train again from the start, call train with restart=True."
        )
        if folder is not None and not run_results.is_saved(folder, epoch=done):
            run_results.save_generator(folder, self.networks, epoch=done)

    def train(
        self,
        train_step: Callable[..., Any],
        epochs: int,
        on_epoch_end: Callable[[int], Any] | None,
        callbacks: Sequence[keras.callbacks.Callback],
    ) -> None:
        """Train the epochs that are left."""
        done = self.done
        if done:
            print(
                f"Going on with a training that was interrupted: epoch {done + 1} of {epochs} next."
            )
        start = time.perf_counter()
        loop = loops.TrainingLoop(train_step, self.budget)
        graph = loop.prepare(self.epoch, self.optimizers.values())
        if graph is not None and self.states is not None:
            loops.warn_if_noise_cannot_be_resumed(graph)
        tracing = time.perf_counter() - start
        try:
            loop.run(
                self.epoch,
                epochs=epochs,
                initial_epoch=done,
                callbacks=[*callbacks, *self._concerns(on_epoch_end, tracing)],
                # Nobody looks at a bar on the grading machine.
                verbose=0 if self.grading and os.environ.get("NBGRADER_EXECUTION") else 1,
            )
        except KeyboardInterrupt:
            if self.states is not None:
                print("\nStopped. Run this cell again to go on from the last state that was saved.")
            raise
        if self.states is not None:
            run_results.save_generator(self.states.folder, self.networks, epoch=epochs)
        losses = self.history.losses
        last = ", ".join(f"{name} {values[-1]:.3f}" for name, values in losses.items())
        took = concerns.duration(time.perf_counter() - start)
        ending = f" Last losses: {last}." if last else ""
        print(f"Trained {epochs - done} epochs in {took}.{ending}")

    def _concerns(
        self, on_epoch_end: Callable[[int], Any] | None, tracing_seconds: float
    ) -> list[keras.callbacks.Callback]:
        """List what happens beside the steps, in its order."""
        history, saving = self.history, self.saving
        chosen: list[keras.callbacks.Callback] = [
            concerns.RecordHistory(
                history, tracing_seconds=tracing_seconds, estimate=not self.grading
            ),
            concerns.WarnIfDiverged(history),
        ]
        if on_epoch_end is not None:
            chosen.append(
                keras.callbacks.LambdaCallback(
                    on_epoch_end=lambda epoch, _: on_epoch_end(epoch + 1)
                )
            )
        if saving.checkpoint is not None and saving.checkpoint_dir is not None:
            every = saving.checkpoint_every
            chosen.append(
                concerns.saving_checkpoints(saving.checkpoint, saving.checkpoint_dir, every=every)
            )
        if self.states is not None:
            before = self.states.before_epoch
            chosen.insert(0, keras.callbacks.LambdaCallback(on_epoch_begin=lambda *_: before()))
            chosen.append(concerns.SaveState(self.states, history, every=saving.resume_every))
        return chosen
