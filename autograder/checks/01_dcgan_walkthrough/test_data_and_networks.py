"""Tasks 1 to 3: the data and both networks, judged by what they are."""

import numpy as np

from autograder.evidence.schema import Array, Dataset, Model, Number
from autograder.evidence.unmet import Unmet
from autograder.judging.assertions import (
    explained_by,
    require_other_weights,
    require_untrained,
    sizes,
)
from autograder.judging.check import check, require

BATCH_SIZE = 256
# Layers that do nothing to what passes through, or only change its shape.
_SHAPES = ("InputLayer", "Reshape", "Flatten")


def _images(evidence):
    """Return the raw images, and the student's, of which there may be none."""
    data = evidence.recorded("data_images")
    raw = data.array(data.get("raw", Array)).astype(np.float32)
    try:
        return raw, data.array(data.get("images", Array))
    except Unmet:
        return raw, None


@check("data", points=0.5, title="train_images is float32 and has an axis for channels")
@explained_by("data")
def test_type_and_shape(evidence):
    images = evidence.recorded("data").get("train_images", Array)
    shape, dtype = images.get("shape", []), images.get("dtype")
    require(
        len(shape) == 4 and shape[1:] == [28, 28, 1],
        f"train_images has the shape {tuple(shape)}; each image should be (28, 28, 1).",
    )
    require(dtype == "float32", f"train_images is of type {dtype}; the task asks for another.")
    count = evidence.recorded("data_images").get("count", Number).value
    raw, _ = _images(evidence)
    require(count == len(raw), f"There are {count} images in train_images; use all of them.")


@check("data", points=0.5, title="The values of train_images are scaled to [-1, 1]")
@explained_by("data")
def test_values(evidence):
    raw, images = _images(evidence)
    require(images is not None, "train_images is no array of numbers.")
    low, high = float(images.min()), float(images.max())
    require(
        abs(low + 1) < 0.01 and abs(high - 1) < 0.01,
        f"The values of train_images go from {low:.3g} to {high:.3g}.",
    )
    require(
        images.size == raw.size
        and np.allclose(images.reshape(raw.shape), raw / 127.5 - 1, atol=0.005),
        "train_images does not hold the images that were loaded, in their order and scaled as in "
        "the formula.",
    )


@check("data", points=0.5, title="train_dataset gives batches of 256 images")
@explained_by("data")
def test_batches(evidence):
    _, first, size = _first_batch(evidence)
    require(size == BATCH_SIZE, f"A batch holds {size} images; compare with BATCH_SIZE.")
    data = evidence.recorded("data_images")
    total, count = (data.get(name, Number).value for name in ("total", "count"))
    require(
        count - BATCH_SIZE < total <= count,
        f"One pass over train_dataset gives {total} images; there are {count}.",
    )
    require(_places(evidence, first) is not None, "The images are not those of train_images.")


@check("data", points=0.5, title="train_dataset is shuffled image by image")
@explained_by("data")
def test_shuffled(evidence):
    recording, first, size = _first_batch(evidence)
    places = _places(evidence, first)
    require(places is not None, "The images are not those of train_images.")
    count = evidence.recorded("data_images").get("count", Number).value
    require(
        np.mean(np.diff(places) == 1) < 0.5,
        "A batch holds images in the order of train_images; shuffle them before they are batched.",
    )
    # With a buffer of one batch, the 64 places span 318 of the 512 images at most. In a shuffled
    # data set they span fewer than 0.65 of it in one run in ten thousand million.
    require(
        size >= count or np.ptp(places) > 0.65 * count,
        "A batch holds neighbours from train_images only; mind the buffer size of shuffle.",
    )
    again = recording.array(recording.get("train_dataset", Dataset).again)
    require(
        len(again) < 2 or not np.array_equal(again, first[: len(again)]),
        "A second pass over train_dataset gives the images in the same order as the first.",
    )


def _first_batch(evidence):
    """Return the recording, up to 64 images of the first batch, and the batch's size."""
    recording = evidence.recorded("data")
    dataset = recording.get("train_dataset", Dataset)
    batches = dataset.get("batches") or [{}]
    require(isinstance(batches[0], dict), "train_dataset should give images only, nothing else.")
    shape = batches[0].get("shape", [])
    require(
        len(shape) >= 3 and int(np.prod(shape[1:])) == 784,
        f"One element of train_dataset has the shape {tuple(shape)}; it should be a batch of "
        "images.",
    )
    return recording, recording.array(dataset.get("first")), shape[0]


def _places(evidence, first):
    """Return where in train_images the images of a batch are; None if they are not there."""
    raw, images = _images(evidence)
    flat = first.reshape(len(first), -1)
    # Scaled wrongly is judged elsewhere: the student's own images count as well as right ones.
    for candidates in (images, raw / 127.5 - 1):
        if candidates is None or candidates.size != raw.size:
            continue
        known = candidates.reshape(len(raw), -1)
        apart = np.array([np.abs(known - image).max(axis=1) for image in flat])
        if (apart.min(axis=1) < 0.01 * max(1.0, float(np.ptp(known)))).all():
            return apart.argmin(axis=1)
    return None


def _made(evidence, question):
    """Return the recording of what the function makes, or of the network if there is none."""
    made = evidence.recorded(f"{question}_made")
    try:
        made.get("made", Model)
    except Unmet:
        own = evidence.recorded(question)
        return own, own.get(question, Model)
    return made, made.get("made", Model)


def _require_new(evidence, rebuild, question, params):
    """Require that the function makes a new network at each call, and the name holds one."""
    made = evidence.recorded(f"{question}_made")
    first, second = (made.get(name, Model) for name in ("made", "again"))
    function = f"make_{question}_model()"
    require_untrained(first, f"What {function} returns")
    require_other_weights(first, second, function, whose="the network it made before")
    own = evidence.recorded(question).get(question, Model)
    counts = [rebuild(model, f"What {question} stands for").params for model in (first, own)]
    require(counts[0] == counts[1], f"{question} is another network than {function} makes.")
    require_other_weights(first, own, function, whose=f"the one in {question}")


def _kinds(network):
    """Return what the layers do, in order, activations always as steps of their own."""
    kinds = []
    for layer in network.layers:
        activation = str(layer.config.get("activation", "linear"))
        if layer.class_name not in ("Activation", *_SHAPES):
            kinds.append(layer.class_name)
        if activation not in ("linear", "None"):
            kinds.append({"leaky_relu": "LeakyReLU", "relu": "ReLU"}.get(activation, activation))
    return [kind for kind in kinds if kind != "linear"]


def _require_convolutions(network, class_name, wanted, name):
    """Require convolutions of (filters, stride) with 5 x 5 kernels and padding "same"."""
    found = network.of_class(class_name)
    require(
        len(found) == len(wanted),
        f"{name} has {len(found)} layers {class_name}; compare with the table.",
    )
    for number, (layer, (filters, stride)) in enumerate(zip(found, wanted, strict=True), start=1):
        config = layer.config
        seen = {
            "number of channels": (config.get("filters"), filters),
            "kernel size": (list(config.get("kernel_size", [])), [5, 5]),
            "stride": (list(config.get("strides", [])), [stride, stride]),
            "padding": (config.get("padding"), "same"),
        }
        off = [what for what, (value, right) in seen.items() if value != right]
        require(not off, f"{class_name} number {number} of {name}: mind its {' and '.join(off)}.")


@check("generator", points=0.5, title="make_generator_model() makes a new network at each call")
@explained_by("generator")
def test_new_generator(evidence, rebuild):
    _require_new(evidence, rebuild, "generator", 2_330_944)


@check("generator", points=0.5, title="The generator turns 100 numbers into an image")
@explained_by("generator")
def test_generator_sizes(evidence, rebuild):
    network = rebuild(_made(evidence, "generator")[1], "The generator")
    require(
        sizes(network) == ((100,), (28, 28, 1)),
        f"The generator turns {sizes(network)[0]} into {sizes(network)[1]}; compare with the "
        "first and the last line of the table.",
    )


@check("generator", points=1, title="Its transposed convolutions are those of the table")
@explained_by("generator")
def test_generator_convolutions(evidence, rebuild):
    network = rebuild(_made(evidence, "generator")[1], "The generator")
    wanted = [(128, 1), (64, 2), (1, 2)]
    _require_convolutions(network, "Conv2DTranspose", wanted, "the generator")


@check("generator", points=0.5, title="Batch normalisation and LeakyReLU follow each inner layer")
@explained_by("generator")
def test_generator_inner_layers(evidence, rebuild):
    network = rebuild(_made(evidence, "generator")[1], "The generator")
    kinds = _kinds(network)
    inner = ["BatchNormalization", "LeakyReLU"]
    wanted = ["Dense", *inner, "Conv2DTranspose", *inner, "Conv2DTranspose", *inner]
    seen = kinds[: len(wanted)]
    wrong = next((n for n, kind in enumerate(wanted) if seen[n : n + 1] != [kind]), None)
    if wrong is not None:
        there = seen[wrong] if wrong < len(seen) else "nothing"
        raise Unmet(
            f"Step {wrong + 1} in the generator, counting activations, is {there}; compare the "
            "inner layers and their order with the table."
        )
    require(
        kinds[len(wanted) : len(wanted) + 1] == ["Conv2DTranspose"] and len(kinds) <= 11,
        "After its inner layers the generator has more than one transposed convolution and its "
        "activation.",
    )


@check("generator", points=0.5, title="It ends with tanh")
@explained_by("generator")
def test_generator_end(evidence, rebuild):
    recording, model = _made(evidence, "generator")
    network = rebuild(model, "The generator")
    require(
        _kinds(network)[-1] == "tanh",
        "The generator does not end with the activation in the table, so its values do not have "
        "the range of the data.",
    )
    output = recording.array(model.get("probe", {}).get("output"))
    require(np.abs(output).max() <= 1.0001, "The generator's values leave the range of tanh.")


@check("generator", points=1, title="It has as many parameters as it should")
@explained_by("generator")
def test_generator_parameters(evidence, rebuild):
    network = rebuild(_made(evidence, "generator")[1], "The generator")
    require(
        (network.params, network.trainable_params) == (2_330_944, 2_305_472),
        f"The generator has {network.params:,} parameters, {network.trainable_params:,} of them "
        "trainable; compare units, channels and biases with the table.",
    )


@check("discriminator", points=0.5, title="make_discriminator_model() makes a new one at each call")
@explained_by("discriminator")
def test_new_discriminator(evidence, rebuild):
    _require_new(evidence, rebuild, "discriminator", 212_865)


@check("discriminator", points=1, title="Its convolutions are those of the table")
@explained_by("discriminator")
def test_discriminator_convolutions(evidence, rebuild):
    network = rebuild(_made(evidence, "discriminator")[1], "The discriminator")
    require(
        network.input_shape[1:] == (28, 28, 1),
        f"The discriminator takes inputs {network.input_shape[1:]} instead of images.",
    )
    _require_convolutions(network, "Conv2D", [(64, 2), (128, 2)], "the discriminator")


@check("discriminator", points=1, title="LeakyReLU and dropout of 0.3 follow each convolution")
@explained_by("discriminator")
def test_discriminator_inner_layers(evidence, rebuild):
    network = rebuild(_made(evidence, "discriminator")[1], "The discriminator")
    kinds = [kind for kind in _kinds(network) if kind not in ("Dense", "sigmoid")]
    require(
        kinds == ["Conv2D", "LeakyReLU", "Dropout"] * 2,
        "What follows the convolutions of the discriminator, or its order, is not as in the table.",
    )
    rates = [layer.config.get("rate") for layer in network.of_class("Dropout")]
    require(
        all(abs(rate - 0.3) < 1e-6 for rate in rates),
        f"The discriminator's dropout has the rates {', '.join(map(str, rates))}; compare with the "
        "table.",
    )


@check("discriminator", points=0.5, title="It ends with one logit")
@explained_by("discriminator")
def test_discriminator_end(evidence, rebuild):
    network = rebuild(_made(evidence, "discriminator")[1], "The discriminator")
    require(
        network.output_shape[1:] == (1,),
        f"The discriminator puts out {network.output_shape[1:]} for an image; it should be one "
        "number.",
    )
    require(
        _kinds(network)[-1] == "Dense",
        "What the discriminator puts out has gone through an activation, so it is no logit.",
    )


@check("discriminator", points=1, title="It has as many parameters as it should")
@explained_by("discriminator")
def test_discriminator_parameters(evidence, rebuild):
    network = rebuild(_made(evidence, "discriminator")[1], "The discriminator")
    require(
        (network.params, network.trainable_params) == (212_865, 212_865),
        f"The discriminator has {network.params:,} parameters, {network.trainable_params:,} of "
        "them trainable; compare channels and biases with the table.",
    )
