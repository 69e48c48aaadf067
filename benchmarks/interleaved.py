"""Lets a Keras training be timed epoch by epoch, with pauses in between."""

from __future__ import annotations

import contextlib
import io
import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

FOR_EVER = 1_000_000
"""Epochs to ask a training for that is timed like this."""


def epochs_in_turn(
    train: Callable[[list[Any]], Any], *, steps: int, host: list[float] | None = None
) -> Iterator[float]:
    """Let a training do one epoch for each item that is asked for; in between it waits.

    One training serves all epochs, so that only the first one compiles.

    Args:
        train: Trains for ever, with the Keras callbacks that it is given.
        steps: Steps in one epoch.
        host: Gets the processor time that the Python thread spent per step of each epoch.

    Yields:
        The seconds per step of one epoch.
    """
    import keras

    go: queue.Queue[None] = queue.Queue()
    done: queue.Queue[float] = queue.Queue()
    begun = [0.0, 0.0]

    def wait(epoch: int, logs: Any) -> None:
        go.get()
        begun[:] = time.perf_counter(), time.thread_time()

    def tell(epoch: int, logs: Any) -> None:
        if host is not None:
            host.append((time.thread_time() - begun[1]) / steps)
        done.put((time.perf_counter() - begun[0]) / steps)

    def run() -> None:
        with contextlib.redirect_stdout(io.StringIO()):
            train([keras.callbacks.LambdaCallback(on_epoch_begin=wait, on_epoch_end=tell)])

    threading.Thread(target=run, daemon=True).start()
    while True:
        go.put(None)
        yield done.get()
