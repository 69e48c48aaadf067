"""Question d1: the two dense networks."""

from __future__ import annotations

from autograder.evidence.schema import Model
from autograder.judging.assertions import explained_by
from autograder.judging.check import Evidence, Rebuild, check
from autograder.judging.layer_lists import require_layers, require_size

IMAGE = (28, 28, 1)


def dense_layers(*units: int) -> list[str]:
    """Return what fully connected layers with LeakyReLU and batch normalisation are."""
    return [step for width in units for step in (f"dense {width}", "leaky", "BatchNormalization")]


GENERATOR = [*dense_layers(256, 512, 1024), "dense 784", "leaky"]
DISCRIMINATOR = [*dense_layers(1024, 512, 256), "dense 1", "sigmoid"]


@check("d1", points=1, title="gen_model has the right shapes and parameters")
@explained_by("d1_generator")
def test_generator_size(evidence: Evidence, rebuild: Rebuild) -> None:
    network = rebuild(evidence.recorded("d1").get("gen_model", Model), "gen_model")
    require_size(network, "gen_model", (100,), IMAGE, 1_493_520, 1_489_936)


@check("d1", points=1, title="gen_model has the right layers in order")
@explained_by("d1_generator")
def test_generator_layers(evidence: Evidence, rebuild: Rebuild) -> None:
    network = rebuild(evidence.recorded("d1").get("gen_model", Model), "gen_model")
    require_layers(network, "gen_model", GENERATOR)


@check("d1", points=1, title="disc_model has the right shapes and parameters")
@explained_by("d1_discriminator")
def test_discriminator_size(evidence: Evidence, rebuild: Rebuild) -> None:
    network = rebuild(evidence.recorded("d1").get("disc_model", Model), "disc_model")
    require_size(network, "disc_model", IMAGE, (1,), 1_467_393, 1_463_809)


@check("d1", points=1, title="disc_model has the right layers in order")
@explained_by("d1_discriminator")
def test_discriminator_layers(evidence: Evidence, rebuild: Rebuild) -> None:
    network = rebuild(evidence.recorded("d1").get("disc_model", Model), "disc_model")
    require_layers(network, "disc_model", DISCRIMINATOR)
