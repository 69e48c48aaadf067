"""The training loop: the notebook's own ``train_step``, driven by Keras ``Model.fit``."""

from __future__ import annotations

import contextlib
import dataclasses
import inspect
import json
import math
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from gan_helpers import distribution
from gan_helpers._training import run_results
from gan_helpers._training.cpu_layers import cheaper_forms
from gan_helpers._training.fused_adam import one_operation_adam
from gan_helpers._training.resume import ResumableRun, build_optimizers
from gan_helpers.budget import Budget

_STATEFUL_NOISE = {"RandomStandardNormal", "RandomUniform", "TruncatedNormal"}


@dataclass
class History:
    """What happened in a training.

    Attributes:
        epochs: Numbers of the epochs, from 1.
        losses: For each loss its mean over every epoch, e.g. ``{"generator_loss": [...]}``.
        seconds: How long each epoch's training steps took; pictures and saving are not included,
            compiling the first step is (see ``first_step_seconds``).
        steps_per_epoch: Training steps in one epoch.
        batch_size: Images in one batch of the dataset.
        budget: Name of the budget.
        first_step_seconds: How long the very first step took, which includes tracing and compiling
            it.
    """

    epochs: list[int] = field(default_factory=list)
    losses: dict[str, list[float]] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    steps_per_epoch: int = 0
    batch_size: int = 0
    budget: str = ""
    first_step_seconds: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Returns the fields as plain lists, numbers and strings."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> History:
        """Builds a history from :meth:`to_dict`'s result.

        Raises:
            ValueError: ``values`` are not the fields of a history.
        """
        try:
            return cls(**values)
        except TypeError as error:
            raise ValueError(f"This is not a training history: {error}.") from error

    def to_json(self, path: str | PathLike[str]) -> None:
        """Writes the history to a JSON file."""
        Path(path).write_text(json.dumps(self.to_dict(), indent=1), encoding="utf-8")

    @classmethod
    def from_json(cls, path: str | PathLike[str]) -> History:
        """Reads a history that :meth:`to_json` wrote.

        Raises:
            ValueError: The file is not a training history.
            OSError: The file cannot be read.
        """
        return cls.from_dict(json.loads(Path(path).read_text(encoding="utf-8")))


def fit(
    train_step: Callable[..., Any],
    dataset: tf.data.Dataset,
    *,
    epochs: int,
    budget: Budget,
    networks: Mapping[str, keras.Model],
    optimizers: Mapping[str, keras.optimizers.Optimizer],
    on_epoch_end: Callable[[int], Any] | None = None,
    checkpoint: tf.train.Checkpoint | None = None,
    checkpoint_dir: str | PathLike[str] | None = None,
    checkpoint_every: int = 15,
    resume_dir: str | PathLike[str] | None = None,
    resume_every: int = 5,
    restart: bool = False,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    steps_per_call: int | None = None,
    jit_compile: bool = False,
) -> History:
    """Trains with Keras ``Model.fit``, its callbacks and its progress bar.

    How much is trained depends on the budget. *full*: one epoch is the whole dataset. *quick*: one
    epoch is ``images_per_epoch`` images of a newly shuffled pass over it. *grading*: an epoch is
    one step on ``images_per_step`` images, or none, which leaves the losses as they are
    (:meth:`~gan_helpers.budget.Budget.has_steps`).

    With several devices (:func:`gan_helpers.device.setup`) each trains on its share of every batch,
    and losses and gradients are means over all of them. ``train_step`` is written as for one
    device, but gets a share: its ``batch_size`` is that of the share. Of several workers only the
    first saves checkpoints and states; all call ``on_epoch_end`` and need the same ``resume_dir``.

    Args:
        train_step: ``train_step(images, batch_size)`` or ``train_step(images)``, usually a
            ``tf.function``. It trains on one batch and returns a dict of scalar losses, a tuple
            ``(generator_loss, discriminator_loss)``, or ``None``.
        dataset: Batches of images (of whatever ``train_step`` understands).
        epochs: Number of epochs altogether, including any that a resumed training has done.
        budget: From :func:`gan_helpers.budget.choose`.
        networks: Everything that learns, by name.
        optimizers: Their optimizers, by name.
        on_epoch_end: Called with the number of the epoch, from 1, when it is over.
        checkpoint: Saved as ``checkpoint_dir/ckpt-N`` after every ``checkpoint_every`` epochs,
            and only then: with 50 epochs and 15, the latest checkpoint is that of epoch 45.
        checkpoint_dir: Where; needed together with ``checkpoint``.
        checkpoint_every: See ``checkpoint``.
        resume_dir: A folder. If given, the full state of the training is kept there, and calling
            ``fit`` again after an interruption goes on exactly where the training stood. When the
            training is over, what the hand-in needs is kept there too (see
            :mod:`gan_helpers._training.run_results`). In the grading budget nothing is kept.
        resume_every: Save that state after so many epochs, and at the end.
        restart: Forget a training kept in ``resume_dir`` and begin from the start.
        callbacks: Further Keras callbacks; they count epochs from 0, as Keras does.
        steps_per_call: How many steps TensorFlow takes on its own before Python hears of them and
            the progress bar moves. ``None``: 1 on a CPU, where a step takes far longer than a call;
            16 on a GPU, which would wait for Python otherwise. Only for a ``tf.function``.
        jit_compile: Compile each step with XLA. Only for a ``tf.function``; measure it first: on
            CPUs it is slower than without (see ``make bench``).

    Returns:
        The history of the training, including its resumed part.

    Raises:
        ValueError: An argument makes no sense, or ``resume_dir`` holds a training that was made
            with other settings; the message says which.
    """
    if min(epochs, checkpoint_every, resume_every, steps_per_call or 1) < 1:
        raise ValueError(
            "epochs, checkpoint_every, resume_every and steps_per_call must be at least 1."
        )
    if checkpoint is not None and checkpoint_dir is None:
        raise ValueError("Saving a checkpoint needs checkpoint_dir: the folder to save it in.")
    if not networks or not optimizers:
        raise ValueError("networks and optimizers must name what is trained: they are empty.")
    grading = budget.images_per_step is not None
    batches, steps, batch_size = _one_epoch_of(dataset, budget)
    history = History(steps_per_epoch=steps or 0, batch_size=batch_size, budget=budget.name)

    several = tf.distribute.has_strategy()
    chief = distribution.worker()[0] == 0
    if several:
        distribution.refuse_what_cannot_be_shared(
            train_step, networks, optimizers, batch_size=batch_size, jit_compile=jit_compile
        )
        if checkpoint is not None:
            # Asking for this variable makes it, and workers can only make variables together.
            _ = checkpoint.save_counter
    build_optimizers(optimizers, networks)
    resumable = None
    if grading:
        resume_dir = None
    if resume_dir is not None:
        resumable = ResumableRun(
            resume_dir,
            networks=networks,
            optimizers=optimizers,
            dataset=batches,
            whole=dataset,
            checkpoint=checkpoint,
            settings={
                "budget": budget.name,
                "batch size": batch_size,
                "steps per epoch": steps,
                "XLA": jit_compile,
                "devices": tf.distribute.get_strategy().num_replicas_in_sync,
            },
        )
        if restart and chief:
            resumable.forget()
            run_results.forget(resume_dir)
        # Other workers may come here before the first has forgotten.
        saved = None if restart else resumable.restore()
        if saved is not None:
            history = History.from_dict(saved)
    done = history.epochs[-1] if history.epochs else 0
    if several:
        distribution.refuse_disagreement(done)
    if done >= epochs:
        print(
            f"This training is already finished: all {done} epochs, kept in {resume_dir}."
            " To train again from the start, call fit with restart=True."
        )
        # Workers might not all see the file, and have to call the generator together.
        if (
            resume_dir is not None
            and not several
            and not run_results.is_kept(resume_dir, epoch=done)
        ):
            run_results.keep_generator(resume_dir, networks, epoch=done)
        return history
    if done:
        print(f"Going on with a training that was interrupted: epoch {done + 1} of {epochs} next.")

    # In the grading budget a step is so short that compiling more than train_step would cost more
    # than it saves; and a train_step that is not compiled may do things that no graph can.
    compiled = hasattr(train_step, "get_concrete_function") and not grading
    gpu = bool(tf.config.list_logical_devices("GPU"))

    def cheaply() -> contextlib.ExitStack:
        stack = contextlib.ExitStack()
        stack.enter_context(one_operation_adam(optimizers.values()))
        if compiled and not (gpu or jit_compile):
            stack.enter_context(cheaper_forms(networks.values()))
        return stack

    started = time.perf_counter()
    with cheaply():
        traced = _trace(train_step, batches) if compiled and not several else None
    if traced is not None and resumable is not None:
        _say_if_noise_cannot_be_resumed(traced.graph)
    if steps_per_call is None:
        steps_per_call = 16 if gpu else 1
    bookkeeping = _Bookkeeping(
        history,
        epochs=epochs,
        on_epoch_end=on_epoch_end,
        checkpoint=checkpoint,
        checkpoint_dir=checkpoint_dir,
        checkpoint_every=checkpoint_every,
        resumable=resumable,
        resume_dir=resume_dir,
        resume_every=resume_every,
        saves=chief,
        estimate=not grading,
        tracing_seconds=time.perf_counter() - started,
    )
    loop = _Loop(
        # On several devices it is called inside a tf.function for all of them.
        train_step.python_function if several else train_step,  # type: ignore[attr-defined]
        budget=budget,
        losses=_named(traced.structured_outputs) if traced is not None else {},
    )
    common: dict[str, Any] = {
        "epochs": epochs,
        "initial_epoch": done,
        "callbacks": [*callbacks, bookkeeping],
        # Nobody looks at a bar on the grading machine.
        "verbose": 0 if grading and os.environ.get("NBGRADER_EXECUTION") else 1,
    }

    def on_trace(graph: tf.Graph, names: list[str]) -> None:
        loop.names_of_losses = tuple(names)
        if resumable is not None:
            _say_if_noise_cannot_be_resumed(graph)

    try:
        if several:
            distribution.fit(
                loop,
                loop.losses_of,
                batches,
                steps=steps,
                steps_per_call=steps_per_call,
                optimizers=optimizers,
                on_trace=on_trace,
                **common,
            )
        else:
            loop.compile(
                run_eagerly=not compiled,
                steps_per_execution=steps_per_call if compiled else 1,
                jit_compile=jit_compile and compiled,
            )
            with cheaply():
                loop.fit(
                    batches,
                    steps_per_epoch=1 if grading else None,
                    shuffle=False,  # Shuffling is the dataset's own business.
                    **common,
                )
    except KeyboardInterrupt:
        if resumable is not None:
            print("\nStopped. Run this cell again to go on from the last state that was saved.")
        raise
    if resume_dir is not None:
        run_results.keep_generator(resume_dir, networks, epoch=epochs, write=chief)
    last = ", ".join(f"{name} {values[-1]:.3f}" for name, values in history.losses.items())
    print(
        f"Trained {epochs - done} epochs in {_duration(time.perf_counter() - started)}."
        + (f" Last losses: {last}." if last else "")
    )
    return history


class _Loop(keras.Model):
    """Lets ``Model.fit`` call a function; it owns no weights of its own."""

    def __init__(
        self, train_step: Callable[..., Any], *, budget: Budget, losses: Mapping[str, Any]
    ):
        super().__init__()
        self._step = train_step
        self._takes_batch_size = _takes_batch_size(train_step)
        self._budget = budget
        self._grading = budget.images_per_step is not None
        self.epoch = 0  # counted from 1 while training
        self._latest: dict[str, Any] = {}
        # In the order of train_step's dict, which Keras does not keep.
        self.names_of_losses = tuple(losses)
        # Made here where the losses are known, as a graph cannot make variables.
        self._means = {name: keras.metrics.Mean(name=name) for name in losses}
        self.built = True

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """The running means; ``Model.fit`` resets them when an epoch begins."""
        return list(self._means.values())

    def call(self, inputs):
        """Never used: this model has no output."""
        return inputs

    def losses_of(self, data) -> dict[str, Any]:
        """Trains on one batch and returns its losses by name."""
        if not self._takes_batch_size:
            return _named(self._step(data))
        images = tf.nest.flatten(data)[0]
        # All batches of the grading budget are of one size. As a number it lets TensorFlow know all
        # shapes while it traces the step, and so trace a tenth less.
        return _named(self._step(data, images.shape[0] if self._grading else tf.shape(images)[0]))

    def train_step(self, data):
        """Trains on one batch and returns the means of the losses since the epoch began."""
        if not self._budget.has_steps(self.epoch):
            return self._latest
        if hasattr(self._step, "get_concrete_function"):
            losses = self.losses_of(data)
        else:
            # Out of the replica context of fit(), where a step could not use train_on_batch or
            # fit() of the networks themselves.
            context = tf.distribute.get_replica_context()
            losses = context.merge_call(lambda _, own: self.losses_of(own), args=(data,))
        self.names_of_losses = tuple(losses)
        if self._grading:
            self._latest = losses or {"no_loss": 0.0}
            return self._latest
        if not losses:
            return {"no_loss": 0.0}  # Keras needs something to pass on.
        for name, loss in losses.items():
            if name not in self._means:
                self._means[name] = keras.metrics.Mean(name=name)
            self._means[name].update_state(loss)
        return {name: mean.result() for name, mean in self._means.items()}


class _Bookkeeping(keras.callbacks.Callback):
    """Keeps the history, tells the time, calls ``on_epoch_end``, saves."""

    def __init__(
        self,
        history: History,
        *,
        epochs: int,
        on_epoch_end: Callable[[int], Any] | None,
        checkpoint: tf.train.Checkpoint | None,
        checkpoint_dir: str | PathLike[str] | None,
        checkpoint_every: int,
        resumable: ResumableRun | None,
        resume_dir: str | PathLike[str] | None,
        resume_every: int,
        saves: bool,
        estimate: bool,
        tracing_seconds: float,
    ):
        super().__init__()
        self._history = history
        self._epochs = epochs
        self._then = on_epoch_end
        self._checkpoint = checkpoint
        self._prefix = str(Path(checkpoint_dir) / "ckpt") if checkpoint_dir else None
        self._checkpoint_every = checkpoint_every
        self._resumable = resumable
        self._resume_dir = resume_dir
        self._resume_every = resume_every
        self._saves = saves
        self._estimate = estimate
        self._tracing_seconds = tracing_seconds
        # Number of the epoch's last step, and when it was over, of the first few calls.
        self._calls: list[tuple[int, float]] = []
        self._epochs_here = 0
        self._warned = False

    def on_epoch_begin(self, epoch, logs=None):
        if self._resumable is not None:
            self._resumable.before_epoch()
        self.model.epoch = epoch + 1
        self._epoch_start = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        # The first call compiles, so the next four steps or more are timed; then there is nothing
        # left to do.
        if self._timed() >= 4 or (self._calls and batch <= self._calls[-1][0]):
            return
        self._calls.append((batch, time.perf_counter()))
        steps = self._history.steps_per_epoch
        if self._timed() >= 4 and self._estimate and steps:
            per_step = self._step_seconds()
            left = self._epochs - len(self._history.epochs)
            self._say_how_long(
                left, steps * per_step, f"{per_step:.2g} s per step, {steps} steps per epoch"
            )

    def _say_how_long(self, epochs: int, seconds_each: float, how: str) -> None:
        print(
            f"\nOn this machine the {epochs} epochs of this training take about"
            f" {_duration(epochs * seconds_each)} ({how})."
        )

    def _timed(self) -> int:
        """Counts the steps after the first call."""
        return self._calls[-1][0] - self._calls[0][0] if self._calls else 0

    def _step_seconds(self) -> float:
        """Says how long one of those steps took."""
        return (self._calls[-1][1] - self._calls[0][1]) / self._timed() if self._timed() else 0.0

    def on_epoch_end(self, epoch, logs):
        number = epoch + 1
        history = self._history
        for name in self.model.names_of_losses:
            history.losses.setdefault(name, []).append(float(logs[name]))
        history.seconds.append(time.perf_counter() - self._epoch_start)
        history.epochs.append(number)
        self._epochs_here += 1
        if self._epochs_here == 2 and self._timed() < 4 and self._estimate:
            # Epochs of a few long steps: the second is timed whole, as the first one compiles.
            seconds, left = history.seconds[-1], self._epochs - number
            if left:
                self._say_how_long(left, seconds, f"{seconds:.2g} s per epoch")
        if number == 1:
            history.seconds[0] += self._tracing_seconds
            first, end = self._calls[0]
            # A first call of many steps is longer by all but one of them.
            took = end - self._epoch_start - first * self._step_seconds()
            history.first_step_seconds = self._tracing_seconds + took
        self._warn_if_diverged(number)
        if self._then is not None:
            self._then(number)
        if self._checkpoint is not None and self._saves and number % self._checkpoint_every == 0:
            self._checkpoint.save(file_prefix=self._prefix)
        # Last, so that a state on disk implies that the pictures and checkpoints before it exist.
        if self._resumable is not None:
            due = number % self._resume_every == 0 or number == self._epochs
            saved = history.to_dict() if due and self._saves else None
            if saved is not None and self._resume_dir is not None:
                run_results.keep_history(self._resume_dir, saved)
            self._resumable.after_epoch(number, saved)

    def _warn_if_diverged(self, number: int) -> None:
        losses = self._history.losses
        bad = [name for name, values in losses.items() if not math.isfinite(values[-1])]
        if bad and not self._warned:
            self._warned = True
            print(
                f"\nAttention: {', '.join(bad)} is no longer a finite number (epoch {number})."
                " The training has diverged: try a smaller learning rate, with fresh networks"
                " and optimizers."
            )


def _one_epoch_of(
    dataset: tf.data.Dataset, budget: Budget
) -> tuple[tf.data.Dataset, int | None, int]:
    """Returns what one epoch iterates over, its steps (None: unknown) and the batch size."""
    if budget.images_per_step is not None:
        first = next(iter(dataset), None)
        if first is None:
            raise ValueError("The dataset is empty: there is nothing to train on.")
        batch_size = int(tf.nest.flatten(first)[0].shape[0])
        few = tf.data.Dataset.from_tensor_slices(first)
        few = few.batch(min(budget.images_per_step, batch_size), drop_remainder=True)
        return few.repeat(), 1, batch_size
    cardinality = int(dataset.cardinality())
    if cardinality == 0:
        raise ValueError("The dataset is empty: there is nothing to train on.")
    batch_size = _batch_size(dataset)
    if budget.images_per_epoch is not None:
        steps = max(1, budget.images_per_epoch // batch_size)
        # Every epoch starts a new pass, so a shuffled dataset is shuffled anew, and nothing but
        # the number of passes has to be known to resume.
        return dataset.repeat().take(steps), steps, batch_size
    if cardinality == tf.data.INFINITE_CARDINALITY:
        raise ValueError("The dataset never ends: remove repeat(), fit() counts the epochs itself.")
    return dataset, cardinality if cardinality > 0 else None, batch_size


def _batch_size(dataset: tf.data.Dataset) -> int:
    """Finds the size of a full batch without reading data, where the dataset tells."""
    spec = tf.nest.flatten(dataset.element_spec)[0]
    if spec.shape.rank and spec.shape[0] is not None:
        return int(spec.shape[0])
    # Only ragged last batches leave it open; reading one batch settles it.
    return int(tf.nest.flatten(next(iter(dataset)))[0].shape[0])


def _takes_batch_size(train_step: Callable[..., Any]) -> bool:
    function = getattr(train_step, "python_function", train_step)
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return True
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return len(positional) >= 2 or any(p.kind == p.VAR_POSITIONAL for p in parameters)


def _trace(train_step: Callable[..., Any], batches: tf.data.Dataset) -> Any:
    """Traces a ``tf.function`` for these batches; its later calls find that trace."""
    arguments = [batches.element_spec]
    if _takes_batch_size(train_step):
        arguments.append(tf.TensorSpec((), tf.int32))
    return train_step.get_concrete_function(*arguments)  # type: ignore[attr-defined]


def _say_if_noise_cannot_be_resumed(graph: tf.Graph) -> None:
    """Tells about random numbers inside a ``tf.function`` that no saved state can go back to."""
    if any(operation.type in _STATEFUL_NOISE for operation in graph.get_operations()):
        print(
            "Note: train_step draws its noise with tf.random. If this training is interrupted it"
            " can go on, but with other noise than without the interruption. Draw it with"
            " sampling.latent((batch_size, noise_dim)) to make that exact."
        )


def _named(result: Any) -> dict[str, Any]:
    """Gives the losses that a ``train_step`` returned their names."""
    if result is None:
        return {}
    if isinstance(result, Mapping):
        return dict(result)
    if isinstance(result, tuple | list) and len(result) == 2:
        return {"generator_loss": result[0], "discriminator_loss": result[1]}
    raise ValueError(
        "train_step must return a dict of losses such as {'generator_loss': gen_loss,"
        " 'discriminator_loss': disc_loss}, a pair of them in this order, or nothing;"
        f" it returned a {type(result).__name__}."
    )


def _duration(seconds: float) -> str:
    """Says a time span the way people do."""
    if seconds < 1:
        return "less than a second"
    if seconds < 90:
        return f"{seconds:.0f} seconds"
    if seconds < 5400:
        return f"{seconds / 60:.0f} minutes"
    return f"{seconds / 3600:.1f} hours"
