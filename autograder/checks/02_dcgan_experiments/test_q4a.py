"""Question 4a: a simpler pair of networks, trained, restored and looked at."""

from autograder.checks.common import EPOCHS, KEY_EPOCHS
from autograder.evidence.schema import Model
from autograder.judging.assertions import (
    explained_by,
    require_networks_trained,
    require_restored,
    require_sample_pictures,
    require_shown,
    sizes,
)
from autograder.judging.check import Evidence, Rebuild, check, require
from autograder.judging.networks import Architecture, Layer

SIMPLE_GENERATOR_PARAMS = 242_240
SIMPLE_DISCRIMINATOR_PARAMS = 14_209


def _activation(layer: Layer) -> str:
    return str(layer.config.get("activation")).lower()


def _leaky_relus(network: Architecture) -> int:
    """Return how many there are, as layers of their own or within another layer."""
    return sum(
        layer.class_name == "LeakyReLU" or "leaky" in _activation(layer) for layer in network.layers
    )


@check("q4a", points=0.25, title="The generator has lost its widest convolution")
@explained_by("q4a_generator")
def test_simple_generator(evidence: Evidence, rebuild: Rebuild) -> None:
    recording = evidence.recorded("q4a_networks")
    model = recording.get("generator", Model)
    network = rebuild(model, "generator")
    require(
        sizes(network) == ((40,), (28, 28, 1)),
        f"generator turns {network.input_shape} into {network.output_shape}; it should turn "
        "noise_dim numbers into an image.",
    )
    convolutions = network.of_class("Conv2DTranspose", "Conv2D")
    require(
        len(convolutions) == 2,
        f"generator has {len(convolutions)} convolutions; compare with the list in the question.",
    )
    require(
        network.params == SIMPLE_GENERATOR_PARAMS,
        f"generator has {network.params:,} parameters; compare its layers with the list in the "
        "question.",
    )
    output = recording.array(model.probe.output)
    require(
        abs(output).max() <= 1.0001, "generator's values leave the range of the data; mind its end."
    )
    require(
        "tanh" in _activation(convolutions[-1]) + _activation(network.layers[-1]),
        "generator should end with the activation in the question.",
    )
    require(
        _leaky_relus(network) == 2,
        "generator lacks a LeakyReLU, or has one too many; compare with the list in the question.",
    )


@check("q4a", points=0.25, title="The discriminator has one convolution")
@explained_by("q4a_discriminator")
def test_simple_discriminator(evidence: Evidence, rebuild: Rebuild) -> None:
    recording = evidence.recorded("q4a_networks")
    network = rebuild(recording.get("discriminator", Model), "discriminator")
    require(
        sizes(network) == ((28, 28, 1), (1,)),
        f"discriminator turns {network.input_shape} into {network.output_shape}; it should turn "
        "images into one logit each.",
    )
    convolutions = network.of_class("Conv2D")
    require(
        len(convolutions) == 1,
        f"discriminator has {len(convolutions)} convolutions; compare with the question.",
    )
    require(
        network.params == SIMPLE_DISCRIMINATOR_PARAMS,
        f"discriminator has {network.params:,} parameters; compare its layers with the question.",
    )
    require(
        network.layers[-1].config.get("activation") == "linear",
        "discriminator should put out a logit, without an activation.",
    )
    dropouts = [layer.config.get("rate") for layer in network.of_class("Dropout")]
    require(
        dropouts == [0.3] and _leaky_relus(network) == 1,
        "discriminator's dropout or its LeakyReLU differs from the question.",
    )


@check("q4a", points=0.25, title="Both networks were trained for all epochs")
@explained_by("q4a_train")
def test_simpler_trained(evidence: Evidence) -> None:
    before, after = evidence.recorded("q4a_before"), evidence.recorded("q4a_trained")
    require_networks_trained(before, after, epochs=len(EPOCHS))
    earlier = evidence.recorded("q3a") if evidence.has("q3a") else None
    require_sample_pictures(after, EPOCHS, unlike=earlier)


@check("q4a", points=0.25, title="The latest checkpoint is restored and the key epochs are shown")
@explained_by("q4a_display")
def test_simpler_shown(evidence: Evidence) -> None:
    model = evidence.recorded("q4a").get("generator", Model)
    require_restored(evidence, model, checkpoint="q4a_checkpoint", name="generator")
    require_shown(
        evidence,
        pictures="q4a_display",
        sentinels="q4a_pictures",
        epochs=EPOCHS,
        wanted=KEY_EPOCHS,
        subject="The cell",
    )
