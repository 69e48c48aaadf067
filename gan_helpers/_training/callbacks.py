"""The concerns of a training run, each a Keras callback: times, warnings, samples, saving.

:func:`gan_helpers.training.fit` puts them in the order in which they stand here. (mypy is told to
accept classes of Keras, which has no types.)
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from gan_helpers._training import run_results
from gan_helpers._training.resume import ResumableRun
from gan_helpers.history import History

_TIMED_STEPS = 4  # after the first call, which compiles


def restoring_order(run: ResumableRun) -> keras.callbacks.Callback:
    """Put the data of a resumed run into the order in which they would have come."""
    return keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: run.before_epoch())


class StepClock(keras.callbacks.Callback):  # type: ignore[misc]
    """Times the first few steps; then there is nothing left to do."""

    def __init__(self) -> None:
        super().__init__()
        # Number of the epoch's last step, and when it was over, of the first few calls.
        self._calls: list[tuple[int, float]] = []

    @property
    def timed(self) -> int:
        """How many steps were timed: those after the first call."""
        return self._calls[-1][0] - self._calls[0][0] if self._calls else 0

    @property
    def step_seconds(self) -> float:
        """How long each of those steps took, in seconds; 0 without any."""
        return (self._calls[-1][1] - self._calls[0][1]) / self.timed if self.timed else 0.0

    def first_step_seconds(self, epoch_start: float) -> float:
        """Return how long the first step took, without the other steps of the first call."""
        first, end = self._calls[0]
        return end - epoch_start - first * self.step_seconds

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Note the time, unless enough steps were timed or a new epoch has begun."""
        if self.timed < _TIMED_STEPS and not (self._calls and batch <= self._calls[-1][0]):
            self._calls.append((batch, time.perf_counter()))


class RecordHistory(keras.callbacks.Callback):  # type: ignore[misc]
    """Fills in the history: epochs, losses and times."""

    def __init__(self, history: History, clock: StepClock, *, tracing_seconds: float) -> None:
        super().__init__()
        self._history = history
        self._clock = clock
        self._tracing_seconds = tracing_seconds

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Note when the epoch begins."""
        self._start = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Add the epoch."""
        history = self._history
        for name in self.model.names_of_losses:
            history.losses.setdefault(name, []).append(float(logs[name]))
        history.seconds.append(time.perf_counter() - self._start)
        history.epochs.append(epoch + 1)
        if epoch == 0:
            history.seconds[0] += self._tracing_seconds
            first = self._clock.first_step_seconds(self._start)
            history.first_step_seconds = self._tracing_seconds + first


class EstimateTime(keras.callbacks.Callback):  # type: ignore[misc]
    """Says once how long the run is going to take."""

    def __init__(self, history: History, clock: StepClock, *, epochs: int) -> None:
        super().__init__()
        self._history = history
        self._clock = clock
        self._epochs = epochs
        self._epochs_before = len(history.epochs)
        self._done = False

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Estimate from single steps, when enough of them were timed."""
        steps = self._history.steps_per_epoch
        if self._done or not steps or self._clock.timed < _TIMED_STEPS:
            return
        each = self._clock.step_seconds
        left = self._epochs - len(self._history.epochs)
        self._say(left, steps * each, f"{each:.2g} s per step, {steps} steps per epoch")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Estimate from the second epoch, as the first one compiles, if it has few long steps."""
        second = len(self._history.epochs) - self._epochs_before == 2
        left = self._epochs - (epoch + 1)
        if second and left and self._clock.timed < _TIMED_STEPS:
            seconds = self._history.seconds[-1]
            self._say(left, seconds, f"{seconds:.2g} s per epoch")

    def _say(self, epochs: int, seconds_each: float, basis: str) -> None:
        self._done = True
        print(
            f"\nOn this machine the {epochs} epochs of this training take about "
            f"{duration(epochs * seconds_each)} ({basis})."
        )


class WarnIfDiverged(keras.callbacks.Callback):  # type: ignore[misc]
    """Warns once when a loss is no longer a finite number."""

    def __init__(self, history: History) -> None:
        super().__init__()
        self._losses = history.losses
        self._warned = False

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Look at the last value of each loss."""
        bad = [name for name, values in self._losses.items() if not math.isfinite(values[-1])]
        if bad and not self._warned:
            self._warned = True
            print(
                f"\nAttention: {', '.join(bad)} is no longer a finite number (epoch {epoch + 1}). "
                "The training has diverged: try a smaller learning rate, with fresh networks "
                "and optimizers."
            )


def calling(on_epoch_end: Callable[[int], Any]) -> keras.callbacks.Callback:
    """Call the notebook's function, usually to draw samples, with the number of the epoch."""
    return keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: on_epoch_end(epoch + 1))


def saving_checkpoints(
    checkpoint: tf.train.Checkpoint, folder: str | PathLike[str], *, every: int
) -> keras.callbacks.Callback:
    """Save the notebook's ``tf.train.Checkpoint`` after every few epochs."""

    def save(epoch: int, logs: Any) -> None:
        if (epoch + 1) % every == 0:
            checkpoint.save(file_prefix=str(Path(folder) / "ckpt"))

    return keras.callbacks.LambdaCallback(on_epoch_end=save)


class SaveState(keras.callbacks.Callback):  # type: ignore[misc]
    """Saves the state to resume from, and the history for the hand-in.

    It comes last, so that a state on disk implies that the pictures and checkpoints before it
    exist.
    """

    def __init__(
        self,
        run: ResumableRun,
        folder: str | PathLike[str],
        history: History,
        *,
        every: int,
        epochs: int,
    ) -> None:
        super().__init__()
        self._run = run
        self._folder = folder
        self._history = history
        self._every = every
        self._epochs = epochs

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Save after every few epochs and after the last one."""
        number = epoch + 1
        state = None
        if number % self._every == 0 or number == self._epochs:
            state = self._history.to_dict()
            run_results.save_history(self._folder, state)
        self._run.after_epoch(number, state)


def duration(seconds: float) -> str:
    """Return a time span as people put it, such as ``"5 minutes"``."""
    if seconds < 1:
        return "less than a second"
    if seconds < 90:
        return f"{seconds:.0f} seconds"
    if seconds < 5400:
        return f"{seconds / 60:.0f} minutes"
    return f"{seconds / 3600:.1f} hours"
