"""Require that a network follows a question's list of layers, in order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograder.judging.assertions import sizes
from autograder.judging.check import require
from autograder.judging.networks import Architecture


def layers_of(network: Architecture) -> list[str]:
    """Return what the layers do, in order, such as ``"dense 256"`` or ``"Conv2D 32 5 2"``.

    It does not matter whether an activation is a layer or an argument of one. Folding and
    flattening are left out: they show in the shapes.
    """
    steps: list[str] = []
    for layer in network.layers:
        kind, config = layer.class_name, layer.config
        if kind in ("InputLayer", "Reshape", "Flatten"):
            continue
        if kind == "LeakyReLU":
            steps.append("leaky")
        elif kind == "Activation":
            steps.append(_activation(config.get("activation")))
        elif kind == "Dense":
            steps += [f"dense {config['units']}", _activation(config.get("activation"))]
        elif kind in ("Conv2D", "Conv2DTranspose"):
            size, stride = (max(np.ravel(config[key])) for key in ("kernel_size", "strides"))
            steps += [
                f"{kind} {config['filters']} {size} {stride}",
                _activation(config.get("activation")),
            ]
        else:
            steps.append(kind)
    return [step for step in steps if step]


def _activation(activation: Any) -> str:
    """Return the name of an activation, which may be a configuration of one; none is empty."""
    if isinstance(activation, dict):
        activation = activation.get("class_name") or activation.get("config")
    name = str(activation).lower().replace("_", "")
    return {"leakyrelu": "leaky", "linear": "", "none": ""}.get(name, name)


def require_size(
    network: Architecture,
    name: str,
    inputs: tuple[int, ...],
    outputs: tuple[int, ...],
    params: int,
    trainable: int,
) -> None:
    """Require the shapes and the numbers of parameters of the question.

    Args:
        network: A rebuilt model.
        name: Its name in the notebook.
        inputs: Shape of one input.
        outputs: Shape of one output.
        params: Number of parameters.
        trainable: How many of them can be trained; none is right as well, for a question before
            the combined model comes does not ask for anything to be frozen or not.
    """
    require(
        sizes(network) == (inputs, outputs),
        f"{name} turns {network.input_shape[1:]} into {network.output_shape[1:]}; compare both "
        "with the question.",
    )
    numbers = (network.params, network.trainable_params)
    require(
        numbers in ((params, trainable), (params, 0)),
        f"{name} has {numbers[0]:,} parameters, {numbers[1]:,} of them trainable; compare its "
        "layers with the list in the question.",
    )


def require_layers(network: Architecture, name: str, wanted: Sequence[str]) -> None:
    """Require the layers of the question in their order.

    Args:
        network: A rebuilt model.
        name: Its name in the notebook.
        wanted: As :func:`layers_of` names them.
    """
    layers = layers_of(network)
    if layers == list(wanted):
        return
    require(
        sorted(layers) == sorted(wanted),
        f"The layers of {name} differ from the question: one is missing, added, or another; "
        "look at every layer, its activation and its end.",
    )
    require(False, f"{name} has the right layers in another order; follow the list strictly.")
