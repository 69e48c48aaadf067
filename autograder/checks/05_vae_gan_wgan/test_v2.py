"""Question v2: the decoder."""

from __future__ import annotations

from autograder.challenges.autoencoder import CODE_SIZE
from autograder.evidence.schema import Model
from autograder.judging.assertions import explained_by, layout, sizes
from autograder.judging.check import Evidence, Rebuild, check, require
from autograder.judging.networks import Architecture

DECODER_PARAMS = 39_420_286
CONVOLUTIONS = [
    ("Conv2DTranspose", (14, 14, 32), (1, 1)),
    ("Conv2DTranspose", (14, 14, 64), (1, 1)),
    ("Conv2DTranspose", (28, 28, 64), (2, 2)),
]


def _decoder(evidence: Evidence, rebuild: Rebuild) -> Architecture:
    return rebuild(evidence.recorded("v2").get("decoder", Model), "decoder")


@check("v2", points=1, title="The decoder turns a code into an image in [0, 1]")
@explained_by("v2")
def test_decoder_makes_images(evidence: Evidence, rebuild: Rebuild) -> None:
    network = _decoder(evidence, rebuild)
    require(
        sizes(network) == ((CODE_SIZE,), (28, 28)),
        f"The decoder turns {network.input_shape} into {network.output_shape}; it should turn a "
        "code into an image without an axis for channels.",
    )
    layers = layout(network)
    require(
        layers and layers[-1][2] == "sigmoid",
        "The decoder's values are to be probabilities; look at its last layer with weights.",
    )
    recording = evidence.recorded("v2")
    output = recording.array(recording.get("decoder", Model).probe.output)
    require(output.min() >= 0 and output.max() <= 1, "The decoder leaves the range of the images.")


@check("v2", points=1, title="Two fully connected layers come first")
@explained_by("v2")
def test_decoder_begins_dense(evidence: Evidence, rebuild: Rebuild) -> None:
    network = _decoder(evidence, rebuild)
    layers = layout(network)
    require(
        [layer[:2] for layer in layers[:2]] == [("Dense", (98,)), ("Dense", (196,))],
        "The decoder should begin with the two fully connected layers in the question.",
    )
    require(
        [layer[2] for layer in layers[:2]] == ["leaky", "leaky"],
        "The activation of the first layers of the decoder differs from the question.",
    )
    shapes = [tuple(layer.output_shape[1:]) for layer in network.layers]
    require((14, 14, 1) in shapes, "The 196 numbers should become a small map with one channel.")


@check("v2", points=1, title="Three transposed convolutions, with dropout between them")
@explained_by("v2")
def test_decoder_convolutions(evidence: Evidence, rebuild: Rebuild) -> None:
    network = _decoder(evidence, rebuild)
    convolutions = [
        (layer.class_name, tuple(layer.output_shape[1:]), tuple(layer.config.get("strides", ())))
        for layer in network.layers
        if "Conv" in layer.class_name
    ]
    require(
        convolutions == CONVOLUTIONS,
        "The transposed convolutions differ from the question in number, channels or strides.",
    )
    transposed = network.of_class("Conv2DTranspose")
    require(
        all(tuple(layer.config.get("kernel_size", ())) == (3, 3) for layer in transposed),
        "The kernels of the transposed convolutions have another size than in the question.",
    )
    require(
        all(layer[2] == "relu" for layer in layout(network) if "Conv" in layer[0]),
        "The activation of the transposed convolutions differs from the question.",
    )
    names = [layer.class_name for layer in network.layers]
    places = [place for place, name in enumerate(names) if name == "Conv2DTranspose"]
    between = [names[a:b].count("Dropout") for a, b in zip(places, places[1:], strict=False)]
    require(
        between == [1, 1] and names.count("Dropout") == 2,
        "There should be one dropout after the first transposed convolution and one after the "
        "second, and no other.",
    )
    rates = [layer.config.get("rate") for layer in network.of_class("Dropout")]
    require(rates == [0.2, 0.2], "The rate of the dropouts differs from the question.")


@check("v2", points=1, title="Everything is flattened and becomes 784 pixels")
@explained_by("v2")
def test_decoder_ends_dense(evidence: Evidence, rebuild: Rebuild) -> None:
    network = _decoder(evidence, rebuild)
    layers = layout(network)
    require(
        layers and layers[-1][:2] == ("Dense", (784,)),
        "The last layer with weights should be fully connected and give one number for each pixel.",
    )
    require(
        network.params == DECODER_PARAMS,
        f"The decoder has {network.params:,} parameters; compare with the question.",
    )
