"""Writes down what a notebook made, so that it can be judged later without running it again.

``record("q2_1", train_dataset=train_dataset)`` describes each object in plain data: a JSON file,
and beside it an ``.npz`` file with numbers and pictures. Nothing here decides about marks. A value
that cannot be described is recorded as an error; :func:`record` itself never raises one.
"""

from __future__ import annotations

import dataclasses
import hashlib
import inspect
import json
import math
import os
import re
import sys
import zipfile
import zlib
from pathlib import Path, PurePath
from typing import Any

import numpy as np

FORMAT = 1
ARRAY_BYTES = 2 * 2**20
FILE_BYTES = 16 * 2**20
_TEXT = 2000
_REPR = 200
_ITEMS = 50
_DEPTH = 4
_FILES = 500
_LAYERS = 500
_CONFIG = 500_000

#: Set before a cell is run whose answer is to be judged: it decides the probe inputs and which
#: weights are sampled, so that they cannot be known beforehand.
challenge: str = ""


def record(question: str, /, **objects: Any) -> None:
    """Records what is needed to judge one question, and says in a line what that was.

    Written to the folder ``$GAN_HELPERS_EVIDENCE``, or ``./evidence``: ``<question>.json`` and, if
    there are arrays, ``<question>.npz``. Models are run once on two random inputs; nothing is
    changed. It never raises, whatever the objects are.

    Args:
        question: Id of the question, such as ``"q2_1"``.
        **objects: What is recorded, by name.
    """
    try:
        _record(question, objects)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        _say(f"Recording did not work: {_error(error)['message']}")


def _record(question: Any, objects: dict[str, Any]) -> None:
    name = question if _is(question, str) else "unnamed"
    name = re.sub(r"[^A-Za-z0-9_.-]", "_", name)[:64].lstrip(".") or "unnamed"
    recorder = _Recorder(challenge if _is(challenge, str) else "", objects)
    described = {key: recorder.describe(value, key) for key, value in objects.items()}
    content = {
        "format": FORMAT,
        "question": name,
        "challenge": recorder.challenge,
        "objects": described,
    }
    text = json.dumps(content, allow_nan=False)
    folder = Path(os.environ.get("GAN_HELPERS_EVIDENCE") or "evidence")
    folder.mkdir(parents=True, exist_ok=True)
    arrays = folder / f"{name}.npz"
    if recorder.arrays:
        partial = folder / f"{name}.npz.part"
        _save_arrays(partial, recorder.arrays)
        partial.replace(arrays)
    else:
        arrays.unlink(missing_ok=True)
    # Written last and under another name first: a JSON file that exists is complete.
    partial = folder / f"{name}.json.part"
    partial.write_text(text, encoding="utf-8")
    partial.replace(folder / f"{name}.json")
    kinds = [f"{key} ({_words(value)})" for key, value in described.items()]
    _say(f"Recorded for {name}: " + (", ".join(kinds) or "nothing"))


def _save_arrays(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Writes an ``.npz`` file, packed quickly: np.savez_compressed takes three times as long."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w") as file:
                np.lib.format.write_array(file, array, allow_pickle=False)


def _words(description: dict[str, Any]) -> str:
    """Says in a few words what was recorded of one object."""
    kind = description["kind"]
    if kind == "error":
        return f"could not be recorded: {description['message']}"
    if kind == "model":
        params = description.get("params")
        return f"model, {params:,} parameters" if isinstance(params, int) else "model, not built"
    if kind == "dataset":
        return f"dataset of {description['element']}"
    if kind == "optimizer":
        return f"{description['class']}, learning rate {description['learning_rate']}"
    if kind == "number":
        return str(description["value"])
    if kind in ("array", "image"):
        return f"{kind} {tuple(description['shape'])}"
    if kind == "history":
        return f"history of {len(description['epochs'])} epochs"
    return kind


class _Recorder:
    """Describes objects, and collects the arrays that belong to the descriptions."""

    def __init__(self, challenge: str, objects: dict[str, Any]):
        self.challenge = challenge
        self.arrays: dict[str, np.ndarray] = {}
        self._bytes = 0
        self._objects = objects

    def rng(self, salt: str = "") -> np.random.Generator:
        return np.random.default_rng(zlib.crc32((self.challenge + salt).encode()))

    def describe(self, value: Any, key: str, depth: int = 0) -> dict[str, Any]:
        """Describes any object as JSON-safe data; an ``error`` if that is not possible."""
        before = dict(self.arrays), self._bytes
        try:
            described = self._describe(value, key, depth)
            # What one object brings along must not spoil the file for the others.
            json.dumps(described, allow_nan=False)
            return described
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            self.arrays, self._bytes = before
            return _error(error)

    def _describe(self, value: Any, key: str, depth: int) -> dict[str, Any]:
        # type() and issubclass(), not isinstance(): the latter asks the object, which may lie.
        kind = type(value)
        if value is None:
            return {"kind": "none"}
        if kind is bool or kind is np.bool_:
            return {"kind": "bool", "value": bool(value)}
        if issubclass(kind, int | float | np.integer | np.floating):
            return {"kind": "number", "value": _number(value), "type": kind.__name__[:_REPR]}
        if issubclass(kind, str):
            return {"kind": "text", "value": str.__str__(value)[:_TEXT]}
        if issubclass(kind, np.ndarray):
            return self._array(value, key)
        for module, names, method in _LIBRARY_KINDS:
            for name in names:
                wanted = _class(module, name)
                if wanted is not None and issubclass(kind, wanted):
                    return getattr(self, method)(value, key)
        if issubclass(kind, PurePath):
            path = Path(value)
            return self._folder(path, key) if path.is_dir() else _other(value)
        if issubclass(kind, list | tuple | dict) and depth >= _DEPTH:
            return _other(value)
        if issubclass(kind, list | tuple):
            # The base class's own iterator: a subclass may have replaced __iter__.
            base = list if issubclass(kind, list) else tuple
            items = list(base.__getitem__(value, slice(0, _ITEMS)))
            return {
                "kind": base.__name__,
                "length": base.__len__(value),
                "items": [
                    self.describe(item, f"{key}/{index}", depth + 1)
                    for index, item in enumerate(items)
                ],
            }
        if issubclass(kind, dict):
            pairs = [pair for pair, _ in zip(dict.items(value), range(_ITEMS), strict=False)]
            return {
                "kind": "dict",
                "length": dict.__len__(value),
                "items": {
                    _short(name): self.describe(item, f"{key}/{index}", depth + 1)
                    for index, (name, item) in enumerate(pairs)
                },
            }
        if callable(value) and (inspect.isroutine(value) or hasattr(value, "python_function")):
            return _function(value)
        return _other(value)

    def ref(self, array: Any, key: str) -> dict[str, Any]:
        """Keeps an array and returns the reference to it, or says why it was dropped."""
        array = np.asarray(array)
        reference = {"array": None, "shape": list(array.shape), "dtype": str(array.dtype)}
        if array.dtype.kind not in "biuf":
            if str(array.dtype) != "bfloat16":
                return {**reference, "dropped": f"cannot keep values of type {array.dtype}"[:_REPR]}
            array = array.astype(np.float32)
        if array.nbytes > ARRAY_BYTES:
            return {**reference, "dropped": f"larger than {ARRAY_BYTES} bytes"}
        if self._bytes + array.nbytes > FILE_BYTES:
            return {**reference, "dropped": f"more than {FILE_BYTES} bytes in one file"}
        # Numbered, because names from the notebook may contain anything.
        name = f"a{len(self.arrays)}"
        self.arrays[name] = np.ascontiguousarray(array)
        self._bytes += array.nbytes
        return {**reference, "array": name}

    def _array(self, value: Any, key: str) -> dict[str, Any]:
        array = np.asarray(value)
        return {"kind": "array", **self.ref(array, key), **_range(array)}

    def _tensor(self, value: Any, key: str) -> dict[str, Any]:
        return self._array(_numpy(value), key)

    def _image(self, value: Any, key: str) -> dict[str, Any]:
        mode, size = str(value.mode), [int(number) for number in value.size]
        if size[0] * size[1] > ARRAY_BYTES:
            return {
                "kind": "image",
                "mode": mode,
                "size": size,
                "shape": size[::-1],
                "array": None,
                "dropped": "too many pixels",
            }
        if mode not in ("1", "L", "RGB", "RGBA"):
            value = value.convert("RGB")
        array = np.asarray(value)
        if array.dtype == bool:
            array = array.astype(np.uint8) * 255
        return {"kind": "image", "mode": mode, "size": size, **self.ref(array, key)}

    def _dataset(self, value: Any, key: str) -> dict[str, Any]:
        tf = sys.modules["tensorflow"]
        structure = value.element_spec
        specs = [_spec(spec) for spec in tf.nest.flatten(structure)]
        cardinality = int(value.cardinality())
        batches, first = [], None
        for batch in value.take(3):
            parts = [_numpy(part) for part in tf.nest.flatten(batch)]
            if first is None:
                first = parts[0]
            batches.append([_summary(part) for part in parts])
        again = None
        if first is not None:
            # A new pass over the data shows whether it is shuffled anew.
            for batch in value.take(1):
                again = _numpy(tf.nest.flatten(batch)[0])
        single = len(specs) == 1
        return {
            "kind": "dataset",
            "element": specs[0] if single else specs,
            "components": len(specs),
            "cardinality": cardinality if cardinality >= 0 else None,
            "infinite": cardinality == -1,
            "batches": [batch[0] if single else batch for batch in batches],
            "unbatched": _looks_unbatched(specs[0]["shape"]),
            "first": None if first is None else self.ref(_head(first, 64), key),
            "again": None if again is None else self.ref(_head(again, 8), key),
        }

    def _model(self, value: Any, key: str) -> dict[str, Any]:
        built = bool(value.built) and bool(value.layers)
        config = _try(value.to_json)
        input_shape = _try(lambda: _shape(value.input_shape))
        described = {
            "kind": "model",
            "class": type(value).__name__[:_REPR],
            "config": config if type(config) is str and len(config) <= _CONFIG else None,
            "input_shape": input_shape,
            "output_shape": _try(lambda: _shape(value.output_shape)),
            "params": _try(lambda: int(value.count_params())) if built else None,
            "trainable_params": _try(
                lambda: sum(math.prod(weight.shape) for weight in value.trainable_weights)
            ),
            "layers": [_layer(layer) for layer in list(value.layers)[:_LAYERS]],
            "weights": [self._weight(weight) for weight in list(value.weights)[:_LAYERS]],
        }
        try:
            described["probe"] = self._probe(value, input_shape, key)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            described["probe"] = _error(error)
        return described

    def _probe(self, model: Any, input_shape: Any, key: str) -> dict[str, Any]:
        rng = self.rng()

        def draw(shape: list[int | None]) -> np.ndarray:
            full = (2, *(2 if size is None else size for size in shape[1:]))
            if math.prod(full) > 2**22:
                raise ValueError("its input is too large to try it out")
            return rng.normal(size=full).astype(np.float32)

        if not input_shape:
            raise ValueError("its input shape is not known: it has not been built")
        several = isinstance(input_shape[0], list)
        inputs = [draw(shape) for shape in input_shape] if several else draw(input_shape)
        output = model(inputs, training=False)
        if isinstance(output, list | tuple):
            output = output[0]
        kept = inputs[0] if several else inputs
        return {"input": self.ref(kept, key), "output": self.ref(_numpy(output), key)}

    def _weight(self, weight: Any) -> dict[str, Any]:
        array = np.ascontiguousarray(_numpy(weight))
        path = str(getattr(weight, "path", weight.name))[:_REPR]
        flat = array.reshape(-1)
        positions = self.rng(path).integers(0, flat.size or 1, size=16 if flat.size else 0)
        return {
            "path": path,
            "shape": list(array.shape),
            "dtype": str(array.dtype),
            "trainable": bool(weight.trainable),
            **_range(array),
            "std": _number(flat.std()) if flat.size else None,
            "digest": hashlib.sha256(array.data).hexdigest(),
            "sample": [_number(flat[position]) for position in positions],
        }

    def _optimizer(self, value: Any, key: str) -> dict[str, Any]:
        return {
            "kind": "optimizer",
            "class": type(value).__name__[:_REPR],
            "config": _safe(value.get_config()),
            "learning_rate": _try(lambda: _number(_numpy(value.learning_rate))),
            "iterations": int(_numpy(value.iterations)),
            "variables": len(value.variables),
        }

    def _loss(self, value: Any, key: str) -> dict[str, Any]:
        rng = self.rng()
        y_true = (rng.random((8, 1)) < 0.5).astype(np.float32)
        y_pred = rng.normal(size=(8, 1)).astype(np.float32)
        return {
            "kind": "loss",
            "class": type(value).__name__[:_REPR],
            "config": _safe(value.get_config()),
            "probe": {
                "y_true": self.ref(y_true, key),
                "y_pred": self.ref(y_pred, key),
                "value": _number(_numpy(value(y_true, y_pred))),
            },
        }

    def _history(self, value: Any, key: str) -> dict[str, Any]:
        fields = {
            field.name: _safe(getattr(value, field.name)) for field in dataclasses.fields(value)
        }
        return {"kind": "history", **fields}

    def _checkpoint(self, value: Any, key: str) -> dict[str, Any]:
        tracked = {name: item for name, item in vars(value).items() if not name.startswith("_")}
        return {
            "kind": "checkpoint",
            "trackables": {
                name[:_REPR]: type(item).__name__[:_REPR] for name, item in tracked.items()
            },
            # Which of the objects recorded together with it are the very ones it tracks.
            "same": {
                name[:_REPR]: next(
                    (other for other, thing in self._objects.items() if thing is item), None
                )
                for name, item in tracked.items()
            },
        }

    def _folder(self, path: Path, key: str) -> dict[str, Any]:
        names = sorted(entry.name for entry in path.iterdir())
        shown = [name for name in names if re.fullmatch(r"image_at_epoch_\d+\.png", name)][:_FILES]
        return {
            "kind": "folder",
            "files": [_short(name) for name in names[:_FILES]],
            "images": self._pictures(path, shown, key) if shown else None,
        }

    def _pictures(self, path: Path, names: list[str], key: str) -> dict[str, Any]:
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
        return {"names": names, **self.ref(np.stack(stack), key)}


# Looked up only among modules that are already loaded: what was never imported cannot occur.
_LIBRARY_KINDS = (
    ("gan_helpers.training", ("History",), "_history"),
    ("keras", ("Model",), "_model"),
    ("keras", ("Loss",), "_loss"),
    ("keras", ("Optimizer",), "_optimizer"),
    ("tensorflow", ("data.Dataset",), "_dataset"),
    ("tensorflow", ("train.Checkpoint",), "_checkpoint"),
    ("tensorflow", ("Tensor", "Variable"), "_tensor"),
    ("keras", ("Variable",), "_tensor"),
    ("PIL.Image", ("Image",), "_image"),
)


def _class(module: str, name: str) -> type | None:
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found if isinstance(found, type) else None


def _is(value: Any, kind: type) -> bool:
    return issubclass(type(value), kind)


def _say(text: str) -> None:
    try:
        print(text)
    except Exception:
        return  # A closed or replaced stdout is no reason to fail.


def _error(error: BaseException) -> dict[str, Any]:
    try:
        message = str(error)
    except BaseException:
        message = "an error that cannot be shown"
    return {"kind": "error", "type": type(error).__name__[:_REPR], "message": message[:_REPR]}


def _try(function: Any) -> Any:
    """Returns what the function returns, or None where an object cannot tell."""
    try:
        return function()
    except Exception:
        return None


def _short(value: Any) -> str:
    text = value if type(value) is str else repr(value)
    return text[:_REPR].encode("utf-8", "replace").decode("utf-8")


def _other(value: Any) -> dict[str, Any]:
    return {"kind": "other", "type": type(value).__name__[:_REPR], "repr": _short(repr(value))}


def _number(value: Any) -> int | float | str:
    """Returns a plain number; JSON has no NaN and infinity, so they become text."""
    if issubclass(type(value), int | np.integer) and not issubclass(type(value), bool):
        number = int(value)
        return number if abs(number) < 2**63 else str(number)[:_REPR]
    value = float(value)
    if math.isnan(value):
        return "NaN"
    return value if math.isfinite(value) else ("Infinity" if value > 0 else "-Infinity")


def _numpy(value: Any) -> np.ndarray:
    if hasattr(value, "numpy"):
        value = value.numpy()
    array = np.asarray(value)
    return array.astype(np.float32) if str(array.dtype) == "bfloat16" else array


def _range(array: np.ndarray) -> dict[str, Any]:
    if not array.size or array.dtype.kind not in "biuf":
        return {"min": None, "max": None, "mean": None}
    return {
        "min": _number(array.min().astype(np.float64)),
        "max": _number(array.max().astype(np.float64)),
        "mean": _number(array.mean(dtype=np.float64)),
    }


def _summary(array: np.ndarray) -> dict[str, Any]:
    return {"shape": list(array.shape), "dtype": str(array.dtype), **_range(array)}


def _head(array: np.ndarray, count: int) -> np.ndarray:
    array = array[:count] if array.ndim else array
    return array.astype(np.float32) if array.dtype.kind in "biuf" else array


def _spec(spec: Any) -> dict[str, Any]:
    shape = None if spec.shape.rank is None else [*spec.shape.as_list()]
    return {"shape": shape, "dtype": spec.dtype.name}


def _looks_unbatched(shape: list[int | None] | None) -> bool | None:
    """Says whether an element looks like one image instead of a batch of them."""
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
        "class": type(layer).__name__[:_REPR],
        "name": _short(layer.name),
        "output_shape": _try(lambda: _shape(tuple(layer.output.shape))),
        "params": _try(lambda: int(layer.count_params())),
        "trainable": bool(layer.trainable),
    }


def _safe(value: Any, depth: int = 0) -> Any:
    """Makes configuration values fit for JSON."""
    if value is None or type(value) is bool:
        return value
    if type(value) is str:
        return value[:_TEXT]
    if issubclass(type(value), int | float | np.integer | np.floating):
        return _number(value)
    if depth < 6 and issubclass(type(value), list | tuple):
        return [_safe(item, depth + 1) for item in list(value)[:1000]]
    if depth < 6 and issubclass(type(value), dict):
        return {_short(key): _safe(item, depth + 1) for key, item in list(value.items())[:1000]}
    return _short(repr(value))


def _function(value: Any) -> dict[str, Any]:
    function = getattr(value, "python_function", value)
    parameters: list[str] | None = None
    required = None
    try:
        found = inspect.signature(function).parameters.values()
        parameters = [_short(parameter.name) for parameter in found][:_ITEMS]
        required = sum(
            parameter.default is parameter.empty
            and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
            for parameter in found
        )
    except (TypeError, ValueError):
        pass  # Some built-in functions have no signature.
    return {
        "kind": "function",
        "name": _short(getattr(function, "__name__", "")),
        "module": _short(getattr(function, "__module__", "") or ""),
        "parameters": parameters,
        "required": required,
    }
