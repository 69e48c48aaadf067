"""Training on several devices: each has a copy of the networks and a share of every batch.

The gradients of all copies (*replicas*) are averaged in every step, so the copies stay equal. This
is ``tf.distribute``; what is added here is the loop around it. Keras' ``Model.fit`` cannot be that
loop: with several workers it fails (github.com/keras-team/keras/issues/20585), and before the first
epoch it shuffles the data once more than on one device, so the images come in another order.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import keras
import tensorflow as tf

CHOICES = ("one", "all", "workers")


def choose(devices: str) -> tf.distribute.Strategy | None:
    """Says what to train on; it holds for networks, optimizers and generators made afterwards.

    Args:
        devices: ``"one"``, ``"all"`` or ``"workers"``; see :func:`gan_helpers.device.setup`.

    Returns:
        The strategy now in force; ``None`` for one device, which needs none.

    Raises:
        ValueError: ``devices`` is none of these, or ``"workers"`` without ``TF_CONFIG``.
        RuntimeError: It is too late for ``"workers"``.
    """
    if devices not in CHOICES:
        raise ValueError(f"devices is {devices!r}; choose one of {CHOICES}.")
    # A strategy in force is kept: when a cell is run again, networks may have been made for it.
    before = tf.distribute.get_strategy()
    strategy = None
    if devices == "workers":
        if "TF_CONFIG" not in os.environ:
            raise ValueError(
                "devices='workers' needs the environment variable TF_CONFIG, which names all"
                " workers; see 'Several devices' in docs/performance.md."
            )
        strategy = before
        if not isinstance(before, tf.distribute.MultiWorkerMirroredStrategy):
            try:
                strategy = tf.distribute.MultiWorkerMirroredStrategy()
            except RuntimeError as error:
                raise RuntimeError(
                    "devices='workers' must be chosen before TensorFlow computes anything: restart"
                    " the kernel and begin with device.setup."
                ) from error
    elif devices == "all":
        found = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
        if isinstance(before, tf.distribute.MirroredStrategy):
            strategy = before
        elif len(found) > 1:
            strategy = tf.distribute.MirroredStrategy([device.name for device in found])
    tf.distribute.experimental_set_strategy(strategy)
    return strategy


def worker() -> tuple[int, int]:
    """Tells which worker this process is, from 0, and how many there are.

    Worker 0 is the chief, the only one that saves. A process that trains alone is worker 0 of 1.
    """
    resolver = tf.distribute.get_strategy().cluster_resolver
    if resolver is None or not (hosts := resolver.cluster_spec().as_dict()):
        return 0, 1
    # A host that TF_CONFIG calls the chief works like the others and comes before them.
    chiefs = len(hosts.get("chief", ()))
    before = chiefs if resolver.task_type == "worker" else 0
    return before + resolver.task_id, chiefs + len(hosts.get("worker", ()))


def refuse_what_cannot_be_shared(
    train_step: Callable[..., Any],
    networks: Mapping[str, keras.Model],
    optimizers: Mapping[str, keras.optimizers.Optimizer],
    *,
    batch_size: int,
    jit_compile: bool,
) -> None:
    """Says in a sentence what keeps a training from running on several devices.

    Args:
        train_step: See :func:`gan_helpers.training.fit`, also for the others.
        networks: All networks, by name.
        optimizers: All optimizers, by name.
        batch_size: Images in one batch of the dataset.
        jit_compile: Whether to compile with XLA.

    Raises:
        ValueError: Something does.
    """
    strategy = tf.distribute.get_strategy()
    replicas = strategy.num_replicas_in_sync
    if not hasattr(train_step, "get_concrete_function"):
        raise ValueError("On several devices train_step must be a tf.function.")
    if jit_compile:
        raise ValueError("jit_compile=True works on one device only: leave it out on several.")
    if batch_size % replicas:
        raise ValueError(
            f"{replicas} devices cannot share a batch of {batch_size} evenly: take a batch size"
            f" that is a multiple of {replicas}."
        )
    for name, network in networks.items():
        if not network.built:
            raise ValueError(
                f"{name} has no weights yet, so no device can get a copy of them. Begin the network"
                " with keras.Input(shape), or call it once on a batch."
            )
    for name, part in {**networks, **optimizers}.items():
        if not all(strategy.extended.variable_created_in_scope(v.value) for v in part.variables):
            raise ValueError(
                f"{name} was made before the devices were chosen: call device.setup first, then"
                " make networks and optimizers."
            )
    for name, optimizer in optimizers.items():
        inner = getattr(optimizer, "inner_optimizer", optimizer)
        if inner.clipnorm or inner.clipvalue or inner.global_clipnorm:
            raise ValueError(
                f"{name} clips gradients, and on several devices Keras would clip those of each"
                " device before they are averaged: make it without clipping."
            )


def refuse_disagreement(epoch: int) -> None:
    """Compares the epochs that the workers go on from; all of them have to call this.

    Args:
        epoch: The last finished epoch here, 0 at the start.

    Raises:
        ValueError: Another worker found a state of another epoch.
    """
    if worker()[1] == 1:
        return
    found = tf.distribute.get_strategy().gather(tf.constant([epoch]), axis=0).numpy()
    if found.min() != found.max():
        raise ValueError(
            f"The workers would go on after different epochs ({', '.join(map(str, found))}):"
            " resume_dir must be a folder that all of them share."
        )


def fit(
    model: keras.Model,
    step: Callable[[Any], dict[str, Any]],
    dataset: tf.data.Dataset,
    *,
    epochs: int,
    initial_epoch: int,
    steps: int | None,
    steps_per_call: int,
    optimizers: Mapping[str, keras.optimizers.Optimizer],
    callbacks: Sequence[keras.callbacks.Callback],
    verbose: int,
    on_trace: Callable[[tf.Graph, list[str]], None],
) -> None:
    """Does what ``Model.fit`` does, on all devices of the strategy in force.

    Args:
        model: What the callbacks get to see; only its ``stop_training`` is used.
        step: Trains on one device's share of a batch and returns named losses, scalars.
        dataset: One epoch of batches; each is shared by all devices.
        epochs: Number of epochs altogether.
        initial_epoch: How many of them are done.
        steps: Batches in one epoch; ``None`` if unknown.
        steps_per_call: How many steps TensorFlow takes on its own.
        optimizers: All that ``step`` uses, by name.
        callbacks: Keras callbacks. They get the losses as means over the devices and over the
            steps since the epoch began.
        verbose: 1 for Keras' progress bar, 0 for silence.
        on_trace: Called once with the graph of a step and the names of its losses.
    """
    strategy = tf.distribute.get_strategy()

    @tf.function
    def one_step(iterator):
        losses = strategy.run(step, args=(iterator.get_next(),))
        return {
            name: tf.cast(strategy.reduce("MEAN", loss, axis=None), tf.float32)
            for name, loss in losses.items()
        }

    @tf.function
    def some_steps(iterator, count, sums):
        for _ in tf.range(count):
            losses = one_step(iterator)
            sums = {name: sums[name] + losses[name] for name in sums}
        return sums

    shares = strategy.distribute_datasets_from_function(lambda context: _shares(dataset, context))
    listeners = keras.callbacks.CallbackList(
        list(callbacks), add_progbar=verbose > 0, model=model, epochs=epochs, steps=steps, verbose=1
    )
    traced, logs = None, {}
    model.stop_training = False
    with _means_over_replicas(optimizers, strategy.num_replicas_in_sync):
        listeners.on_train_begin()
        for epoch in range(initial_epoch, epochs):
            listeners.on_epoch_begin(epoch)
            iterator = iter(shares)
            if traced is None:
                traced = one_step.get_concrete_function(iterator)
                on_trace(traced.graph, list(traced.structured_outputs))
            sums = {name: tf.zeros(()) for name in traced.structured_outputs}
            for first, count in _calls(steps, steps_per_call):
                listeners.on_train_batch_begin(first)
                try:
                    sums = some_steps(iterator, tf.constant(count), sums)
                except tf.errors.OutOfRangeError:
                    break
                logs = {name: total / (first + count) for name, total in sums.items()}
                listeners.on_train_batch_end(first + count - 1, logs)
                if model.stop_training:
                    break
            if steps is not None:
                # Keras makes one iterator more than it uses. Without that, a dataset that is
                # shuffled anew in every epoch would come in another order than on one device.
                iter(dataset)
            listeners.on_epoch_end(epoch, logs)
            if model.stop_training:
                break
        listeners.on_train_end(logs)


def _calls(steps: int | None, steps_per_call: int) -> Iterator[tuple[int, int]]:
    """Gives the first step and the number of steps of each call in an epoch."""
    if steps is None:
        return ((step, 1) for step in itertools.count())
    return (
        (first, min(steps_per_call, steps - first)) for first in range(0, steps, steps_per_call)
    )


def _shares(dataset: tf.data.Dataset, context: tf.distribute.InputContext) -> tf.data.Dataset:
    """Cuts each batch into equal parts for all replicas, and gives those of this worker in turn.

    Where an epoch's last batch cannot be cut so, some of its images are used twice. tf.distribute's
    own way can leave a replica without any, whose mean loss is NaN, and so are all weights then.
    """
    replicas = context.num_replicas_in_sync
    here = replicas // context.num_input_pipelines
    first = here * context.input_pipeline_id

    def cut(*batch):
        images = tf.nest.flatten(batch)[0]
        # A size known beforehand gives shapes that are known beforehand.
        size = tf.shape(images)[0] if images.shape[0] is None else images.shape[0]
        share = (size + replicas - 1) // replicas
        wanted = tf.range(first * share, (first + here) * share) % size
        whole = batch if isinstance(dataset.element_spec, tuple) else batch[0]
        return tf.data.Dataset.from_tensor_slices(tf.reshape(wanted, [here, share])).map(
            lambda own: tf.nest.map_structure(lambda values: tf.gather(values, own), whole)
        )

    return dataset.flat_map(cut).prefetch(2 * here)


@contextlib.contextmanager
def _means_over_replicas(
    optimizers: Mapping[str, keras.optimizers.Optimizer], replicas: int
) -> Iterator[None]:
    """Makes gradients means over all replicas while a training step is traced and run.

    Keras' optimizers *sum* the gradients of all replicas. To make up for that, Keras' loss classes
    (not its loss functions, nor ``tf.reduce_mean``) divide by the number of replicas. A training
    step written for one device may use either, so here the classes are kept from dividing and the
    optimizers divide instead.
    """
    different = dict.fromkeys(optimizers.values())  # one may have several names
    losses = sys.modules[keras.losses.Loss.__module__]
    name = "scale_loss_for_distribution"
    # Early versions (3.5 is one) have no such function and do not divide.
    divide = getattr(losses, name, None)
    if divide is not None:
        setattr(losses, name, lambda value: value)
    try:
        one = float(keras.losses.MeanAbsoluteError()(tf.zeros([1]), tf.ones([1])))
        if one != 1:
            raise RuntimeError(
                f"Keras {keras.__version__} divides losses by the number of devices in a way not"
                " known here: train on one device, or with Keras 3.15."
            )
        for optimizer in different:
            optimizer.apply = functools.partial(_apply_mean, optimizer, optimizer.apply, replicas)
        yield
    finally:
        for optimizer in different:
            vars(optimizer).pop("apply", None)
        if divide is not None:
            setattr(losses, name, divide)


def _apply_mean(optimizer, apply, replicas, gradients, trainable_variables=None):
    """Applies gradients so that the optimizer's sum over all replicas becomes their mean."""
    known = [one for one in gradients if one is not None]
    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        # It looks for overflow on the first replica only, so that one has to see those of all.
        known = tf.distribute.get_replica_context().all_reduce("MEAN", known)
    shares = iter([tf.math.scalar_mul(1 / replicas, one) for one in known])
    apply([None if one is None else next(shares) for one in gradients], trainable_variables)
