"""Questions d1, d2 and e1: two pairs of networks, and the combined model of each."""

import numpy as np

from autograder.evidence.schema import Array, Model
from autograder.judging.assertions import explained_by, sizes
from autograder.judging.check import check, require

IMAGE = (28, 28, 1)


def _kind(activation):
    """Return the name of an activation, which may be a configuration of one."""
    if isinstance(activation, dict):
        activation = activation.get("class_name") or activation.get("config")
    name = str(activation).lower().replace("_", "")
    return {"leakyrelu": "leaky", "linear": "", "none": ""}.get(name, name)


def layers_of(network):
    """Return what the layers do, in order, whether an activation is a layer of its own or not.

    Folding and flattening are left out: they show in the shapes.
    """
    found = []
    for layer in network.layers:
        kind, config = layer.class_name, layer.config
        if kind in ("InputLayer", "Reshape", "Flatten"):
            continue
        if kind == "LeakyReLU":
            found.append("leaky")
        elif kind == "Activation":
            found.append(_kind(config.get("activation")))
        elif kind == "Dense":
            found += [f"dense {config['units']}", _kind(config.get("activation"))]
        elif kind in ("Conv2D", "Conv2DTranspose"):
            size, stride = (max(np.ravel(config[key])) for key in ("kernel_size", "strides"))
            found += [
                f"{kind} {config['filters']} {size} {stride}",
                _kind(config.get("activation")),
            ]
        else:
            found.append(kind)
    return [what for what in found if what]


def dense_layers(*units):
    """Return what fully connected layers with LeakyReLU and batch normalisation are."""
    return [what for width in units for what in (f"dense {width}", "leaky", "BatchNormalization")]


GENERATOR = [*dense_layers(256, 512, 1024), "dense 784", "leaky"]
DISCRIMINATOR = [*dense_layers(1024, 512, 256), "dense 1", "sigmoid"]
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


def require_size(network, name, inputs, outputs, params, trainable):
    """Require the shapes and the numbers of parameters of the question."""
    require(
        sizes(network) == (inputs, outputs),
        f"{name} turns {network.input_shape[1:]} into {network.output_shape[1:]}; compare both "
        "with the question.",
    )
    seen = (network.params, network.trainable_params)
    # The question before the combined model comes does not ask for anything to be frozen.
    require(
        seen in ((params, trainable), (params, 0)),
        f"{name} has {seen[0]:,} parameters, {seen[1]:,} of them trainable; compare its layers "
        "with the list in the question.",
    )


def require_layers(network, name, wanted):
    """Require the layers of the question in their order."""
    found = layers_of(network)
    if found == wanted:
        return
    require(
        sorted(found) == sorted(wanted),
        f"The layers of {name} differ from the question: one is missing, added, or another; "
        "look at every layer, its activation and its end.",
    )
    require(False, f"{name} has the right layers in another order; follow the list strictly.")


@check("d1", points=1, title="gen_model has the right shapes and parameters")
@explained_by("d1_generator")
def test_generator_size(evidence, rebuild):
    network = rebuild(evidence.recorded("d1").get("gen_model", Model), "gen_model")
    require_size(network, "gen_model", (100,), IMAGE, 1_493_520, 1_489_936)


@check("d1", points=1, title="gen_model has the right layers in order")
@explained_by("d1_generator")
def test_generator_layers(evidence, rebuild):
    network = rebuild(evidence.recorded("d1").get("gen_model", Model), "gen_model")
    require_layers(network, "gen_model", GENERATOR)


@check("d1", points=1, title="disc_model has the right shapes and parameters")
@explained_by("d1_discriminator")
def test_discriminator_size(evidence, rebuild):
    network = rebuild(evidence.recorded("d1").get("disc_model", Model), "disc_model")
    require_size(network, "disc_model", IMAGE, (1,), 1_467_393, 1_463_809)


@check("d1", points=1, title="disc_model has the right layers in order")
@explained_by("d1_discriminator")
def test_discriminator_layers(evidence, rebuild):
    network = rebuild(evidence.recorded("d1").get("disc_model", Model), "disc_model")
    require_layers(network, "disc_model", DISCRIMINATOR)


@check("d2", points=1, title="GAN_model goes from noise to a probability through both networks")
@explained_by("d2")
def test_combined(evidence, rebuild):
    network = rebuild(evidence.recorded("d2").get("GAN_model", Model), "GAN_model")
    require(
        sizes(network) == ((100,), (1,)),
        f"GAN_model turns {network.input_shape[1:]} into {network.output_shape[1:]}; it should "
        "turn noise into one probability.",
    )
    require(
        network.params == 2_960_913,
        f"GAN_model has {network.params:,} parameters; it should consist of the two networks and "
        "nothing else.",
    )


@check("d2", points=1, title="GAN_model contains the two networks themselves")
@explained_by("d2")
def test_combined_shares_weights(evidence, probes):
    evidence.recorded("d2").get("GAN_model", Model)
    recording = evidence.recorded("d2_planted")
    firsts = recording.array(recording.get("firsts", Array))
    planted = probes.planted(evidence.run.challenge, "d2_planted")
    for name, drawn in zip(("gen_model", "disc_model"), planted, strict=True):
        require(
            any(np.array_equal(first, drawn) for first in firsts),
            f"When the weights of {name} change, those in GAN_model stay as they were: it holds a "
            "copy, or another network.",
        )


@check("d2", points=1, title="In GAN_model the generator can be trained and nothing else")
@explained_by("d2")
def test_combined_is_frozen(evidence, rebuild):
    model = evidence.recorded("d2").get("GAN_model", Model)
    network = rebuild(model, "GAN_model")
    seen = model.get("trainable_params")
    require(
        network.trainable_params == seen == 1_489_936,
        f"GAN_model has {seen} trainable parameters; those of one network are asked for. Look at "
        "which network is frozen.",
    )


@check("e1", points=0.75, title="cnn_gen_model has the right shapes and parameters")
@explained_by("e1_generator")
def test_cnn_generator_size(evidence, rebuild):
    model = evidence.recorded("e1_alone").get("cnn_gen_model", Model)
    network = rebuild(model, "cnn_gen_model")
    require_size(network, "cnn_gen_model", (6272,), IMAGE, 54_713, 54_377)


@check("e1", points=0.75, title="cnn_gen_model has the right layers in order")
@explained_by("e1_generator")
def test_cnn_generator_layers(evidence, rebuild):
    model = evidence.recorded("e1_alone").get("cnn_gen_model", Model)
    require_layers(rebuild(model, "cnn_gen_model"), "cnn_gen_model", CNN_GENERATOR)


@check("e1", points=0.75, title="cnn_disc_model has the right shapes and parameters")
@explained_by("e1_discriminator")
def test_cnn_discriminator_size(evidence, rebuild):
    model = evidence.recorded("e1_alone").get("cnn_disc_model", Model)
    network = rebuild(model, "cnn_disc_model")
    require_size(network, "cnn_disc_model", IMAGE, (1,), 53_505, 53_313)


@check("e1", points=0.75, title="cnn_disc_model has the right layers in order")
@explained_by("e1_discriminator")
def test_cnn_discriminator_layers(evidence, rebuild):
    model = evidence.recorded("e1_alone").get("cnn_disc_model", Model)
    require_layers(rebuild(model, "cnn_disc_model"), "cnn_disc_model", CNN_DISCRIMINATOR)


@check("e1", points=0.5, title="cnn_GAN_model goes through both networks")
@explained_by("e1_combined")
def test_cnn_combined(evidence, rebuild):
    network = rebuild(evidence.recorded("e1").get("cnn_GAN_model", Model), "cnn_GAN_model")
    require(
        sizes(network) == ((6272,), (1,)) and network.params == 108_218,
        f"cnn_GAN_model turns {network.input_shape[1:]} into {network.output_shape[1:]} with "
        f"{network.params:,} parameters; compare with the question.",
    )


@check("e1", points=0.5, title="In cnn_GAN_model the generator can be trained and nothing else")
@explained_by("e1_combined")
def test_cnn_combined_is_frozen(evidence, rebuild):
    model = evidence.recorded("e1").get("cnn_GAN_model", Model)
    network = rebuild(model, "cnn_GAN_model")
    seen = model.get("trainable_params")
    require(
        network.trainable_params == seen == 54_377,
        f"cnn_GAN_model has {seen} trainable parameters; those of one network are asked for. Look "
        "at which network is frozen.",
    )
