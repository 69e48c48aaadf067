"""The concerns of a training run, each a Keras callback: times, warnings, saving.

:func:`gan_helpers.training.fit` puts them in the order in which they stand here.
"""

from __future__ import annotations

import math
import time
from os import PathLike
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from gan_helpers._training import run_results
from gan_helpers._training.resume import ResumableRun
from gan_helpers.history import History

_TIMED_STEPS = 4  # after the first call, which compiles


class RecordHistory(keras.callbacks.Callback):  # type: ignore[misc]
    """Fills in the history, and says once how long the run is going to take."""

    def __init__(self, history: History, *, tracing_seconds: float, estimate: bool) -> None:
        super().__init__()
        self._history = history
        self._epochs_before = len(history.epochs)
        self._tracing_seconds = tracing_seconds
        self._estimate_due = estimate
        # Number of the epoch's last step, and when it was over, of the first few calls.
        self._calls: list[tuple[int, float]] = []

    @property
    def _timed(self) -> int:
        """How many steps were timed: those after the first call."""
        return self._calls[-1][0] - self._calls[0][0] if self._calls else 0

    @property
    def _step_seconds(self) -> float:
        """How long each of those steps took; 0 without any."""
        return (self._calls[-1][1] - self._calls[0][1]) / self._timed if self._timed else 0.0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Note when the epoch begins."""
        self._start = time.perf_counter()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Time the first few steps, unless a new epoch has begun, and estimate from them."""
        if self._timed >= _TIMED_STEPS or (self._calls and batch <= self._calls[-1][0]):
            return
        self._calls.append((batch, time.perf_counter()))
        steps = self._history.steps_per_epoch
        if steps and self._timed >= _TIMED_STEPS:
            each = self._step_seconds
            self._say(steps * each, f"{each:.2g} s per step, {steps} steps per epoch")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Add the epoch; estimate from the second, as the first compiles, if it has few steps."""
        history = self._history
        for name in self.model.names_of_losses:
            history.losses.setdefault(name, []).append(float(logs[name]))
        history.seconds.append(time.perf_counter() - self._start)
        history.epochs.append(epoch + 1)
        if epoch == 0:
            history.seconds[0] += self._tracing_seconds
            # Without the other steps of the first call.
            first, end = self._calls[0]
            only_first = end - self._start - first * self._step_seconds
            history.first_step_seconds = self._tracing_seconds + only_first
        second = len(history.epochs) - self._epochs_before == 2
        if second and epoch + 1 < self.params["epochs"] and self._timed < _TIMED_STEPS:
            self._say(history.seconds[-1], f"{history.seconds[-1]:.2g} s per epoch")

    def _say(self, seconds_each: float, basis: str) -> None:
        if self._estimate_due:
            left = self.params["epochs"] - len(self._history.epochs)
            print(
                f"\nOn this machine the {left} epochs of this training take about "
                f"{duration(left * seconds_each)} ({basis})."
            )
        self._estimate_due = False


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

    def __init__(self, run: ResumableRun, history: History, *, every: int) -> None:
        super().__init__()
        self._run = run
        self._history = history
        self._every = every

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Save after every few epochs and after the last one."""
        number = epoch + 1
        state = None
        if number % self._every == 0 or number == self.params["epochs"]:
            state = self._history.to_dict()
            run_results.save_history(self._run.folder, self._history)
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
