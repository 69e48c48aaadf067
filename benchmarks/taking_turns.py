"""Lets :func:`gan_helpers.training.fit` be timed epoch by epoch, with pauses in between."""

from __future__ import annotations

import contextlib
import io
import queue
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any


def epochs_in_turn(
    train_step: Any,
    dataset: Any,
    *,
    steps: int,
    batch: int,
    networks: Mapping[str, Any],
    optimizers: Mapping[str, Any],
    host: list[float] | None = None,
) -> Iterator[float]:
    """Train one epoch for each item that is asked for; in between the training waits.

    One call of ``fit`` serves all epochs, so that only the first one compiles.

    Args:
        train_step: See ``fit``.
        dataset: See ``fit``.
        steps: Steps in one epoch.
        batch: Images in one step.
        networks: See ``fit``.
        optimizers: See ``fit``.
        host: Gets the processor time that the Python thread spent per step of each epoch.

    Yields:
        The seconds per step of one epoch.
    """
    import keras

    from gan_helpers import training
    from gan_helpers.budget import Budget

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

    def train() -> None:
        with contextlib.redirect_stdout(io.StringIO()):
            training.fit(
                train_step,
                dataset,
                epochs=1_000_000,
                budget=Budget("benchmark", images_per_epoch=steps * batch),
                networks=networks,
                optimizers=optimizers,
                callbacks=[keras.callbacks.LambdaCallback(on_epoch_begin=wait, on_epoch_end=tell)],
            )

    threading.Thread(target=train, daemon=True).start()
    while True:
        go.put(None)
        yield done.get()
