"""Questions v1 to v4: encoder, decoder, loss, and the training of the VAE."""

import numpy as np

from autograder.evidence.schema import (
    Array,
    Dataset,
    Error,
    History,
    List,
    Model,
    NoneValue,
    Number,
    Optimizer,
    Other,
    Tuple,
)
from autograder.judging.assertions import (
    explained_by,
    layout,
    require_steps,
    require_trained,
    sizes,
    steps_of,
)
from autograder.judging.check import check, require

CODE = 64
EPOCHS = 100
ENCODER_PARAMS = 253_312
HEAD_PARAMS = 1792 * CODE + CODE
DECODER_PARAMS = 39_420_286
DECODER_CONVOLUTIONS = [
    ("Conv2DTranspose", (14, 14, 32), (1, 1)),
    ("Conv2DTranspose", (14, 14, 64), (1, 1)),
    ("Conv2DTranspose", (28, 28, 64), (2, 2)),
]


def _value(evidence, name, sentence):
    """Return what a function gave for drawn inputs, as an array."""
    error = evidence.run.hook_errors.get(name)
    require(error is None, f"{sentence} did not finish: {error}.")
    recording = evidence.recorded(name)
    value = recording.get("value", Array, Number, List, Tuple, NoneValue, Other, Error)
    require(
        value["kind"] in ("array", "number"),
        f"{sentence} gives no tensor or number; return the result.",
    )
    if value["kind"] == "number":
        require(isinstance(value["value"], int | float), f"{sentence} gives {value['value']}.")
        return np.asarray(value["value"], float)
    found = recording.array(value).astype(float)
    return found


def _divergence(mu, log_sigma):
    mu, log_sigma = mu.astype(float), log_sigma.astype(float)
    return -0.5 * (1 + 2 * log_sigma - mu**2 - np.exp(2 * log_sigma)).sum(axis=1)


def _reconstruction(images, decoded):
    images, decoded = images.astype(float), decoded.astype(float)
    terms = images * np.log(decoded) + (1 - images) * np.log(1 - decoded)
    return -terms.sum(axis=(1, 2))


def _ks_distance(values, distribution):
    """Return how far an empirical distribution is from a given one (Kolmogorov, Smirnov)."""
    values = np.sort(np.ravel(values))
    steps = np.arange(len(values) + 1) / len(values)
    expected = distribution(values)
    return max(np.abs(expected - steps[:-1]).max(), np.abs(expected - steps[1:]).max())


def _normal(values):
    """Return the standard normal distribution function (Abramowitz and Stegun, 26.2.17)."""
    size = np.abs(values)
    t = 1 / (1 + 0.2316419 * size)
    series = 0.319381530 + t * (
        -0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))
    )
    tail = np.exp(-(size**2) / 2) / np.sqrt(2 * np.pi) * t * series
    return np.where(values >= 0, 1 - tail, tail)


def _encoder(evidence, rebuild):
    return rebuild(evidence.recorded("v1").get("encoder", Model), "encoder")


@check("v1", points=1, title="The encoder gives two vectors for an image")
@explained_by("v1")
def test_encoder_has_two_outputs(evidence, rebuild):
    network = _encoder(evidence, rebuild)
    require(
        tuple(network.input_shape)[1:] == (28, 28),
        "The encoder should take an image as 28 rows of 28 pixels; look at its input.",
    )
    outputs = [_as_tuple(shape)[1:] for shape in network.output_shape if not _is_size(shape)]
    require(
        outputs == [(CODE,), (CODE,)],
        "The encoder should have two outputs, a list of two vectors; compare with the question.",
    )


def _is_size(shape):
    return shape is None or isinstance(shape, int)


def _as_tuple(shape):
    return tuple(shape) if isinstance(shape, list | tuple) else (shape,)


@check("v1", points=1, title="An LSTM reads the rows and returns every state")
@explained_by("v1")
def test_encoder_reads_rows(evidence, rebuild):
    lstms = _encoder(evidence, rebuild).of_class("LSTM")
    require(len(lstms) == 1, f"The encoder has {len(lstms)} LSTM layers; compare with the list.")
    require(
        lstms[0].config.get("units") == 64,
        f"The LSTM has {lstms[0].config.get('units')} units; compare with the list.",
    )
    require(
        tuple(lstms[0].output_shape[1:]) == (28, 64),
        "The LSTM should read 28 rows and return its state after every one of them, not after the "
        "last one alone.",
    )


@check("v1", points=1, title="mu and log_sigma come from a layer of their own each")
@explained_by("v1")
def test_encoder_has_two_heads(evidence, rebuild):
    heads = _encoder(evidence, rebuild).of_class("Dense")
    require(
        len(heads) == 2,
        f"The encoder has {len(heads)} fully connected layers; mu and log_sigma need one each.",
    )
    require(
        all(head.params == HEAD_PARAMS for head in heads),
        "mu and log_sigma should each see all states of the LSTM; look at what comes before them.",
    )
    linear = all(head.config.get("activation") == "linear" for head in heads)
    require(linear, "mu and log_sigma may be any number; think about their activation.")


@check("v1", points=1, title="The encoder works on images, and has the right size")
@explained_by("v1")
def test_encoder_works(evidence, rebuild):
    error = evidence.run.hook_errors.get("v1_outputs")
    require(error is None, f"encoder(images) did not give two outputs: {error}.")
    recording = evidence.recorded("v1_outputs")
    value = recording.get("value", List, Tuple)
    items = value.get("items")
    require(isinstance(items, list) and len(items) == 2, "encoder(images) should give two outputs.")
    mu, log_sigma = (recording.array(item) for item in items)
    require(
        mu.shape == log_sigma.shape == (4, CODE),
        "encoder(images) should give two vectors for each image.",
    )
    require(
        not np.allclose(mu, log_sigma, atol=1e-4),
        "mu and log_sigma are equal for every image; they should be computed apart.",
    )
    for name, output in (("mu", mu), ("log_sigma", log_sigma)):
        require(
            output.min() < 0 < output.max(),
            f"{name} never takes one of the two signs; it may be any number.",
        )
    params = _encoder(evidence, rebuild).params
    require(
        params == ENCODER_PARAMS,
        f"The encoder has {params:,} parameters; compare with the question.",
    )


def _decoder(evidence, rebuild):
    return rebuild(evidence.recorded("v2").get("decoder", Model), "decoder")


@check("v2", points=1, title="The decoder turns a code into an image in [0, 1]")
@explained_by("v2")
def test_decoder_makes_images(evidence, rebuild):
    network = _decoder(evidence, rebuild)
    require(
        sizes(network) == ((CODE,), (28, 28)),
        f"The decoder turns {network.input_shape} into {network.output_shape}; it should turn a "
        "code into an image without an axis for channels.",
    )
    layers = layout(network)
    require(
        layers and layers[-1][2] == "sigmoid",
        "The decoder's values are to be probabilities; look at its last layer with weights.",
    )
    recording = evidence.recorded("v2")
    probe = recording.get("decoder", Model).probe
    output = recording.array(probe.get("output"))
    require(output.min() >= 0 and output.max() <= 1, "The decoder leaves the range of the images.")


@check("v2", points=1, title="Two fully connected layers come first")
@explained_by("v2")
def test_decoder_begins_dense(evidence, rebuild):
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
def test_decoder_convolutions(evidence, rebuild):
    network = _decoder(evidence, rebuild)
    seen = [
        (layer.class_name, tuple(layer.output_shape[1:]), tuple(layer.config.get("strides", ())))
        for layer in network.layers
        if "Conv" in layer.class_name
    ]
    require(
        seen == DECODER_CONVOLUTIONS,
        "The transposed convolutions differ from the question in number, channels or strides.",
    )
    convolutions = network.of_class("Conv2DTranspose")
    require(
        all(tuple(layer.config.get("kernel_size", ())) == (3, 3) for layer in convolutions),
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
def test_decoder_ends_dense(evidence, rebuild):
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


@check("v3", points=1, title="reparameterise draws codes from the right distribution")
@explained_by("v3")
def test_codes(evidence, drawn):
    error = evidence.run.hook_errors.get("v3_codes")
    require(error is None, f"reparameterise(mu, log_sigma) did not finish: {error}.")
    recording = evidence.recorded("v3_codes")
    codes, again, by_mu, by_log_sigma = (
        recording.array(recording.get(name, Array)).astype(float)
        for name in ("codes", "again", "by_mu", "by_log_sigma")
    )
    inputs = drawn("v3_codes")
    require(codes.shape == (500, CODE), "reparameterise should return one code for each row of mu.")
    require(np.isfinite(codes).all(), "reparameterise gives codes that are not finite.")
    noise = (codes - inputs["mu"]) / np.exp(inputs["log_sigma"].astype(float))
    require(
        again.shape == codes.shape and not np.allclose(again, codes),
        "Within a TensorFlow graph, as in training, reparameterise gives the same noise in every "
        "step; draw it with TensorFlow.",
    )
    # Limits that a right answer exceeds in fewer than one run in 1,000,000.
    require(
        noise.std(axis=0).min() > 1e-3,
        "reparameterise gives the same code for equal rows; every row needs noise of its own.",
    )
    require(
        np.abs(noise.mean(axis=0)).max() < 0.27,
        "The codes do not have the mean mu.",
    )
    spread = np.sqrt((noise**2).mean(axis=0))
    require(
        0.82 < spread.min() and spread.max() < 1.2,
        "The codes do not have the standard deviation whose logarithm is log_sigma.",
    )
    related = np.abs(np.corrcoef(noise, rowvar=False) - np.eye(CODE)).max()
    require(related < 0.3, "The elements of a code should not share their noise.")
    require(
        _ks_distance(noise, _normal) < 0.02,
        "The noise in the codes is not normally distributed.",
    )
    require(
        np.allclose(by_mu, 1, atol=1e-3)
        and np.allclose(by_log_sigma, codes - inputs["mu"], rtol=1e-2, atol=1e-3),
        "The gradients of the codes with respect to mu and log_sigma are not those of the formula; "
        "nothing would be learnt through them.",
    )


@check("v3", points=0.75, title="reconstruction_loss is the cross-entropy, summed over pixels")
@explained_by("v3")
def test_reconstruction(evidence, drawn):
    seen = _value(evidence, "v3_reconstruction", "reconstruction_loss(images, decoded)")
    expected = _reconstruction(**drawn("v3_reconstruction"))
    require(
        seen.shape == expected.shape,
        "reconstruction_loss should give one number for each image of the batch.",
    )
    require(
        np.allclose(seen, expected, rtol=1e-4),
        "reconstruction_loss does not give the formula's numbers; mind which of the two is the "
        "label, and whether pixels are added up or averaged.",
    )


@check("v3", points=0.25, title="reconstruction_loss stays finite")
@explained_by("v3")
def test_reconstruction_is_finite(evidence):
    seen = _value(evidence, "v3_edges", "reconstruction_loss(images, decoded)")
    require(seen.size > 0 and np.isfinite(seen).all(), "A pixel of exactly 0 or 1 breaks the loss.")
    require(
        seen.min() > 1000,
        "Pixels that are certain and wrong should cost more than that; look at what is clipped.",
    )


@check("v3", points=1, title="kl_divergence is the divergence of each image")
@explained_by("v3")
def test_divergence(evidence, drawn):
    seen = _value(evidence, "v3_divergence", "kl_divergence(mu, log_sigma)")
    expected = _divergence(**drawn("v3_divergence"))
    require(
        seen.shape == expected.shape,
        "kl_divergence should give one number for each image of the batch.",
    )
    require((seen > 0).all(), "A divergence is never negative; look at the sign of kl_divergence.")
    require(
        np.allclose(seen, expected, rtol=1e-4),
        "kl_divergence does not give the formula's numbers; mind that log_sigma is the logarithm "
        "of a standard deviation, and whether the elements of a code are added up or averaged.",
    )


@check("v3", points=1, title="vae_loss adds both terms and averages over the batch")
@explained_by("v3")
def test_total(evidence, drawn):
    seen = _value(evidence, "v3_total", "vae_loss(images, decoded, mu, log_sigma)")
    inputs = drawn("v3_total")
    each = _reconstruction(inputs["images"], inputs["decoded"])
    each = each + _divergence(inputs["mu"], inputs["log_sigma"])
    require(seen.size == 1, "vae_loss should give one number for a batch.")
    require(
        np.allclose(seen, each.mean(), rtol=1e-4),
        "vae_loss is not the average of reconstruction and divergence together.",
    )


@check("v4", points=0.75, title="Both networks were trained for 100 epochs on batches of 256")
@explained_by("v4_train")
def test_vae_trained(evidence):
    before, after = evidence.recorded("v4_before"), evidence.recorded("v4_trained")
    for name in ("encoder", "decoder"):
        require_trained(before.get(name, Model), after.get(name, Model), name)
    require_steps(
        before.get("vae_optimizer", Optimizer),
        after.get("vae_optimizer", Optimizer),
        "vae_optimizer",
        at_least=steps_of(EPOCHS),
    )
    history = after.get("vae_history", History)
    require(
        history.get("epochs") == list(range(1, EPOCHS + 1)),
        "vae_history should be what train returned for the epochs in the question.",
    )
    batches = after.get("vae_dataset", Dataset).batches
    shape = batches[0].get("shape") if isinstance(batches[0], dict) else None
    require(
        shape == [256, 28, 28],
        f"A batch of vae_dataset has shape {tuple(shape or ())}; compare with the question.",
    )


@check("v4", points=0.5, title="The three loss curves are drawn")
@explained_by("v4_curves")
def test_vae_curves(evidence, drawn):
    missing = _missing(evidence, "v4_lines", drawn("v4_history")["losses"])
    names = ("total loss", "reconstruction", "divergence")
    require(
        not missing,
        f"The cell draws no curve of {' and '.join(names[index] for index in missing)} over the "
        "epochs, taken from vae_history.",
    )
    require(evidence.pictures("v4_curves"), "The cell shows no figure.")


def _missing(evidence, record, curves):
    """Return the numbers of those curves that no shown figure has drawn."""
    recording = evidence.recorded(record)
    lines = recording.array(recording.get("lines", Array))
    return [
        number
        for number, curve in enumerate(curves)
        if not any(np.allclose(line, curve, rtol=1e-4) for line in lines)
    ]


@check("v4", points=0.75, title="vae_samples are decoded from 100 drawn codes")
@explained_by("v4_samples")
def test_vae_samples(evidence, drawn):
    recording = evidence.recorded("v4_made")
    samples = recording.array(recording.get("vae_samples", Array)).astype(float)
    require(
        samples.shape[:3] == (100, 28, 28) and samples.size == 100 * 784,
        f"vae_samples has shape {samples.shape}; the question asks for another.",
    )
    weights = {key: value.astype(float) for key, value in drawn("v4_decoder").items()}
    inside = np.clip(samples.reshape(100, 784), 1e-7, 1 - 1e-7)
    logits = np.log(inside / (1 - inside)) - weights["bias"]
    # The decoder of this run has one layer with drawn weights, so its codes can be recovered.
    codes = np.linalg.lstsq(weights["kernel"].T, logits.T, rcond=None)[0].T
    error = np.abs(codes @ weights["kernel"] - logits).max()
    require(error < 0.02, "vae_samples are not what the decoder makes.")
    distances = np.abs(codes[:, None] - codes[None]).max(axis=2) + np.eye(100)
    require(
        np.abs(codes.mean()) < 0.08
        and 0.93 < codes.std() < 1.07
        and distances.min() > 1e-3
        and _ks_distance(codes, _normal) < 0.035,
        "The codes behind vae_samples are not 100 draws from the distribution in the question.",
    )
    require(evidence.pictures("v4_samples"), "The cell shows no picture of the samples.")
