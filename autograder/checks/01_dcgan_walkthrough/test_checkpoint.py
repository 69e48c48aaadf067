"""Task 6: the checkpoint, by what is in the file that it saves."""

from __future__ import annotations

import math

import msgspec
import numpy as np
from calls import finished

from autograder.challenges.checkpoints import planted_digests
from autograder.evidence.schema import Array, Text
from autograder.judging.assertions import explained_by
from autograder.judging.check import Evidence, Recording, Unmet, check, require

_MOST = 100_000  # numbers in a small network of ours and its optimizer, far more than there are

_Shapes = dict[str, list[tuple[int, ...]]]


def _planted_shapes(recording: Recording) -> _Shapes:
    """Return the shapes of the arrays that were planted in each object."""
    try:
        shapes = msgspec.json.decode(recording.get("shapes", Text).value, type=_Shapes)
    except msgspec.DecodeError:
        shapes = {}
    every = [shape for arrays in shapes.values() for shape in arrays]
    small = sum(map(math.prod, every)) <= _MOST
    if not (shapes and small and all(size > 0 for shape in every for size in shape)):
        raise Unmet("The record of shapes is damaged.")
    return shapes


def _require_saved(evidence: Evidence, *names: str) -> None:
    """Require that the numbers planted in these objects are in the checkpoint's file."""
    recording = finished(evidence, "checkpoint_saved", "Saving with checkpoint")
    digests = recording.array(recording.get("digests", Array))
    require(digests.size % 32 == 0, "The record of digests is damaged.")
    saved = {bytes(digest).hex() for digest in digests.reshape(-1, 32).astype(np.uint8)}
    shapes = _planted_shapes(recording)
    for name in names:
        planted = planted_digests(
            evidence.run.challenge, f"checkpoint {name}", shapes.get(name, [])
        )
        missing = len(set(planted) - saved)
        require(
            planted and not missing,
            f"{missing} of the {len(planted)} arrays of {name} are not in what checkpoint saved.",
        )


@check("checkpoint", points=1, title="A fresh generator makes the saved one's images")
@explained_by("checkpoint")
def test_generator_is_saved(evidence: Evidence) -> None:
    _require_saved(evidence, "generator")


@check("checkpoint", points=0.5, title="The discriminator is saved")
@explained_by("checkpoint")
def test_discriminator_is_saved(evidence: Evidence) -> None:
    _require_saved(evidence, "discriminator")


@check("checkpoint", points=0.5, title="Both optimizers are saved with what they remember")
@explained_by("checkpoint")
def test_optimizers_are_saved(evidence: Evidence) -> None:
    _require_saved(evidence, "generator_optimizer", "discriminator_optimizer")
