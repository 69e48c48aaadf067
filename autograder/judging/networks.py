"""Rebuilds a Keras model from the JSON that a student's kernel recorded, to look at its shape.

Only classes on an allow-list are ever made, so that no code of a student's runs: no ``Lambda``,
no custom layers, no functions by module path. What is learnt is stored on disk by the hash of the
JSON; judging a class again then needs no TensorFlow.
"""

from __future__ import annotations

import functools
import gc
import hashlib
import json
import math
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from autograder.cache import fingerprint, load, store
from autograder.evidence.schema import Model
from autograder.evidence.unmet import Unmet

_LAYERS = frozenset(
    """
    Activation Add AveragePooling2D BatchNormalization Bidirectional Concatenate Conv1D
    Conv1DTranspose Conv2D Conv2DTranspose Cropping2D Dense DepthwiseConv2D Dropout ELU Embedding
    Flatten GRU GaussianDropout GaussianNoise GlobalAveragePooling2D GlobalMaxPooling2D
    GroupNormalization InputLayer LSTM LayerNormalization LeakyReLU MaxPooling2D Multiply PReLU
    Permute ReLU RepeatVector Rescaling Reshape Resizing SeparableConv2D SimpleRNN Softmax
    SpatialDropout2D SpectralNormalization Subtract TimeDistributed UnitNormalization UpSampling2D
    ZeroPadding2D
    """.split()
)
_MODELS = frozenset(("Functional", "Model", "Sequential"))
_OTHERS = frozenset(
    """
    Constant DTypePolicy GlorotNormal GlorotUniform HeNormal HeUniform Identity L1 L1L2 L2
    LecunNormal LecunUniform MaxNorm NonNeg Ones Orthogonal RandomNormal RandomUniform
    TruncatedNormal UnitNorm VarianceScaling Zeros __keras_tensor__ __numpy__ __tensor__
    """.split()
)
_KNOWN = _LAYERS | _MODELS | _OTHERS
_MAX_SIZE = 60_000  # units, filters, or any other whole number in a configuration
_MAX_WEIGHTS = 100_000_000
_MAX_LAYERS = 150  # the time grows with the square: these take some ten seconds
_NAMES = re.compile(r"_\d+$")


@dataclass(frozen=True)
class Layer:
    """One layer of a rebuilt model.

    Attributes:
        class_name: Keras class.
        config: Its configuration.
        output_shape: Shape of its output, the batch axis included as None.
        params: Number of weights, trainable or not.
    """

    class_name: str
    config: dict[str, Any]
    output_shape: tuple[int | None, ...]
    params: int


@dataclass(frozen=True)
class Architecture:
    """What a model is, without its weights.

    Attributes:
        input_shape: Shape of the input, the batch axis included as None.
        output_shape: Shape of the output.
        params: Number of weights.
        trainable_params: Number of trainable weights.
        layers: All layers in order; those of nested models in their place.
    """

    input_shape: tuple[int | None, ...]
    output_shape: tuple[int | None, ...]
    params: int
    trainable_params: int
    layers: tuple[Layer, ...]

    def of_class(self, *class_names: str) -> list[Layer]:
        """Return the layers of these classes, in order."""
        return [layer for layer in self.layers if layer.class_name in class_names]

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Architecture:
        """Make it again from what ``dataclasses.asdict`` gave, also after a way through JSON."""
        layers = tuple(
            Layer(**{**layer, "output_shape": tuple(layer["output_shape"])})
            for layer in values["layers"]
        )
        shapes = {name: tuple(values[name]) for name in ("input_shape", "output_shape")}
        return cls(**{**values, **shapes, "layers": layers})


class Rebuilder:
    """Rebuilds models, each architecture once.

    Args:
        cache: Folder for architectures that were rebuilt; None for this process's memory only.
        build: What builds a model that is not known yet; in this process if left out.
    """

    def __init__(
        self,
        cache: Path | None = None,
        build: Callable[[dict[str, Any], str], Architecture] | None = None,
    ) -> None:
        self._cache = cache
        self._build_model = build or build_here
        self._known: dict[str, Architecture] = {}

    def rebuild(self, model: Model, name: str) -> Architecture:
        """Return the architecture of a recorded model.

        Args:
            model: Its record.
            name: The model's name in the notebook, for the sentence if it fails.

        Raises:
            Unmet: If it has no configuration, holds anything not allowed, or does not build.
        """
        text = model.config
        if not isinstance(text, str):
            raise Unmet(
                f"{name} cannot be looked into: build it from Keras' own layers, with "
                "keras.Sequential or the functional API."
            )
        config = _parse(text, name)
        key = hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()
        if key not in self._known:
            self._known[key] = self._load(key) or self._build(config, name, key)
        return self._known[key]

    def _load(self, key: str) -> Architecture | None:
        data = load(self._cache / f"{key}.json", _code()) if self._cache else None
        return None if data is None else Architecture.from_dict(data)

    def _build(self, config: dict[str, Any], name: str, key: str) -> Architecture:
        architecture = self._build_model(config, name)
        if self._cache:
            self._cache.mkdir(parents=True, exist_ok=True)
            store(self._cache / f"{key}.json", _code(), asdict(architecture))
        return architecture


@functools.cache
def _code() -> str:
    return fingerprint([Path(__file__)], ("keras", "tensorflow"))


def _parse(text: str, name: str) -> dict[str, Any]:
    try:
        config = json.loads(text)
        _drop_training(config)
        if _require_allowed(config, name) > _MAX_LAYERS:
            raise Unmet(f"{name} has too many layers to be rebuilt.")
    except (ValueError, RecursionError):
        raise Unmet(f"{name} cannot be looked into: its configuration is damaged.") from None
    if not isinstance(config, dict) or config.get("class_name") not in _MODELS:
        raise Unmet(f"{name} is not a Keras model.")
    return _without_numbers(config)


def _drop_training(value: Any) -> None:
    """Remove what ``compile`` adds: optimizers and losses say nothing about the layers."""
    if isinstance(value, dict):
        value.pop("compile_config", None)
        for item in value.values():
            _drop_training(item)
    elif isinstance(value, list):
        for item in value:
            _drop_training(item)


def _require_allowed(value: Any, name: str) -> int:
    """Refuse every class that is not on the list, wherever it hides; return how many there are."""
    count = 0
    if isinstance(value, dict):
        if "class_name" in value:
            class_name, module = value["class_name"], value.get("module") or "keras"
            known = isinstance(class_name, str) and class_name in _KNOWN
            official = isinstance(module, str) and module.split(".")[0] in ("keras", "builtins")
            if not known or not official or value.get("registered_name") not in (None, class_name):
                raise Unmet(
                    f"{name} uses {str(class_name)[:60]!r}, which is not one of the Keras layers "
                    "that this course works with; use a layer from the text."
                )
            count += class_name in _LAYERS
        count += sum(_require_allowed(item, name) for item in value.values())
    elif isinstance(value, list):
        count += sum(_require_allowed(item, name) for item in value)
    elif isinstance(value, int) and abs(value) > _MAX_SIZE:
        raise Unmet(f"{name} is far too large to be rebuilt.")
    return count


def _without_numbers(config: dict[str, Any]) -> dict[str, Any]:
    """Name the layers by place: Keras counts names up, so equal models would look different."""
    if config["class_name"] != "Sequential":
        return config
    config = json.loads(json.dumps(config))
    for number, layer in enumerate(config.get("config", {}).get("layers", [])):
        inner = layer.get("config") if isinstance(layer, dict) else None
        if isinstance(inner, dict) and isinstance(inner.get("name"), str):
            inner["name"] = f"{_NAMES.sub('', inner['name'])[:80]}_{number}"
    return config


@functools.cache
def _keras() -> Any:
    """Import Keras when it is needed: it brings TensorFlow along, which takes many seconds."""
    import keras

    # Clearing a session looks for garbage, and should not do so among all objects of these two.
    gc.freeze()
    return keras


def build_here(config: dict[str, Any], name: str) -> Architecture:
    """Return the architecture of a model, built in this process.

    Args:
        config: What Keras' ``to_json`` gave, with allowed classes only.
        name: The model's name in the notebook, for the sentence if it fails.

    Raises:
        Unmet: If it does not build, or is far too large.
    """
    keras = _keras()
    try:
        # Within the scope weights have a shape and no numbers, so that none can fill the memory.
        with keras.StatelessScope(initialize_variables=False):
            model = keras.models.model_from_json(json.dumps(config))
            layers = tuple(_summaries(model))
        params = int(model.count_params())
        architecture = Architecture(
            input_shape=tuple(model.input_shape),
            output_shape=tuple(model.output_shape),
            params=params,
            trainable_params=sum(math.prod(weight.shape) for weight in model.trainable_weights),
            layers=layers,
        )
    except Exception as error:  # Keras raises almost any type on an odd configuration
        raise Unmet(
            f"{name} could not be rebuilt from its configuration ({type(error).__name__}); build "
            "it from Keras' own layers and call it on data once."
        ) from None
    finally:
        keras.backend.clear_session()
    if params > _MAX_WEIGHTS:
        raise Unmet(f"{name} is far too large.")
    return architecture


def _summaries(model: Any) -> list[Layer]:
    layers: list[Layer] = []
    for layer in model.layers:
        if type(layer).__name__ in _MODELS:
            layers.extend(_summaries(layer))
            continue
        config = json.loads(json.dumps(layer.get_config(), default=str))
        layers.append(
            Layer(
                class_name=type(layer).__name__,
                config=config,
                output_shape=tuple(layer.output.shape),
                params=int(layer.count_params()),
            )
        )
    return layers
