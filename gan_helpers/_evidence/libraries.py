"""Describes what libraries make: models, optimizers, losses, datasets, tensors, pictures.

The order of the keys, and of what is drawn at random, is part of the format.
"""

from __future__ import annotations

import dataclasses
import hashlib
import math
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from gan_helpers._evidence.arrays import (
    NAME,
    ArrayStore,
    error_of,
    head,
    number,
    settings,
    short,
    summary,
    to_numpy,
    value_range,
)
from gan_helpers._evidence.format import ARRAY_BYTES, probe_inputs, random_generator

_FILES = 500
_LAYERS = 500
_CONFIG = 500_000
_PROBE_NUMBERS = 2**22


@dataclasses.dataclass
class Record:
    """What all descriptions of one record share; ``objects`` is all that is in it, by name."""

    challenge: str  # decides what is drawn at random, see _evidence/format.py
    objects: dict[str, Any]
    arrays: ArrayStore = dataclasses.field(default_factory=ArrayStore)


def tensor(record: Record, value: Any) -> dict[str, Any]:
    """Describe a tensor or variable like an array."""
    array = to_numpy(value)
    return {"kind": "array", **record.arrays.add(array), **value_range(array)}


def image(record: Record, value: Any) -> dict[str, Any]:
    """Describe a PIL image."""
    mode, size = str(value.mode), [int(length) for length in value.size]
    described = {"kind": "image", "mode": mode, "size": size}
    if size[0] * size[1] > ARRAY_BYTES:
        return {**described, "shape": size[::-1], "array": None, "dropped": "too many pixels"}
    if mode not in ("1", "L", "RGB", "RGBA"):
        value = value.convert("RGB")
    array = np.asarray(value)
    if array.dtype == bool:
        array = array.astype(np.uint8) * 255
    return {**described, **record.arrays.add(array)}


def dataset(record: Record, value: Any) -> dict[str, Any]:
    """Describe a ``tf.data.Dataset`` by its first batches."""
    tf = sys.modules["tensorflow"]
    specs = [_spec(spec) for spec in tf.nest.flatten(value.element_spec)]
    cardinality = int(value.cardinality())
    batches, first, again = [], None, None
    for batch in value.take(3):
        parts = [to_numpy(part) for part in tf.nest.flatten(batch)]
        first = parts[0] if first is None else first
        batches.append([summary(part) for part in parts])
    # A new pass over the data shows whether it is shuffled again.
    for batch in value.take(0 if first is None else 1):
        again = to_numpy(tf.nest.flatten(batch)[0])
    single = len(specs) == 1
    return {
        "kind": "dataset",
        "element": specs[0] if single else specs,
        "components": len(specs),
        "cardinality": cardinality if cardinality >= 0 else None,
        "infinite": cardinality == -1,
        "batches": [batch[0] if single else batch for batch in batches],
        "unbatched": _looks_unbatched(specs[0]["shape"]),
        "first": None if first is None else record.arrays.add(head(first, 64)),
        "again": None if again is None else record.arrays.add(head(again, 8)),
    }


def model(record: Record, value: Any) -> dict[str, Any]:
    """Describe a Keras model: layers, weights, and its output for random inputs."""
    built = bool(value.built) and bool(value.layers)
    config = _try(value.to_json)
    input_shape = _try(lambda: _shape(value.input_shape))
    described = {
        "kind": "model",
        "class": type(value).__name__[:NAME],
        "config": config if type(config) is str and len(config) <= _CONFIG else None,
        "input_shape": input_shape,
        "output_shape": _try(lambda: _shape(value.output_shape)),
        "params": _try(lambda: int(value.count_params())) if built else None,
        "trainable_params": _try(
            lambda: sum(math.prod(weight.shape) for weight in value.trainable_weights)
        ),
        "layers": [_layer(layer) for layer in list(value.layers)[:_LAYERS]],
        "weights": [_weight(record, weight) for weight in list(value.weights)[:_LAYERS]],
    }
    try:
        described["probe"] = _probe(record, value, input_shape)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        described["probe"] = error_of(error)
    return described


def _probe(record: Record, value: Any, input_shape: Any) -> dict[str, Any]:
    if not input_shape:
        raise ValueError("its input shape is not known: it has not been built")
    several = isinstance(input_shape[0], list)
    shapes = [
        (2, *(2 if size is None else size for size in shape[1:]))
        for shape in (input_shape if several else [input_shape])
    ]
    if any(math.prod(shape) > _PROBE_NUMBERS for shape in shapes):
        raise ValueError("its input is too large to try it out")
    inputs = probe_inputs(record.challenge, shapes)
    output = value(inputs if several else inputs[0], training=False)
    if isinstance(output, list | tuple):
        output = output[0]
    return {
        "input": record.arrays.add(inputs[0]),
        "output": record.arrays.add(to_numpy(output)),
    }


def _weight(record: Record, weight: Any) -> dict[str, Any]:
    array = np.ascontiguousarray(to_numpy(weight))
    path = str(getattr(weight, "path", weight.name))[:NAME]
    flat = array.reshape(-1)
    rng = random_generator(record.challenge, path)
    positions = rng.integers(0, flat.size or 1, size=16 if flat.size else 0)
    return {
        "path": path,
        "shape": list(array.shape),
        "dtype": str(array.dtype),
        "trainable": bool(weight.trainable),
        **value_range(array),
        "std": number(flat.std()) if flat.size else None,
        "digest": hashlib.sha256(array.data).hexdigest(),
        "sample": [number(flat[position]) for position in positions],
    }


def optimizer(record: Record, value: Any) -> dict[str, Any]:
    """Describe a Keras optimizer by its settings and the steps that it has taken."""
    return {
        "kind": "optimizer",
        "class": type(value).__name__[:NAME],
        "config": settings(value.get_config()),
        "learning_rate": _try(lambda: number(to_numpy(value.learning_rate))),
        "iterations": int(to_numpy(value.iterations)),
        "variables": len(value.variables),
    }


def loss(record: Record, value: Any) -> dict[str, Any]:
    """Describe a Keras loss by its settings and its value for random inputs."""
    rng = random_generator(record.challenge)
    y_true = (rng.random((8, 1)) < 0.5).astype(np.float32)
    y_pred = rng.normal(size=(8, 1)).astype(np.float32)
    return {
        "kind": "loss",
        "class": type(value).__name__[:NAME],
        "config": settings(value.get_config()),
        "probe": {
            "y_true": record.arrays.add(y_true),
            "y_pred": record.arrays.add(y_pred),
            "value": number(to_numpy(value(y_true, y_pred))),
        },
    }


def history(record: Record, value: Any) -> dict[str, Any]:
    """Describe a :class:`gan_helpers.history.History` by its fields."""
    fields = {
        field.name: settings(getattr(value, field.name)) for field in dataclasses.fields(value)
    }
    return {"kind": "history", **fields}


def checkpoint(record: Record, value: Any) -> dict[str, Any]:
    """Describe a ``tf.train.Checkpoint`` by what it tracks."""
    tracked = {name: item for name, item in vars(value).items() if not name.startswith("_")}
    return {
        "kind": "checkpoint",
        "trackables": {name[:NAME]: type(item).__name__[:NAME] for name, item in tracked.items()},
        # Which of the objects recorded together with it are the very objects it tracks.
        "same": {
            name[:NAME]: next(
                (other for other, thing in record.objects.items() if thing is item), None
            )
            for name, item in tracked.items()
        },
    }


def folder(record: Record, path: Path) -> dict[str, Any]:
    """Describe a folder by the names of its files and the pictures of epochs in it."""
    names = sorted(entry.name for entry in path.iterdir())
    shown = [name for name in names if re.fullmatch(r"image_at_epoch_\d+\.png", name)][:_FILES]
    return {
        "kind": "folder",
        "files": [short(name) for name in names[:_FILES]],
        "images": _pictures(record, path, shown) if shown else None,
    }


def _pictures(record: Record, path: Path, names: list[str]) -> dict[str, Any]:
    from PIL import Image

    stack, sizes = [], set()
    for name in names:
        with Image.open(path / name) as picture:
            sizes.add(picture.size)
            if len(sizes) > 1:
                return {"names": names, "array": None, "dropped": "not all of the same size"}
            # All pictures, made smaller, tell more than a few of them in full size.
            share = picture.width * picture.height * len(names) / ARRAY_BYTES
            grey = picture.convert("L").reduce(max(1, math.ceil(math.sqrt(share))))
            stack.append(np.asarray(grey))
    return {"names": names, **record.arrays.add(np.stack(stack))}


def _try(function: Callable[[], Any]) -> Any:
    """Return what the function returns, or ``None`` where an object cannot tell."""
    try:
        return function()
    except Exception:
        return None


def _spec(spec: Any) -> dict[str, Any]:
    shape = None if spec.shape.rank is None else [*spec.shape.as_list()]
    return {"shape": shape, "dtype": spec.dtype.name}


def _looks_unbatched(shape: list[int | None] | None) -> bool | None:
    """Tell whether an element looks like one image instead of a batch of them."""
    if shape is None:
        return None
    return (
        len(shape) < 2
        or (len(shape) == 2 and shape[0] == shape[1])
        or (len(shape) == 3 and shape[-1] in (1, 3))
    )


def _shape(shape: Any) -> list[Any]:
    return [_shape(part) if isinstance(part, tuple | list) else part for part in shape]


def _layer(layer: Any) -> dict[str, Any]:
    return {
        "class": type(layer).__name__[:NAME],
        "name": short(layer.name),
        "output_shape": _try(lambda: _shape(tuple(layer.output.shape))),
        "params": _try(lambda: int(layer.count_params())),
        "trainable": bool(layer.trainable),
    }


#: Module, class in it, and what describes its objects; the first that fits counts.
KINDS: tuple[tuple[str, str, Callable[[Record, Any], dict[str, Any]]], ...] = (
    ("gan_helpers.history", "History", history),
    ("keras", "Model", model),
    ("keras", "Loss", loss),
    ("keras", "Optimizer", optimizer),
    ("tensorflow", "data.Dataset", dataset),
    ("tensorflow", "train.Checkpoint", checkpoint),
    ("tensorflow", "Tensor", tensor),
    ("tensorflow", "Variable", tensor),
    ("keras", "Variable", tensor),
    ("PIL.Image", "Image", image),
)
