"""What the checks of the generator and of the discriminator share."""

from __future__ import annotations

from collections.abc import Sequence

from autograder.evidence.schema import Model
from autograder.judging.assertions import require_other_weights, require_untrained
from autograder.judging.check import Evidence, Rebuild, Recording, Unmet, require
from autograder.judging.networks import Architecture

# Layers that do nothing to what passes through, or only change its shape.
_SHAPES = ("InputLayer", "Reshape", "Flatten")


def made(evidence: Evidence, question: str) -> tuple[Recording, Model]:
    """Return the recording of what the function makes, or of the network if there is none."""
    by_function = evidence.recorded(f"{question}_made")
    try:
        return by_function, by_function.get("made", Model)
    except Unmet:
        in_notebook = evidence.recorded(question)
        return in_notebook, in_notebook.get(question, Model)


def require_new(evidence: Evidence, rebuild: Rebuild, question: str) -> None:
    """Require that the function makes a new network at each call, and the name holds one."""
    recording = evidence.recorded(f"{question}_made")
    first, second = (recording.get(name, Model) for name in ("made", "again"))
    function = f"make_{question}_model()"
    require_untrained(first, f"What {function} returns")
    require_other_weights(first, second, function, whose="the network it made before")
    model = evidence.recorded(question).get(question, Model)
    counts = [rebuild(network, f"What {question} stands for").params for network in (first, model)]
    require(counts[0] == counts[1], f"{question} is another network than {function} makes.")
    require_other_weights(first, model, function, whose=f"the one in {question}")


def kinds_of(network: Architecture) -> list[str]:
    """Return what the layers do, in order, activations always as steps of their own."""
    kinds = []
    for layer in network.layers:
        activation = str(layer.config.get("activation", "linear"))
        if layer.class_name not in ("Activation", *_SHAPES):
            kinds.append(layer.class_name)
        if activation not in ("linear", "None"):
            kinds.append({"leaky_relu": "LeakyReLU", "relu": "ReLU"}.get(activation, activation))
    return [kind for kind in kinds if kind != "linear"]


def require_convolutions(
    network: Architecture, class_name: str, wanted: Sequence[tuple[int, int]], name: str
) -> None:
    """Require convolutions of (filters, stride) with 5 x 5 kernels and padding "same".

    Args:
        network: The network.
        class_name: Keras class of the convolutions.
        wanted: Filters and stride of each.
        name: What the network is called in a sentence.
    """
    layers = network.of_class(class_name)
    require(
        len(layers) == len(wanted),
        f"{name} has {len(layers)} layers {class_name}; compare with the table.",
    )
    for number, (layer, (filters, stride)) in enumerate(zip(layers, wanted, strict=True), start=1):
        config = layer.config
        compared = {
            "number of channels": (config.get("filters"), filters),
            "kernel size": (list(config.get("kernel_size", [])), [5, 5]),
            "stride": (list(config.get("strides", [])), [stride, stride]),
            "padding": (config.get("padding"), "same"),
        }
        off = [what for what, (value, right) in compared.items() if value != right]
        require(not off, f"{class_name} number {number} of {name}: mind its {' and '.join(off)}.")
