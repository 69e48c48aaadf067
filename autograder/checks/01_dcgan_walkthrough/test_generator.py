"""Task 2: the generator, judged by what it is."""

from __future__ import annotations

import numpy as np
from made_networks import kinds_of, made, require_convolutions, require_new

from autograder.judging.assertions import explained_by, sizes
from autograder.judging.check import Evidence, Rebuild, Unmet, check, require


@check("generator", points=0.5, title="make_generator_model() makes a new network at each call")
@explained_by("generator")
def test_new_generator(evidence: Evidence, rebuild: Rebuild) -> None:
    require_new(evidence, rebuild, "generator")


@check("generator", points=0.5, title="The generator turns 100 numbers into an image")
@explained_by("generator")
def test_generator_sizes(evidence: Evidence, rebuild: Rebuild) -> None:
    network = rebuild(made(evidence, "generator")[1], "The generator")
    require(
        sizes(network) == ((100,), (28, 28, 1)),
        f"The generator turns {sizes(network)[0]} into {sizes(network)[1]}; compare with the "
        "first and the last line of the table.",
    )


@check("generator", points=1, title="Its transposed convolutions are those of the table")
@explained_by("generator")
def test_generator_convolutions(evidence: Evidence, rebuild: Rebuild) -> None:
    network = rebuild(made(evidence, "generator")[1], "The generator")
    wanted = [(128, 1), (64, 2), (1, 2)]
    require_convolutions(network, "Conv2DTranspose", wanted, "the generator")


@check("generator", points=0.5, title="Batch normalisation and LeakyReLU follow each inner layer")
@explained_by("generator")
def test_generator_inner_layers(evidence: Evidence, rebuild: Rebuild) -> None:
    network = rebuild(made(evidence, "generator")[1], "The generator")
    kinds = kinds_of(network)
    inner = ["BatchNormalization", "LeakyReLU"]
    wanted = ["Dense", *inner, "Conv2DTranspose", *inner, "Conv2DTranspose", *inner]
    there = [*kinds, *["nothing"] * len(wanted)]
    wrong = next((n for n, kind in enumerate(wanted) if there[n] != kind), None)
    if wrong is not None:
        raise Unmet(
            f"Step {wrong + 1} in the generator, counting activations, is {there[wrong]}; compare "
            "the inner layers and their order with the table."
        )
    require(
        kinds[len(wanted) : len(wanted) + 1] == ["Conv2DTranspose"] and len(kinds) <= 11,
        "After its inner layers the generator has more than one transposed convolution and its "
        "activation.",
    )


@check("generator", points=0.5, title="It ends with tanh")
@explained_by("generator")
def test_generator_end(evidence: Evidence, rebuild: Rebuild) -> None:
    recording, model = made(evidence, "generator")
    network = rebuild(model, "The generator")
    require(
        kinds_of(network)[-1] == "tanh",
        "The generator does not end with the activation in the table, so its values do not have "
        "the range of the data.",
    )
    output = recording.array(model.probe.output)
    require(np.abs(output).max() <= 1.0001, "The generator's values leave the range of tanh.")


@check("generator", points=1, title="It has as many parameters as it should")
@explained_by("generator")
def test_generator_parameters(evidence: Evidence, rebuild: Rebuild) -> None:
    network = rebuild(made(evidence, "generator")[1], "The generator")
    require(
        (network.params, network.trainable_params) == (2_330_944, 2_305_472),
        f"The generator has {network.params:,} parameters, {network.trainable_params:,} of them "
        "trainable; compare units, channels and biases with the table.",
    )
