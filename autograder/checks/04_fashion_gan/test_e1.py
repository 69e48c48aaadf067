"""Question e1: the convolutional pair and its combined model."""

from __future__ import annotations

from autograder.evidence.schema import Model
from autograder.judging.assertions import explained_by, sizes
from autograder.judging.check import Evidence, Rebuild, check, require
from autograder.judging.layer_lists import require_layers, require_size

IMAGE = (28, 28, 1)
CNN_GENERATOR = [
    *("Conv2DTranspose 56 2 2", "leaky", "BatchNormalization"),
    *("Conv2DTranspose 112 2 2", "leaky", "BatchNormalization"),
    "Conv2D 1 1 1",
]
CNN_DISCRIMINATOR = [
    *("Conv2D 32 5 2", "leaky", "BatchNormalization"),
    *("Conv2D 64 5 2", "leaky", "BatchNormalization"),
    *("dense 1", "sigmoid"),
]


@check("e1", points=0.75, title="cnn_gen_model has the right shapes and parameters")
@explained_by("e1_generator")
def test_cnn_generator_size(evidence: Evidence, rebuild: Rebuild) -> None:
    model = evidence.recorded("e1_alone").get("cnn_gen_model", Model)
    network = rebuild(model, "cnn_gen_model")
    require_size(network, "cnn_gen_model", (6272,), IMAGE, 54_713, 54_377)


@check("e1", points=0.75, title="cnn_gen_model has the right layers in order")
@explained_by("e1_generator")
def test_cnn_generator_layers(evidence: Evidence, rebuild: Rebuild) -> None:
    model = evidence.recorded("e1_alone").get("cnn_gen_model", Model)
    require_layers(rebuild(model, "cnn_gen_model"), "cnn_gen_model", CNN_GENERATOR)


@check("e1", points=0.75, title="cnn_disc_model has the right shapes and parameters")
@explained_by("e1_discriminator")
def test_cnn_discriminator_size(evidence: Evidence, rebuild: Rebuild) -> None:
    model = evidence.recorded("e1_alone").get("cnn_disc_model", Model)
    network = rebuild(model, "cnn_disc_model")
    require_size(network, "cnn_disc_model", IMAGE, (1,), 53_505, 53_313)


@check("e1", points=0.75, title="cnn_disc_model has the right layers in order")
@explained_by("e1_discriminator")
def test_cnn_discriminator_layers(evidence: Evidence, rebuild: Rebuild) -> None:
    model = evidence.recorded("e1_alone").get("cnn_disc_model", Model)
    require_layers(rebuild(model, "cnn_disc_model"), "cnn_disc_model", CNN_DISCRIMINATOR)


@check("e1", points=0.5, title="cnn_GAN_model goes through both networks")
@explained_by("e1_combined")
def test_cnn_combined(evidence: Evidence, rebuild: Rebuild) -> None:
    network = rebuild(evidence.recorded("e1").get("cnn_GAN_model", Model), "cnn_GAN_model")
    require(
        sizes(network) == ((6272,), (1,)) and network.params == 108_218,
        f"cnn_GAN_model turns {network.input_shape[1:]} into {network.output_shape[1:]} with "
        f"{network.params:,} parameters; compare with the question.",
    )


@check("e1", points=0.5, title="In cnn_GAN_model the generator can be trained and nothing else")
@explained_by("e1_combined")
def test_cnn_combined_is_frozen(evidence: Evidence, rebuild: Rebuild) -> None:
    model = evidence.recorded("e1").get("cnn_GAN_model", Model)
    network = rebuild(model, "cnn_GAN_model")
    params = model.trainable_params
    require(
        network.trainable_params == params == 54_377,
        f"cnn_GAN_model has {params} trainable parameters; those of one network are asked for. "
        "Look at which network is frozen.",
    )
