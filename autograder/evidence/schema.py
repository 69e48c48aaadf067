"""Typed records: what a kernel may record (``gan_helpers.evidence``) and what a run leaves.

Each kind of recorded object is one class. A record is converted once, when a check asks for it; one
that does not fit its class was not written by the recorder and is refused, so no check takes
dictionaries apart. Missing fields have the value that the recorder writes where it could not tell.
"""

from __future__ import annotations

import math
from enum import StrEnum
from typing import Any, ClassVar, get_args

import msgspec

from autograder.verdict import Note

Numeric = int | float | str
"""A number; one that JSON cannot hold, such as infinity, is recorded as text."""

Shape = list[int | None | list[int | None]]
"""A shape, the batch axis as None; a list of shapes for a model with several inputs."""


class Described(msgspec.Struct, frozen=True, kw_only=True):
    """What the recorder wrote about an object.

    Attributes:
        WORDS: The kind, as a sentence to a student names it.
    """

    WORDS: ClassVar[str] = "something"


class ArrayReference(msgspec.Struct, frozen=True, kw_only=True):
    """Where the numbers of an array are.

    Attributes:
        array: Name in the record's ``.npz`` file; None if the array was too large to be kept.
        shape: Its shape.
        dtype: Its type.
    """

    array: str | None = None
    shape: list[int] = []
    dtype: str = ""


class Array(Described, ArrayReference, frozen=True, kw_only=True, tag_field="kind", tag="array"):
    """An array or a tensor, with its range."""

    WORDS: ClassVar[str] = "an array"
    min: Numeric | None = None
    max: Numeric | None = None
    mean: Numeric | None = None


class Image(Described, ArrayReference, frozen=True, kw_only=True, tag_field="kind", tag="image"):
    """A picture of PIL's; ``size`` is width and height in pixels."""

    WORDS: ClassVar[str] = "image"
    mode: str = ""
    size: list[int] = []


class Number(Described, frozen=True, kw_only=True, tag_field="kind", tag="number"):
    """A number."""

    WORDS: ClassVar[str] = "a number"
    value: Numeric

    @property
    def number(self) -> float:
        """The number as a float, also an infinite one; NaN if the text is no number."""
        try:
            return float(self.value)
        except ValueError:
            return math.nan

    @property
    def finite(self) -> float | None:
        """The number, or None if it is infinite or not a number."""
        return None if isinstance(self.value, str) else float(self.value)


class Bool(Described, frozen=True, kw_only=True, tag_field="kind", tag="bool"):
    """A truth value."""

    WORDS: ClassVar[str] = "True or False"
    value: bool


class Text(Described, frozen=True, kw_only=True, tag_field="kind", tag="text"):
    """A text."""

    WORDS: ClassVar[str] = "a text"
    value: str


class NoneValue(Described, frozen=True, kw_only=True, tag_field="kind", tag="none"):
    """``None``."""

    WORDS: ClassVar[str] = "None"


class Other(Described, frozen=True, kw_only=True, tag_field="kind", tag="other"):
    """An object that the recorder knows nothing about."""

    WORDS: ClassVar[str] = "other"
    type: str = "something"
    repr: str = ""


class Function(Described, frozen=True, kw_only=True, tag_field="kind", tag="function"):
    """A function; ``required`` is how many arguments it needs."""

    WORDS: ClassVar[str] = "a function"
    name: str = ""
    module: str = ""
    parameters: list[str] | None = None
    required: int | None = None


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """Shape, type and range of an array that was not kept."""

    shape: list[int | None] | None = []
    dtype: str = ""
    min: Numeric | None = None
    max: Numeric | None = None
    mean: Numeric | None = None


class Dataset(Described, frozen=True, kw_only=True, tag_field="kind", tag="dataset"):
    """A ``tf.data.Dataset``.

    Attributes:
        batches: Of up to three batches: one summary, or one for each component.
        first: The first batch, 64 elements at most.
        again: The beginning of the first batch of another pass.
    """

    WORDS: ClassVar[str] = "a tf.data.Dataset"
    element: Summary | list[Summary] = []
    components: int = 1
    cardinality: int | None = None
    infinite: bool = False
    batches: list[Summary | list[Summary]] = []
    unbatched: bool | None = None
    first: ArrayReference | None = None
    again: ArrayReference | None = None


class Weight(msgspec.Struct, frozen=True, kw_only=True):
    """One weight array of a model; ``digest`` is the SHA-256 of its numbers."""

    path: str = ""
    shape: list[int] = []
    dtype: str = ""
    trainable: bool = False
    digest: str = ""
    min: Numeric | None = None
    max: Numeric | None = None
    mean: Numeric | None = None
    std: Numeric | None = None
    sample: list[Numeric] = []

    @property
    def name(self) -> str:
        """The last part of its path, such as ``kernel``."""
        return self.path.rsplit("/", 1)[-1]


class ModelTrial(msgspec.Struct, frozen=True, kw_only=True):
    """What a model made of inputs that were drawn for the run, in inference mode."""

    input: ArrayReference | None = None
    output: ArrayReference | None = None


class Model(Described, frozen=True, kw_only=True, tag_field="kind", tag="model"):
    """A Keras model.

    Attributes:
        config: What its ``to_json`` gave, if it can be told.
        params: Number of weights; None before it is built.
        trainable_params: Number of those that training changes.
        weights: Its weight arrays, 400 at most.
        probe: What it made of drawn inputs.
    """

    WORDS: ClassVar[str] = "a Keras model"
    class_name: str = msgspec.field(default="", name="class")
    config: str | None = None
    input_shape: Shape | None = None
    output_shape: Shape | None = None
    params: int | None = None
    trainable_params: int | None = None
    weights: list[Weight] = []
    probe: ModelTrial = ModelTrial()

    def digests(self, kind: str | None = None) -> list[str]:
        """Return the digests of the trainable weights, or of those whose path ends with a kind."""
        return [
            weight.digest
            for weight in self.weights
            if (weight.trainable if kind is None else weight.path.endswith(kind))
        ]


class Optimizer(Described, frozen=True, kw_only=True, tag_field="kind", tag="optimizer"):
    """A Keras optimizer; ``iterations`` counts the steps that it has taken."""

    WORDS: ClassVar[str] = "a Keras optimizer"
    class_name: str = msgspec.field(default="", name="class")
    config: dict[str, Any] = {}
    learning_rate: Numeric | None = None
    iterations: int = 0
    variables: int = 0


class LossTrial(msgspec.Struct, frozen=True, kw_only=True):
    """What a loss gave for drawn labels and predictions."""

    y_true: ArrayReference | None = None
    y_pred: ArrayReference | None = None
    value: Numeric | None = None


class Loss(Described, frozen=True, kw_only=True, tag_field="kind", tag="loss"):
    """A Keras loss."""

    WORDS: ClassVar[str] = "a Keras loss"
    class_name: str = msgspec.field(default="", name="class")
    config: dict[str, Any] = {}
    probe: LossTrial = LossTrial()


class History(Described, frozen=True, kw_only=True, tag_field="kind", tag="history"):
    """A ``gan_helpers.history.History``; see there."""

    WORDS: ClassVar[str] = "a training history"
    epochs: list[Numeric] = []
    losses: dict[str, list[Numeric]] = {}
    seconds: list[Numeric] = []
    steps_per_epoch: Numeric | None = None
    batch_size: Numeric | None = None
    budget: str = ""
    first_step_seconds: Numeric | None = None


class Checkpoint(Described, frozen=True, kw_only=True, tag_field="kind", tag="checkpoint"):
    """A ``tf.train.Checkpoint``; ``same`` names the recorded objects that it tracks."""

    WORDS: ClassVar[str] = "checkpoint"
    trackables: dict[str, str] = {}
    same: dict[str, str | None] = {}


class Pictures(ArrayReference, frozen=True, kw_only=True):
    """The sample pictures of a folder, made smaller and put into one array."""

    names: list[str] = []


class Folder(Described, frozen=True, kw_only=True, tag_field="kind", tag="folder"):
    """A folder; its sample pictures are in ``images``."""

    WORDS: ClassVar[str] = "a folder"
    files: list[str] = []
    images: Pictures | None = None


class Error(Described, frozen=True, kw_only=True, tag_field="kind", tag="error"):
    """The recorder failed on the object, with an error of this type."""

    WORDS: ClassVar[str] = "an error"
    type: str = ""
    message: str = ""


class List(Described, frozen=True, kw_only=True, tag_field="kind", tag="list"):
    """A list; ``length`` counts all items, ``items`` are the first of them."""

    WORDS: ClassVar[str] = "a list"
    length: int = 0
    items: list[Anything] = []


class Tuple(Described, frozen=True, kw_only=True, tag_field="kind", tag="tuple"):
    """A tuple, see :class:`List`."""

    WORDS: ClassVar[str] = "a tuple"
    length: int = 0
    items: list[Anything] = []


class Dict(Described, frozen=True, kw_only=True, tag_field="kind", tag="dict"):
    """A dictionary, see :class:`List`."""

    WORDS: ClassVar[str] = "a dictionary"
    length: int = 0
    items: dict[str, Anything] = {}


Anything = (
    Array
    | Image
    | Number
    | Bool
    | Text
    | NoneValue
    | Other
    | Function
    | Dataset
    | Model
    | Optimizer
    | Loss
    | History
    | Checkpoint
    | Folder
    | Error
    | List
    | Tuple
    | Dict
)


class CellStatus(StrEnum):
    """How the run of a cell ended."""

    NOT_RUN = "not run"
    OK = "ok"
    ERROR = "error"
    TOO_SLOW = "too slow"
    TOO_MUCH_OUTPUT = "too much output"
    KERNEL_DIED = "kernel died"
    UNREADABLE = "unreadable"


class CellRecord(msgspec.Struct, kw_only=True):
    """What happened to a cell; ``error`` is its error in one line."""

    status: CellStatus = CellStatus.NOT_RUN
    error: str | None = None
    seconds: float = 0.0


class Resources(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What a run has used, as far as it could be measured; memory in bytes."""

    cpu_seconds: float | None = None
    wall_seconds: float | None = None
    peak_memory: int | None = None
    private_memory: int | None = None


class RunRecord(msgspec.Struct, kw_only=True):
    """What the grading machine wrote about a run, in ``run.json``.

    Attributes:
        challenge: Secret of this run, from which everything is drawn.
        cells: What happened to each cell, by grade id or place.
        stopped: Why the notebook was ended early, if it was.
        unanswered: Questions whose cells are as they were handed out.
        tampering: Cells that take hold of the grading machine.
        notes: What went wrong.
        hook_errors: Maps the grader's steps that failed to their errors.
        resources: What the run has used.
    """

    challenge: str
    cells: dict[str, CellRecord] = {}
    stopped: str | None = None
    unanswered: list[str] = []
    tampering: list[str] = []
    notes: list[Note] = []
    hook_errors: dict[str, str] = {}
    resources: Resources = msgspec.field(default_factory=Resources)


FORMAT = 2
"""Number of the form of ``run.json``; a run of another form is run again."""

KINDS: dict[str, type[Described]] = {
    str(kind.__struct_config__.tag): kind for kind in get_args(Anything)
}
"""Maps the word by which a record names a kind to its class."""
