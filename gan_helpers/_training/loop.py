"""The loop around a notebook's ``train_step``: Keras ``Model.fit``."""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import keras
import tensorflow as tf

from gan_helpers._training.batches import Epoch, images_of
from gan_helpers._training.cpu_layers import cheaper_layers
from gan_helpers._training.fused_adam import fused_adam
from gan_helpers.budget import Budget

#: How many steps TensorFlow takes on its own before Python hears of them: a GPU would wait for
#: Python otherwise. On a CPU a step takes far longer than a call, and the progress bar moves.
STEPS_PER_CALL = {"gpu": 16, "cpu": 1}

_STATEFUL_NOISE = {"RandomStandardNormal", "RandomUniform", "TruncatedNormal"}


class TrainingLoop(keras.Model):  # type: ignore[misc]
    """Lets ``Model.fit`` call a function; it has no weights.

    Attributes:
        names_of_losses: In the order of ``train_step``'s dict, which Keras does not keep.
    """

    def __init__(self, train_step: Callable[..., Any], budget: Budget) -> None:
        super().__init__()
        self._step = train_step
        self._takes_batch_size = _takes_batch_size(train_step)
        self._budget = budget
        self._is_function = hasattr(train_step, "get_concrete_function")
        # In the grading budget a step is so short that compiling more than train_step would cost
        # more than it saves; and a train_step that is not compiled may do things no graph can.
        self._compiled = self._is_function and budget.images_per_step is None
        self._gpu = bool(tf.config.list_logical_devices("GPU"))
        self._epoch = 0  # counted from 1 while training
        self._latest: dict[str, Any] = {}
        self._means: dict[str, keras.metrics.Mean] = {}
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
        self,
        epoch: Epoch,
        networks: Iterable[keras.Model],
        optimizers: Iterable[keras.optimizers.Optimizer],
    ) -> tf.Graph | None:
        """Trace a compiled ``train_step`` for the batches of an epoch, and return its graph.

        The networks and optimizers are used in cheaper forms while it is traced.
        """
        steps = STEPS_PER_CALL["gpu" if self._gpu else "cpu"] if self._compiled else 1
        self.compile(run_eagerly=not self._compiled, steps_per_execution=steps, jit_compile=False)
        # Not the networks themselves: Keras would take them for layers of this model.
        self._cheaper_forms = functools.partial(
            _cheaper_forms,
            tuple(networks) if self._compiled and not self._gpu else (),
            tuple(optimizers),
        )
        if not self._compiled:
            return None
        arguments = [epoch.batches.element_spec]
        if self._takes_batch_size:
            arguments.append(tf.TensorSpec((), tf.int32))
        with self._cheaper_forms():
            # Later calls of the tf.function find this trace.
            traced = self._step.get_concrete_function(*arguments)  # type: ignore[attr-defined]
        # Made here where the losses are known, as a graph cannot make variables.
        for name in named_losses(traced.structured_outputs):
            self._means[name] = keras.metrics.Mean(name=name)
        self.names_of_losses = tuple(self._means)
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
        with self._cheaper_forms():
            self.fit(
                epoch.batches,
                steps_per_epoch=epoch.keras_steps,
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
        if self._budget.images_per_step is not None:
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
        fixed = self._budget.images_per_step is not None
        return named_losses(self._step(data, images.shape[0] if fixed else tf.shape(images)[0]))


@contextlib.contextmanager
def _cheaper_forms(
    networks: Iterable[keras.Model], optimizers: Iterable[keras.optimizers.Optimizer]
) -> Iterator[None]:
    with fused_adam(optimizers), cheaper_layers(networks):
        yield


def named_losses(result: Any) -> dict[str, Any]:
    """Return the losses that a ``train_step`` returned, by name.

    Raises:
        ValueError: If it returned something else.
    """
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
