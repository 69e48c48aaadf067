"""What the checks of training runs share: the run, its start and its differences."""

from __future__ import annotations

import math
from collections.abc import Iterator

from activations import activations

from autograder.checks.common import ADAM
from autograder.evidence.schema import Array, Bool, Model, Number, Optimizer, Text
from autograder.judging.assertions import require_untrained, sizes
from autograder.judging.check import Evidence, Rebuild, Recording, Unmet, require

NOISE_DIM = 100
BATCH_SIZE = 256
RATE = 1e-4
DISCRIMINATOR_PARAMS = 212_865
NETWORKS = ("generator", "discriminator")


def generator_params(noise_dim: int) -> int:
    """Return the number of parameters of the given generator."""
    return (noise_dim + 4) * 12544 + 25 * 256 * 128 + 4 * 128 + 25 * 128 * 64 + 4 * 64 + 25 * 64


def recorded_run(evidence: Evidence, cell: str, result: str) -> tuple[Recording, list[int]]:
    """Return the record of the run that a cell made, and the epochs of all runs in it.

    Args:
        evidence: The evidence.
        cell: Grade id of the cell.
        result: Name of the run's result in the notebook.

    Raises:
        Unmet: If nothing was trained, or the name stands for something else.
    """
    recording = evidence.recorded(f"{cell}_runs")
    epochs = recording.array(recording.get("epochs", Array)).tolist()
    require(epochs, "Nothing was trained here with run(...).")
    named = recording.get("named", Bool).value
    require(named, f"{result} is not what run(...) has returned.")
    return recording, epochs


def differences(rebuild: Rebuild, recording: Recording) -> dict[str, str]:
    """Return in what a run differs from the baseline, in a few words each, by kind.

    Raises:
        Unmet: If an optimizer is not Adam, or has settings with which nothing can be trained.
    """
    differing = dict(_network_differences(rebuild, recording))
    size = recording.get("batch_size", Number).value
    if size != BATCH_SIZE:
        differing["batch"] = f"batches of {size}"
    for name in NETWORKS:
        differing.update(_optimizer_differences(recording, name))
    return differing


def _network_differences(rebuild: Rebuild, recording: Recording) -> Iterator[tuple[str, str]]:
    generator = rebuild(recording.get("generator", Model), "generator")
    input_shape, _ = sizes(generator)
    noise_dim = input_shape[0] if len(input_shape) == 1 else None
    if noise_dim != NOISE_DIM:
        yield "noise", f"{noise_dim} noise values"
    if noise_dim is None or generator.params != generator_params(noise_dim):
        yield "generator", f"a generator with {generator.params:,} parameters"
    elif activations(generator) != ["leakyrelu"] * 3 + ["tanh"]:
        yield "activation", "other activations in the generator"
    discriminator = rebuild(recording.get("discriminator", Model), "discriminator")
    rates = [layer.config.get("rate") for layer in discriminator.of_class("Dropout")]
    if discriminator.params != DISCRIMINATOR_PARAMS or rates != [0.3, 0.3]:
        yield "discriminator", "another discriminator"


def _optimizer_differences(recording: Recording, network: str) -> Iterator[tuple[str, str]]:
    optimizer = recording.get(f"{network}_optimizer", Optimizer)
    config = optimizer.config
    require(optimizer.class_name == "Adam", f"{network}_optimizer is not Adam.")
    rate = optimizer.learning_rate
    # A schedule's configuration is a dictionary.
    if not isinstance(rate, int | float) or isinstance(config.get("learning_rate"), dict):
        raise Unmet(f"The learning rate of {network}_optimizer is not a fixed number.")
    if not math.isclose(rate, RATE, rel_tol=1e-3):
        require(0 < rate <= 1, f"The learning rate of {network}_optimizer is {rate:.3g}.")
        yield "rate", f"learning rate {rate:.3g}"
    other = [key for key, value in ADAM.items() if config.get(key, value) != value]
    if "beta_1" in other:
        beta = config.get("beta_1")
        if not isinstance(beta, int | float) or not 0 <= beta < 1:
            raise Unmet(f"beta_1 of {network} is {beta}.")
        yield "momentum", f"beta_1 of {beta:.3g}"
        other.remove("beta_1")
    if other:
        yield "optimizer", f"another {' and '.join(other)} of Adam"


def require_only(differing: dict[str, str], wanted: str | None) -> None:
    """Require that the one difference is there and no other one is.

    Args:
        differing: From :func:`differences`.
        wanted: Its kind; None if there should be no difference.
    """
    others = [words for kind, words in differing.items() if kind != wanted]
    require(not others, f"The run also differs from the baseline by {' and '.join(others)}.")
    if wanted is not None:
        require(wanted in differing, "The run has the same settings as the baseline.")


def require_fresh(recording: Recording) -> None:
    """Require that networks and optimizers had not been used before."""
    reused = recording.get("reused", Text).value
    require(
        not reused, f"Used before, in this run or in another one: {reused}. A run starts afresh."
    )
    for name in NETWORKS:
        require_untrained(recording.get(name, Model), name)
        steps = recording.get(f"{name}_optimizer", Optimizer).iterations
        require(steps == 0, f"{name}_optimizer has taken {steps} steps already; make a new one.")


def require_epochs(recording: Recording, wanted: int) -> None:
    """Require the number of epochs of a run."""
    epochs = recording.get("run_epochs", Number).value
    require(epochs == wanted, f"The run has {epochs} epochs; compare with the question.")


def require_change(
    evidence: Evidence, rebuild: Rebuild, cell: str, result: str, *, kind: str
) -> None:
    """Require that the run of a cell differs from the baseline in one kind only.

    Args:
        evidence: The evidence.
        rebuild: Rebuilds recorded models.
        cell: Grade id of the cell.
        result: Name of the run's result in the notebook.
        kind: Kind of the difference, as in :func:`differences`.
    """
    recording, _ = recorded_run(evidence, cell, result)
    require_only(differences(rebuild, recording), kind)


def require_start(evidence: Evidence, cell: str, result: str) -> None:
    """Require that the run of a cell has 50 epochs and starts afresh.

    Args:
        evidence: The evidence.
        cell: Grade id of the cell.
        result: Name of the run's result in the notebook.
    """
    recording, _ = recorded_run(evidence, cell, result)
    require_epochs(recording, 50)
    require_fresh(recording)
