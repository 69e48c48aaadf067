"""Question b1: the generator with ReLU in every hidden layer."""

from __future__ import annotations

import numpy as np
from activations import activations
from comparison import NOISE_DIM, generator_params

from autograder.evidence.schema import Model
from autograder.judging.assertions import explained_by, require_untrained, sizes
from autograder.judging.check import Evidence, Rebuild, Unmet, check, require


def _made(evidence: Evidence) -> Model:
    """Return the record of what ``make_generator_model()`` has made."""
    recording = evidence.recorded("b1_made")
    try:
        model: Model = recording.get("made", Model)
    except Unmet:
        raise Unmet("make_generator_model() does not return a Keras model.") from None
    return model


@check("b1", points=2, title="Every hidden layer has ReLU")
@explained_by("b1")
def test_relu(evidence: Evidence, rebuild: Rebuild) -> None:
    hidden = activations(rebuild(_made(evidence), "The generator"))[:3]
    require(
        hidden == ["relu"] * 3,
        f"The first three activations of the generator are {', '.join(hidden) or 'none'}.",
    )


@check("b1", points=0.5, title="The output has tanh")
@explained_by("b1")
def test_tanh(evidence: Evidence, rebuild: Rebuild) -> None:
    model = _made(evidence)
    require(
        activations(rebuild(model, "The generator"))[-1:] == ["tanh"],
        "The generator does not end with the activation of the baseline.",
    )
    output = evidence.recorded("b1_made").array(model.probe.output)
    require(np.abs(output).max() <= 1.0001, "The generator's values leave the range of the data.")


@check("b1", points=1.5, title="Everything else is as in the baseline")
@explained_by("b1")
def test_relu_generator_is_the_same_otherwise(evidence: Evidence, rebuild: Rebuild) -> None:
    model = _made(evidence)
    network = rebuild(model, "The generator")
    input_shape, output_shape = sizes(network)
    require(
        (input_shape, output_shape) == ((NOISE_DIM,), (28, 28, 1)),
        f"The generator turns {input_shape} into {output_shape}.",
    )
    convolutions = [
        (layer.config.get("filters"), layer.config.get("strides"), layer.config.get("padding"))
        for layer in network.of_class("Conv2DTranspose")
    ]
    require(
        convolutions == [(128, [1, 1], "same"), (64, [2, 2], "same"), (1, [2, 2], "same")],
        "The transposed convolutions differ from the baseline's.",
    )
    require(
        len(network.of_class("BatchNormalization")) == 3
        and network.params == generator_params(NOISE_DIM),
        f"The generator has {network.params:,} parameters; only its activations should change.",
    )
    require(
        not network.of_class("Dropout", "GaussianNoise", "GaussianDropout"),
        "The generator has layers that the baseline's has not.",
    )
    require(len(activations(network)) <= 4, "The generator has more activations than layers.")
    require_untrained(model, "The generator")
