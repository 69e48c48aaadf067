"""What must not change within a run, and optimizers that are ready before it begins."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

#: Settings that earlier versions saved, with the only value that can go on.
_RETIRED = {"XLA": False, "devices": 1}


def settings_of(
    networks: Mapping[str, keras.Model],
    optimizers: Mapping[str, keras.optimizers.Optimizer],
    dataset: tf.data.Dataset,
    further: Mapping[str, Any],
) -> dict[str, Any]:
    """Describe, in words fit for an error message, what must not change within a run."""
    # First, because every layer's settings contain it: it would be called another architecture.
    settings = {"precision": keras.config.dtype_policy().name}
    settings |= {"data": str(dataset.element_spec), **further}
    for name, network in networks.items():
        settings[f"number of parameters of {name}"] = network.count_params()
        layers = [
            [type(layer).__name__, _without_names(layer.get_config())] for layer in network.layers
        ]
        settings[f"architecture of {name}"] = hashlib.sha256(
            json.dumps(layers, sort_keys=True, default=str).encode()
        ).hexdigest()
    for name, optimizer in optimizers.items():
        config = _without_names(optimizer.get_config())
        settings[f"kind of {name}"] = type(optimizer).__name__
        for key, value in config.items():
            settings[f"{key} of {name}"] = json.loads(json.dumps(value, default=str))
    return settings


def _without_names(config: Any) -> Any:
    """Drop names, which Keras counts up whenever a cell is run again."""
    if isinstance(config, Mapping):
        return {str(key): _without_names(value) for key, value in config.items() if key != "name"}
    if isinstance(config, list | tuple):
        return [_without_names(value) for value in config]
    if isinstance(config, np.floating | np.integer):
        return config.item()
    return config


def build_optimizers(
    optimizers: Mapping[str, keras.optimizers.Optimizer], networks: Mapping[str, keras.Model]
) -> None:
    """Create the variables of optimizers that have not trained yet.

    Until then a saved state cannot be put back into them. Besides, a ``tf.function`` in which an
    optimizer creates its variables is traced twice, which takes longer than many a short run.
    ``generator_optimizer`` belongs to the network ``generator``; an optimizer whose name begins
    with no network's name belongs to all of them.
    """
    for name, optimizer in optimizers.items():
        named = [network for key, network in networks.items() if name.startswith(key)]
        chosen = named or list(networks.values())
        variables = [v for network in chosen for v in network.trainable_variables]
        if not optimizer.built and variables and all(network.built for network in chosen):
            optimizer.build(variables)


def differences(saved: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Name the settings of a saved state that differ from those of now, with both values."""
    current = {name: value for name, value in _RETIRED.items() if name in saved}
    current |= json.loads(json.dumps(now))
    return [
        name
        if name.startswith("architecture")
        else f"{name} ({saved.get(name)} then, {current.get(name)} now)"
        for name in {**saved, **current}
        if saved.get(name) != current.get(name)
    ]
