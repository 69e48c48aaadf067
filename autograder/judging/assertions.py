"""What checks of several assignments expect, each as one function with its sentences."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from autograder.challenges.checkpoints import planted_digests
from autograder.challenges.shown_pictures import sentinels_for
from autograder.evidence.schema import CellStatus, Folder, Model, Optimizer
from autograder.judging.check import Evidence, Recording, Unmet, require
from autograder.judging.networks import Architecture
from gan_helpers.budget import GRADING

# Weights that start from the same number everywhere.
_START = {"bias": 0.0, "beta": 0.0, "moving_mean": 0.0, "gamma": 1.0, "moving_variance": 1.0}


def explained_by(cell: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Let a check that fails tell first why the answer's cell did not run to its end.

    What the cell made before it stopped still counts. Put this below ``@check(...)``; the check
    needs the fixture ``evidence``.

    Args:
        cell: Grade id of the solution cell.
    """

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(test)
        def explained(**fixtures: Any) -> None:
            try:
                test(**fixtures)
            except Unmet as unmet:
                evidence: Evidence = fixtures["evidence"]
                record = evidence.run.cells.get(cell)
                if record is not None and record.status is CellStatus.OK:
                    raise
                reason = evidence.why_missing(cell)
                # Nothing more to say about a cell without an answer.
                told = "not been answered" in reason or "not run" in reason
                raise Unmet(reason if told else f"{reason} {unmet}") from None

        return explained

    return decorate


def sizes(network: Architecture) -> tuple[tuple[int | None, ...], tuple[int | None, ...]]:
    """Return the shapes of one input and of one output, without the batch axis.

    That axis is fixed in a model which was built by its first call.
    """
    return network.input_shape[1:], network.output_shape[1:]


def require_untrained(model: Model, name: str) -> None:
    """Require that a recorded model has never been trained.

    Biases and batch normalisation start from fixed values, which the first step changes.

    Args:
        model: Its record.
        name: Its name in the notebook.
    """
    require(model.weights, f"{name} has no weights yet.")
    for weight in model.weights:
        start = _START.get(weight.name)
        if start is not None:
            same = weight.min == start and weight.max == start
            require(same, f"{name} has been trained already; make a new one.")


def require_other_weights(model: Model, old: Model, name: str, *, whose: str) -> None:
    """Require that no kernel of a model equals one of an old model."""
    shared = set(model.digests("kernel")) & set(old.digests("kernel"))
    require(not shared, f"{name} has the weights of {whose}; make a new one.")


def require_trained(before: Model, after: Model, name: str) -> None:
    """Require that training has changed every trainable weight array of a model."""
    old, new = before.digests(), after.digests()
    shapes = [[weight.shape for weight in model.weights] for model in (before, after)]
    require(
        len(old) == len(new) > 0 and shapes[0] == shapes[1],
        f"{name} was replaced by another model instead of trained.",
    )
    require(old != new, f"{name} has not changed: it was not trained.")
    changed = sum(first != second for first, second in zip(old, new, strict=True))
    require(
        changed >= 0.9 * len(old),
        f"Only some of the weights of {name} have changed; all of them should be trained.",
    )


def require_steps(before: Optimizer, after: Optimizer, name: str, *, at_least: int) -> None:
    """Require that an optimizer has taken a number of steps since an earlier record."""
    taken = after.iterations - before.iterations
    require(
        taken >= at_least,
        f"{name} took too few steps ({taken}): training for all the epochs takes more, even in the "
        "short run of the grading machine.",
    )


def steps_of(epochs: int) -> int:
    """Return how many training steps the grading budget takes in so many epochs."""
    return sum(map(GRADING.has_steps, range(1, epochs + 1)))


def require_networks_trained(before: Recording, after: Recording, *, epochs: int) -> None:
    """Require that a GAN's two networks were trained, each by its own optimizer.

    Args:
        before: Where ``generator``, ``discriminator`` and their optimizers, ``..._optimizer``, were
            recorded before the training.
        after: Where they were recorded after it.
        epochs: Each optimizer has taken at least the steps of so many epochs in between, as many as
            the grading budget takes.
    """
    for name in ("generator", "discriminator"):
        require_trained(before.get(name, Model), after.get(name, Model), name)
        optimizer = f"{name}_optimizer"
        require_steps(
            before.get(optimizer, Optimizer),
            after.get(optimizer, Optimizer),
            optimizer,
            at_least=steps_of(epochs),
        )


def require_sample_pictures(
    recording: Recording, epochs: Iterable[int], *, unlike: Recording | None = None
) -> None:
    """Require that a run's folder has the sample picture of every epoch, and that they change.

    Args:
        recording: Where ``image_dir`` was recorded after the run.
        epochs: The epochs.
        unlike: Where it was recorded after an earlier run, if that has pictures of its own.
    """
    folder = recording.get("image_dir", Folder)
    missing = [epoch for epoch in epochs if f"image_at_epoch_{epoch:04d}.png" not in folder.files]
    require(
        not missing,
        f"The sample pictures of {len(missing)} epochs of this run are missing, the first that of "
        f"epoch {missing[0] if missing else 0}.",
    )
    pictures = recording.array(folder.images)
    require(
        not np.array_equal(pictures[0], pictures[-1]),
        "The sample pictures of this run do not change from the first epoch to the last.",
    )
    if unlike is not None:
        earlier = unlike.get("image_dir", Folder).images
        require(
            not (earlier and np.array_equal(pictures[-1], unlike.array(earlier)[-1])),
            "The sample pictures in image_dir are those of an earlier run.",
        )


def require_shown(
    evidence: Evidence,
    *,
    pictures: str,
    sentinels: str,
    epochs: Iterable[int],
    wanted: Sequence[int],
    subject: str,
) -> None:
    """Require that what was displayed holds the pictures of the wanted epochs, in order.

    Args:
        evidence: The run's evidence.
        pictures: Cell or hook whose displayed pictures are looked at.
        sentinels: Purpose under which the sentinels were drawn.
        epochs: Epochs that had a sentinel.
        wanted: Epochs that should be seen.
        subject: What showed the pictures, for the sentence.
    """
    shown = shown_epochs(evidence, pictures=pictures, sentinels=sentinels, epochs=epochs)
    require(shown, f"{subject} showed no sample picture of the current run.")
    # A figure that is also the value of the cell's last line is shown a second time.
    times = len(shown) // len(wanted)
    listed = ", ".join(map(str, shown[:12])) + (", ..." if len(shown) > 12 else "")
    require(
        times >= 1 and shown == list(wanted) * times,
        f"{subject} showed the pictures of epoch {listed}; compare epochs and order with the "
        "question.",
    )


def shown_epochs(
    evidence: Evidence, *, pictures: str, sentinels: str, epochs: Iterable[int]
) -> list[int]:
    """Return the epochs whose sentinels a cell or hook displayed, in reading order."""
    epochs = list(epochs)

    def find() -> list[int]:
        drawn = sentinels_for(evidence.run.challenge, sentinels, epochs)
        return drawn.find(evidence.pictures(pictures))

    shown: list[int] = evidence.computed(f"{sentinels} of {epochs} in {pictures}", find)
    return shown


def require_restored(evidence: Evidence, model: Model, *, checkpoint: str, name: str) -> None:
    """Require that a model holds the weights that were planted in the latest checkpoint.

    Args:
        evidence: The run's evidence.
        model: Its record, made afterwards.
        checkpoint: Name of the ``plant_checkpoint`` hook.
        name: The model's name in the notebook.
    """
    require(
        checkpoint not in evidence.run.hook_errors,
        "There was no checkpoint to restore: checkpoint, checkpoint_dir or the network was "
        f"missing or did not work ({evidence.run.hook_errors.get(checkpoint, '')}).",
    )
    shapes = [tuple(weight.shape) for weight in model.weights]
    sane = all(size >= 0 for shape in shapes for size in shape)
    small = sane and sum(math.prod(shape) for shape in shapes) <= 100_000_000
    require(small, f"{name} is far too large.")
    planted = evidence.computed(
        f"{checkpoint} in {shapes}",
        lambda: planted_digests(evidence.run.challenge, checkpoint, shapes),
    )
    require(
        shapes and [weight.digest for weight in model.weights] == planted,
        f"{name} does not hold the weights of the latest checkpoint after the cell.",
    )


def layout(network: Architecture) -> list[tuple[str, tuple[int | None, ...], str]]:
    """Return what matters of a chain of layers: class, output shape and activation.

    Only layers that compute with weights are listed, batch normalisation aside. An activation is
    found wherever it stands before the next of them, as an argument or as a layer of its own.

    Args:
        network: A rebuilt model.

    Returns:
        One entry for each layer, such as ``("Conv2D", (14, 14, 64), "leaky")``. Any LeakyReLU is
        ``"leaky"``, no activation is ``"linear"``.
    """
    entries: list[tuple[str, tuple[int | None, ...], str]] = []
    for layer in network.layers:
        activation = layer.class_name if layer.class_name in _ACTIVATIONS else None
        if activation is None and layer.class_name != "Activation":
            if not layer.params or layer.class_name == "BatchNormalization":
                continue
            entries.append((layer.class_name, tuple(layer.output_shape[1:]), "linear"))
        activation = str(activation or layer.config.get("activation", "linear")).lower()
        if entries and activation != "linear":
            name = "leaky" if "leaky" in activation else activation
            entries[-1] = (*entries[-1][:2], name)
    return entries


_ACTIVATIONS = ("LeakyReLU", "ReLU", "ELU", "PReLU", "Softmax")
