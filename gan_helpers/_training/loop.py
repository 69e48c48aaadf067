"""The loop around a notebook's ``train_step``: one epoch of data, and Keras ``Model.fit``."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf

from gan_helpers._training.fused_adam import fused_adam
from gan_helpers.budget import Budget

#: How many steps TensorFlow takes on its own before Python hears of them: a GPU would wait for
#: Python otherwise. On a CPU a step takes far longer than a call, and the progress bar moves.
STEPS_PER_CALL = {"gpu": 16, "cpu": 1}

_STATEFUL_NOISE = {"RandomStandardNormal", "RandomUniform", "TruncatedNormal"}


@dataclass(frozen=True)
class Epoch:
    """What one epoch iterates over."""

    batches: tf.data.Dataset
    steps: int | None  # in ``batches``, if known
    batch_size: int  # images in one batch of the whole dataset


def one_epoch_of(dataset: tf.data.Dataset, budget: Budget) -> Epoch:
    """Cut a dataset to the budget; refuse one with nothing to train on, or without an end."""
    if budget.images_per_step is not None:
        return _one_small_step(dataset, budget.images_per_step)
    cardinality = int(dataset.cardinality())
    if cardinality == 0:
        raise ValueError("The dataset is empty: there is nothing to train on.")
    batch_size = _batch_size(dataset)
    if budget.images_per_epoch is not None:
        steps = max(1, budget.images_per_epoch // batch_size)
        # Every epoch starts a new pass, so a shuffled dataset is shuffled again, and nothing but
        # the number of passes has to be known to resume.
        return Epoch(dataset.repeat().take(steps), steps, batch_size)
    if cardinality == tf.data.INFINITE_CARDINALITY:
        raise ValueError("The dataset never ends: remove repeat(), fit() counts the epochs itself.")
    return Epoch(dataset, cardinality if cardinality > 0 else None, batch_size)


def images_of(batch: Any) -> Any:
    """Return the images of a batch, which come first if there is more in it."""
    return tf.nest.flatten(batch)[0]


def _one_small_step(dataset: tf.data.Dataset, images: int) -> Epoch:
    first = next(iter(dataset), None)
    if first is None:
        raise ValueError("The dataset is empty: there is nothing to train on.")
    batch_size = int(images_of(first).shape[0])
    few = tf.data.Dataset.from_tensor_slices(first)
    few = few.batch(min(images, batch_size), drop_remainder=True)
    return Epoch(few.repeat(), 1, batch_size)


def _batch_size(dataset: tf.data.Dataset) -> int:
    """Find the size of a full batch without reading data, where the dataset tells."""
    spec = images_of(dataset.element_spec)
    if spec.shape.rank and spec.shape[0] is not None:
        return int(spec.shape[0])
    # Only ragged last batches leave it open; reading one batch settles it.
    return int(images_of(next(iter(dataset))).shape[0])


class TrainingLoop(keras.Model):  # type: ignore[misc]
    """Lets ``Model.fit`` call a function; it has no weights."""

    def __init__(self, train_step: Callable[..., Any], budget: Budget) -> None:
        super().__init__()
        self._step = train_step
        self._takes_batch_size = _takes_batch_size(train_step)
        self._budget = budget
        self._grading = budget.images_per_step is not None
        self._is_function = hasattr(train_step, "get_concrete_function")
        # In the grading budget a step is so short that compiling more than train_step would cost
        # more than it saves; and a train_step that is not compiled may do things no graph can.
        self._compiled = self._is_function and not self._grading
        self._epoch = 0  # counted from 1 while training
        self._latest: dict[str, Any] = {}
        self._means: dict[str, keras.metrics.Mean] = {}
        # In the order of train_step's dict, which Keras does not keep.
        self.names_of_losses: tuple[str, ...] = ()
        self.built = True

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """The running means; ``Model.fit`` resets them when an epoch begins."""
        return list(self._means.values())

    def call(self, inputs: Any) -> Any:
        """Do nothing: this model has no output."""
        return inputs

    def prepare(
        self, epoch: Epoch, optimizers: Iterable[keras.optimizers.Optimizer]
    ) -> tf.Graph | None:
        """Trace a compiled ``train_step`` for the batches of an epoch, and return its graph."""
        device = "gpu" if tf.config.list_logical_devices("GPU") else "cpu"
        steps = STEPS_PER_CALL[device] if self._compiled else 1
        self.compile(run_eagerly=not self._compiled, steps_per_execution=steps, jit_compile=False)
        self._fused_adam = functools.partial(fused_adam, tuple(optimizers))
        if not self._compiled:
            return None
        arguments = [epoch.batches.element_spec]
        if self._takes_batch_size:
            arguments.append(tf.TensorSpec((), tf.int32))
        with self._fused_adam():
            # Later calls of the tf.function find this trace.
            traced = self._step.get_concrete_function(*arguments)  # type: ignore[attr-defined]
        # Made here where the losses are known, as a graph cannot make variables.
        for name in named_losses(traced.structured_outputs):
            self._means[name] = keras.metrics.Mean(name=name)
        graph: tf.Graph = traced.graph
        return graph

    def run(
        self,
        epoch: Epoch,
        *,
        epochs: int,
        initial_epoch: int,
        callbacks: Sequence[keras.callbacks.Callback],
        verbose: int,
    ) -> None:
        """Train from one epoch to another; call :meth:`prepare` first."""

        def count(number: int, logs: Any = None) -> None:
            self._epoch = number + 1

        counting = keras.callbacks.LambdaCallback(on_epoch_begin=count)
        with self._fused_adam():
            self.fit(
                epoch.batches,
                steps_per_epoch=epoch.steps if self._grading else None,  # else the data end
                shuffle=False,  # Shuffling is the dataset's business.
                epochs=epochs,
                initial_epoch=initial_epoch,
                callbacks=[counting, *callbacks],
                verbose=verbose,
            )

    def train_step(self, data: Any) -> dict[str, Any]:
        """Train on one batch and return the means of the losses since the epoch began."""
        if not self._budget.has_steps(self._epoch):
            return self._latest
        if self._is_function:
            losses = self._losses_of(data)
        else:
            # Out of the replica context of fit(), where a step could not use train_on_batch or
            # fit() of the networks themselves.
            context = tf.distribute.get_replica_context()
            losses = context.merge_call(lambda _, batch: self._losses_of(batch), args=(data,))
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

    def _losses_of(self, data: Any) -> dict[str, Any]:
        if not self._takes_batch_size:
            return named_losses(self._step(data))
        images = images_of(data)
        # All batches of the grading budget are of one size. As a number it lets TensorFlow know all
        # shapes while it traces the step, and so trace a tenth less.
        size = images.shape[0] if self._grading else tf.shape(images)[0]
        return named_losses(self._step(data, size))


def named_losses(result: Any) -> dict[str, Any]:
    """Return the losses that a ``train_step`` returned, by name; refuse anything else."""
    if result is None:
        return {}
    if isinstance(result, Mapping):
        return dict(result)
    if isinstance(result, tuple | list) and len(result) == 2:
        return {"generator_loss": result[0], "discriminator_loss": result[1]}
    raise ValueError(
        "train_step must return a dict of losses such as {'generator_loss': gen_loss, "
        "'discriminator_loss': disc_loss}, a pair of them in this order, or nothing; "
        f"it returned a {type(result).__name__}."
    )


def warn_if_noise_cannot_be_resumed(graph: tf.Graph) -> None:
    """Warn of random numbers inside a ``tf.function`` that no saved state can go back to."""
    if any(operation.type in _STATEFUL_NOISE for operation in graph.get_operations()):
        print(
            "Note: train_step draws its noise with tf.random. If this training is interrupted it "
            "can go on, but with other noise than without the interruption. Draw it with "
            "sampling.latent((batch_size, noise_dim)) to make that exact."
        )


def _takes_batch_size(train_step: Callable[..., Any]) -> bool:
    function = getattr(train_step, "python_function", train_step)
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return True
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return len(positional) >= 2 or any(p.kind == p.VAR_POSITIONAL for p in parameters)
