"""Task 3: the discriminator, judged by what it is."""

from __future__ import annotations

from made_networks import kinds_of, made, require_convolutions, require_new

from autograder.judging.assertions import explained_by
from autograder.judging.check import Evidence, Rebuild, check, require


@check("discriminator", points=0.5, title="make_discriminator_model() makes a new one at each call")
@explained_by("discriminator")
def test_new_discriminator(evidence: Evidence, rebuild: Rebuild) -> None:
    require_new(evidence, rebuild, "discriminator")


@check("discriminator", points=1, title="Its convolutions are those of the table")
@explained_by("discriminator")
def test_discriminator_convolutions(evidence: Evidence, rebuild: Rebuild) -> None:
    network = rebuild(made(evidence, "discriminator")[1], "The discriminator")
    require(
        network.input_shape[1:] == (28, 28, 1),
        f"The discriminator takes inputs {network.input_shape[1:]} instead of images.",
    )
    require_convolutions(network, "Conv2D", [(64, 2), (128, 2)], "the discriminator")


@check("discriminator", points=1, title="LeakyReLU and dropout of 0.3 follow each convolution")
@explained_by("discriminator")
def test_discriminator_inner_layers(evidence: Evidence, rebuild: Rebuild) -> None:
    network = rebuild(made(evidence, "discriminator")[1], "The discriminator")
    kinds = [kind for kind in kinds_of(network) if kind not in ("Dense", "sigmoid")]
    require(
        kinds == ["Conv2D", "LeakyReLU", "Dropout"] * 2,
        "What follows the convolutions of the discriminator, or its order, is not as in the table.",
    )
    rates = [layer.config["rate"] for layer in network.of_class("Dropout")]
    require(
        all(abs(rate - 0.3) < 1e-6 for rate in rates),
        f"The discriminator's dropout has the rates {', '.join(map(str, rates))}; compare with the "
        "table.",
    )


@check("discriminator", points=0.5, title="It ends with one logit")
@explained_by("discriminator")
def test_discriminator_end(evidence: Evidence, rebuild: Rebuild) -> None:
    network = rebuild(made(evidence, "discriminator")[1], "The discriminator")
    require(
        network.output_shape[1:] == (1,),
        f"The discriminator puts out {network.output_shape[1:]} for an image; it should be one "
        "number.",
    )
    require(
        kinds_of(network)[-1] == "Dense",
        "What the discriminator puts out has gone through an activation, so it is no logit.",
    )


@check("discriminator", points=1, title="It has as many parameters as it should")
@explained_by("discriminator")
def test_discriminator_parameters(evidence: Evidence, rebuild: Rebuild) -> None:
    network = rebuild(made(evidence, "discriminator")[1], "The discriminator")
    require(
        (network.params, network.trainable_params) == (212_865, 212_865),
        f"The discriminator has {network.params:,} parameters, {network.trainable_params:,} of "
        "them trainable; compare channels and biases with the table.",
    )
