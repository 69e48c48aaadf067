"""The activations of a network, wherever they stand."""

from __future__ import annotations

from autograder.judging.networks import Architecture

_CLASSES = ("LeakyReLU", "ReLU", "ELU", "PReLU", "Softmax")


def activations(network: Architecture) -> list[str]:
    """Return the activations in order, those of layers and those within other layers.

    A ReLU that is leaky or limited is ``"another ReLU"``.
    """
    names = []
    for layer in network.layers:
        within = str(layer.config.get("activation", "linear")).lower()
        if layer.class_name in _CLASSES:
            slope = float(layer.config.get("negative_slope") or 0)
            limited = layer.config.get("max_value") is not None or layer.config.get("threshold")
            other = layer.class_name == "ReLU" and (slope or limited)
            names.append("another ReLU" if other else layer.class_name.lower())
        elif within != "linear":
            names.append({"leaky_relu": "leakyrelu"}.get(within, within))
    return names
