"""Question g1: the GAN's networks."""

from __future__ import annotations

from autograder.evidence.schema import Model
from autograder.judging.assertions import explained_by, layout, sizes
from autograder.judging.check import Evidence, Rebuild, check, require
from autograder.judging.networks import Architecture

GENERATOR_PARAMS = 1_164_289
DISCRIMINATOR_PARAMS = 40_705
GENERATOR = [
    ("Dense", (6272,)),
    ("Conv2DTranspose", (14, 14, 128)),
    ("Conv2DTranspose", (28, 28, 128)),
    ("Conv2D", (28, 28, 1)),
]
DISCRIMINATOR = [("Conv2D", (14, 14, 64)), ("Conv2D", (7, 7, 64)), ("Dense", (1,))]


def _network(evidence: Evidence, rebuild: Rebuild, name: str) -> Architecture:
    return rebuild(evidence.recorded("g1_networks").get(name, Model), name)


@check("g1", points=1, title="The generator has the layers of the question")
@explained_by("g1")
def test_generator(evidence: Evidence, rebuild: Rebuild) -> None:
    network = _network(evidence, rebuild, "generator")
    require(
        sizes(network) == ((100,), (28, 28, 1)),
        f"generator turns {network.input_shape} into {network.output_shape}; it should turn 100 "
        "numbers into an image.",
    )
    layers = layout(network)
    require(
        [layer[:2] for layer in layers] == GENERATOR,
        "The layers of generator, or their output shapes, differ from the question.",
    )
    require(
        [layer[2] for layer in layers[:-1]] == ["leaky"] * 3,
        "A hidden activation of generator is missing or differs from the question.",
    )
    require(
        network.params == GENERATOR_PARAMS,
        f"generator has {network.params:,} parameters; compare with the question.",
    )


@check("g1", points=0.5, title="The generator's images have the range of the data")
@explained_by("g1")
def test_range_of_generator(evidence: Evidence, rebuild: Rebuild) -> None:
    layers = layout(_network(evidence, rebuild, "generator"))
    require(
        layers and layers[-1][2] == "sigmoid",
        "The last activation of generator does not fit images from 0 to 1.",
    )
    recording = evidence.recorded("g1_networks")
    output = recording.array(recording.get("generator", Model).probe.output)
    require(output.min() >= 0 and output.max() <= 1, "generator leaves the range of the images.")


@check("g1", points=1, title="The discriminator has the layers of the question")
@explained_by("g1")
def test_discriminator(evidence: Evidence, rebuild: Rebuild) -> None:
    network = _network(evidence, rebuild, "discriminator")
    require(
        sizes(network) == ((28, 28, 1), (1,)),
        f"discriminator turns {network.input_shape} into {network.output_shape}; it should turn an "
        "image into one number.",
    )
    layers = layout(network)
    require(
        [layer[:2] for layer in layers] == DISCRIMINATOR,
        "The layers of discriminator, or their output shapes, differ from the question.",
    )
    require(
        [layer[2] for layer in layers[:-1]] == ["leaky"] * 2,
        "A hidden activation of discriminator is missing or differs from the question.",
    )
    require(
        network.params == DISCRIMINATOR_PARAMS,
        f"discriminator has {network.params:,} parameters; compare with the question.",
    )


@check("g1", points=0.5, title="The discriminator drops out, and gives a probability")
@explained_by("g1")
def test_end_of_discriminator(evidence: Evidence, rebuild: Rebuild) -> None:
    network = _network(evidence, rebuild, "discriminator")
    layers = layout(network)
    require(
        layers and layers[-1][2] == "sigmoid",
        "discriminator should give a probability; look at its last activation.",
    )
    rates = [layer.config.get("rate") for layer in network.of_class("Dropout")]
    require(rates == [0.4, 0.4], "The dropouts of discriminator differ from the question.")
