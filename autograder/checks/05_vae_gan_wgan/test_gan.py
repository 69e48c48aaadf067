"""Questions g1, g2 and m1: the GAN's networks, its training step, and the Fréchet distance."""

import numpy as np

from autograder.evidence.schema import (
    Array,
    Bool,
    Dict,
    Function,
    List,
    Model,
    NoneValue,
    Number,
    Other,
    Tuple,
)
from autograder.judging.assertions import explained_by, layout, require_networks_trained, sizes
from autograder.judging.check import check, require

EPOCHS = 100
GENERATOR_PARAMS = 1_164_289
DISCRIMINATOR_PARAMS = 40_705
GENERATOR = [
    ("Dense", (6272,)),
    ("Conv2DTranspose", (14, 14, 128)),
    ("Conv2DTranspose", (28, 28, 128)),
    ("Conv2D", (28, 28, 1)),
]
DISCRIMINATOR = [("Conv2D", (14, 14, 64)), ("Conv2D", (7, 7, 64)), ("Dense", (1,))]


def _network(evidence, rebuild, name):
    return rebuild(evidence.recorded("g1_networks").get(name, Model), name)


@check("g1", points=1, title="The generator has the layers of the question")
@explained_by("g1")
def test_generator(evidence, rebuild):
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
def test_range_of_generator(evidence, rebuild):
    layers = layout(_network(evidence, rebuild, "generator"))
    require(
        layers and layers[-1][2] == "sigmoid",
        "The last activation of generator does not fit images from 0 to 1.",
    )
    recording = evidence.recorded("g1_networks")
    probe = recording.get("generator", Model).probe
    output = recording.array(probe.get("output"))
    require(output.min() >= 0 and output.max() <= 1, "generator leaves the range of the images.")


@check("g1", points=1, title="The discriminator has the layers of the question")
@explained_by("g1")
def test_discriminator(evidence, rebuild):
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
def test_end_of_discriminator(evidence, rebuild):
    network = _network(evidence, rebuild, "discriminator")
    layers = layout(network)
    require(
        layers and layers[-1][2] == "sigmoid",
        "discriminator should give a probability; look at its last activation.",
    )
    rates = [layer.config.get("rate") for layer in network.of_class("Dropout")]
    require(rates == [0.4, 0.4], "The dropouts of discriminator differ from the question.")


def _require_step(evidence):
    """Return the record of one call of gan_step on the judge's own networks."""
    evidence.recorded("g2").get("gan_step", Function, Other)
    error = evidence.run.hook_errors.get("g2_step")
    require(error is None, f"gan_step(images) did not finish: {error}.")
    return evidence.recorded("g2_step")


def _probabilities(arrays):
    """Return the discriminator's probabilities for the real and the generated image."""
    fake = 1 / (1 + np.exp(-arrays["logits"].astype(float)))
    pair = np.stack([arrays["real"].astype(float), fake])
    return pair, 1 / (1 + np.exp(-(pair @ arrays["kernel"].astype(float))))


def _shares(change, images):
    """Return how a change is made up of some images, and how much of it is something else."""
    shares = np.linalg.lstsq(images.T, change, rcond=None)[0]
    rest = np.linalg.norm(change - shares @ images) / max(np.linalg.norm(change), 1e-12)
    return shares, rest


@check("g2", points=1, title="The discriminator learns from half a batch of each kind")
@explained_by("g2")
def test_discriminator_phase(evidence, drawn):
    recording = _require_step(evidence)
    arrays = drawn("g2_step")
    kernel = recording.array(recording.get("kernel", Array)).reshape(-1).astype(float)
    change = kernel - arrays["kernel"].astype(float)
    require(np.abs(change).max() > 1e-8, "gan_step does not change the discriminator.")
    pair, (real, fake) = _probabilities(arrays)
    (by_real, by_fake), rest = _shares(change, pair)
    require(
        rest < 0.02,
        "gan_step changes the discriminator by something else than its loss on real and generated "
        "images.",
    )
    require(
        by_real > 0 > by_fake,
        "After gan_step the discriminator finds real images less real, or generated ones more so; "
        "look at the labels, and at which loss changes which network.",
    )
    # For the cross-entropy the two shares are as (1 - D(real)) to D(generated). Two updates instead
    # of one change that by less than a thousandth; labels smoothed by 0.1 by a fortieth.
    ratio = (-by_fake / by_real) / (fake / (1 - real))
    require(
        0.99 < ratio < 1.01,
        "What the discriminator learns in gan_step is not the binary cross-entropy of its "
        "probabilities, with equal weight on both halves and no part of the generator's loss.",
    )
    shown = recording.get("real_shown", Number).value
    require(
        shown == 4,
        f"Of a batch of 8 images gan_step shows {shown} to the discriminator; compare with the "
        "question.",
    )
    require(
        recording.get("real_in_training", Bool).value,
        "gan_step calls the discriminator in inference mode, where dropout does nothing.",
    )


@check("g2", points=1, title="The generator learns with inverted labels")
@explained_by("g2")
def test_generator_phase(evidence, drawn):
    recording = _require_step(evidence)
    arrays = drawn("g2_step")
    logits = recording.array(recording.get("logits", Array)).reshape(-1).astype(float)
    change = logits - arrays["logits"].astype(float)
    require(np.abs(change).max() > 1e-6, "gan_step does not change the generator.")
    pair, (_, fake) = _probabilities(arrays)
    slope = arrays["kernel"].astype(float) * pair[1] * (1 - pair[1])
    (share,), rest = _shares(change, slope[None])
    require(rest < 0.02, "gan_step changes the generator by something else than its own loss.")
    require(
        share > 0,
        "After gan_step the generator's images look less real to the discriminator; look at the "
        "labels of its phase.",
    )
    require(
        0.98 < share / (1 - fake) < 1.02,
        "The generator learns in the right direction, but not from the cross-entropy with inverted "
        "labels: its steps have another length.",
    )


@check("g2", points=0.5, title="Both networks were trained for 100 epochs")
@explained_by("g2_train")
def test_gan_trained(evidence):
    before, after = evidence.recorded("g2_before"), evidence.recorded("g2_trained")
    require_networks_trained(before, after, epochs=EPOCHS)


@check("g2", points=0.5, title="Both loss curves are drawn")
@explained_by("g2_curves")
def test_gan_curves(evidence, drawn):
    missing = _missing(evidence, "g2_lines", drawn("g2_history")["losses"])
    names = ("discriminator", "generator")
    require(
        not missing,
        f"The cell draws no curve of the loss of the {' and the '.join(names[i] for i in missing)} "
        "over the epochs, taken from gan_history.",
    )
    require(evidence.pictures("g2_curves"), "The cell shows no figure.")


def _missing(evidence, record, curves):
    """Return the numbers of those curves that no shown figure has drawn."""
    recording = evidence.recorded(record)
    lines = recording.array(recording.get("lines", Array))
    return [
        number
        for number, curve in enumerate(curves)
        if not any(np.allclose(line, curve, rtol=1e-3, atol=1e-3) for line in lines)
    ]


def _distance(first, second, *, ddof=1):
    """Return the squared Fréchet distance of two samples of features."""
    first, second = first.astype(float), second.astype(float)
    covariances = [np.cov(sample, rowvar=False, ddof=ddof) for sample in (first, second)]
    values, vectors = np.linalg.eigh(covariances[0])
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    shared = np.linalg.eigvalsh(root @ covariances[1] @ root)
    shift = first.mean(axis=0) - second.mean(axis=0)
    spread = np.trace(covariances[0]) + np.trace(covariances[1])
    return shift @ shift + spread - 2 * np.sqrt(np.maximum(shared, 0)).sum()


def _seen_distance(evidence, name):
    """Return what frechet_distance gave for one pair of drawn samples."""
    error = evidence.run.hook_errors.get(name)
    require(error is None, f"frechet_distance(features_1, features_2) did not finish: {error}.")
    recording = evidence.recorded(name)
    value = recording.get("value", Number, Array, NoneValue, Other, Tuple, List)
    require(
        value["kind"] in ("number", "array"),
        "frechet_distance should return one real number.",
    )
    if value["kind"] == "array":
        require(value.get("array"), "frechet_distance should return one real number.")
        seen = recording.array(value).astype(float)
        require(seen.size == 1, "frechet_distance should return one real number.")
        return float(seen.reshape(-1)[0])
    require(
        isinstance(value["value"], int | float),
        f"frechet_distance gives {value['value']} for some features.",
    )
    return float(value["value"])


def _require_distance(seen, arrays, sentence):
    # The covariance may be divided by N or by N - 1. Single precision, or a millionth added to the
    # diagonals, changes the distance by less than a thousandth.
    expected = [_distance(**arrays, ddof=ddof) for ddof in (1, 0)]
    right = any(abs(seen - one) <= 2e-3 * one for one in expected)
    require(right, f"{sentence}: it gives {seen:.4g}.")


@check("m1", points=1, title="frechet_distance is right for two samples")
@explained_by("m1")
def test_distance(evidence, drawn):
    _require_distance(
        _seen_distance(evidence, "m1_full"),
        drawn("m1_full"),
        "For two samples of unequal size frechet_distance does not give the formula's number",
    )


@check("m1", points=1, title="frechet_distance is right where the answer is known")
@explained_by("m1")
def test_known_distance(evidence, drawn):
    _require_distance(
        _seen_distance(evidence, "m1_known"),
        drawn("m1_known"),
        "For a sample and the same one taken twice, scaled and shifted, whose distance can be "
        "worked out by hand, frechet_distance gives another number",
    )


@check("m1", points=1, title="frechet_distance bears singular covariances")
@explained_by("m1")
def test_singular_distance(evidence, drawn):
    _require_distance(
        _seen_distance(evidence, "m1_singular"),
        drawn("m1_singular"),
        "With fewer images than features frechet_distance does not give the right number (look at "
        "eigenvalues that should be 0)",
    )


def _expected_distances(arrays):
    """Return the distances of the planted samples: ten for the VAE, ten for the GAN."""
    real, kernel = arrays["real"], arrays["kernel"].astype(float)
    found = []
    for run in arrays["samples"]:
        images = run.repeat(7, axis=2).repeat(7, axis=3).reshape(len(run), run.shape[1], 784)
        found.append([_distance(real, sample / 255 @ kernel) for sample in images])
    return np.array(found)


@check("m1", points=0.5, title="The distances of VAE and GAN every ten epochs")
@explained_by("m1_distances")
def test_distances(evidence, drawn):
    expected = _expected_distances(drawn("m1_samples"))
    recording = evidence.recorded("m1")
    for name, wanted in zip(("vae_distances", "gan_distances"), expected, strict=True):
        seen = _numbers(recording, name)
        require(
            len(seen) == len(wanted),
            f"{name} holds {len(seen)} numbers; compare with the question.",
        )
        require(
            np.allclose(seen, wanted, rtol=1e-2),
            f"{name} are not the distances between the features of real images and of the samples "
            "kept for each epoch, in their order.",
        )


def _numbers(recording, name):
    """Return a list, tuple, dict or array of numbers as an array."""
    value = recording.get(name, List, Tuple, Dict, Array)
    if value["kind"] == "array":
        return recording.array(value).astype(float).reshape(-1)
    items = value.get("items")
    items = list(items.values()) if isinstance(items, dict) else items
    items = items if isinstance(items, list) else []
    found = [
        recording.array(item).astype(float).reshape(-1)[0]
        if item.get("kind") == "array" and item.get("shape") == []
        else item.get("value")
        for item in items
        if isinstance(item, dict)
    ]
    real = all(isinstance(one, int | float) for one in found)
    require(real, f"{name} should hold ten real numbers.")
    return np.array(found, float)


@check("m1", points=0.5, title="Both curves are drawn")
@explained_by("m1_distances")
def test_distance_curves(evidence, drawn):
    missing = _missing(evidence, "m1_lines", _expected_distances(drawn("m1_samples")))
    names = [("VAE", "GAN")[number] for number in missing]
    require(
        not missing, f"The cell draws no curve of the distances of the {' and the '.join(names)}."
    )
    require(evidence.pictures("m1_distances"), "The cell shows no figure.")
