"""Questions a1 to c4: what was trained, from what start, and with which differences."""

import math

import numpy as np

from autograder.challenges.experiments import SHOWN, draw_results, expected_seconds, seed_of
from autograder.evidence.schema import Array, Bool, Model, Number, Optimizer, Text
from autograder.evidence.unmet import Unmet
from autograder.judging.assertions import explained_by, require_shown, require_untrained, sizes
from autograder.judging.check import check, require

NOISE_DIM = 100
BATCH_SIZE = 256
RATE = 1e-4
NETWORKS = ("generator", "discriminator")
# Keras' defaults of everything that changes what Adam does.
ADAM = {
    "beta_1": 0.9,
    "beta_2": 0.999,
    "epsilon": 1e-7,
    "amsgrad": False,
    "weight_decay": None,
    "clipnorm": None,
    "clipvalue": None,
    "global_clipnorm": None,
    "use_ema": False,
    "gradient_accumulation_steps": None,
}


def generator_params(noise_dim):
    """Return the number of parameters of the given generator."""
    return (noise_dim + 4) * 12544 + 25 * 256 * 128 + 4 * 128 + 25 * 128 * 64 + 4 * 64 + 25 * 64


def _run(evidence, cell, result):
    """Return the record of the run that a cell made, and the epochs of all runs in it."""
    recording = evidence.recorded(f"{cell}_runs")
    epochs = recording.array(recording.get("epochs", Array)).tolist()
    require(epochs, "Nothing was trained here with run(...).")
    named = recording.get("named", Bool).value
    require(named, f"{result} is not what run(...) has returned.")
    return recording, epochs


def _activations(network):
    """Return the activations, in order: those of layers and those within other layers."""
    found = []
    for layer in network.layers:
        inner = str(layer.config.get("activation", "linear")).lower()
        if layer.class_name in ("LeakyReLU", "ReLU", "ELU", "PReLU", "Softmax"):
            slope = float(layer.config.get("negative_slope") or 0)
            limited = layer.config.get("max_value") is not None or layer.config.get("threshold")
            leaky = layer.class_name == "ReLU" and (slope or limited)
            found.append("another ReLU" if leaky else layer.class_name.lower())
        elif inner != "linear":
            found.append({"leaky_relu": "leakyrelu"}.get(inner, inner))
    return found


def _differences(evidence, rebuild, recording):
    """Return in what a run differs from the baseline, in a few words each, by kind."""
    found = {}
    generator = rebuild(recording.get("generator", Model), "generator")
    noise_dim = sizes(generator)[0][0] if len(sizes(generator)[0]) == 1 else None
    if noise_dim != NOISE_DIM:
        found["noise"] = f"{noise_dim} noise values"
    if not isinstance(noise_dim, int) or generator.params != generator_params(noise_dim):
        found["generator"] = f"a generator with {generator.params:,} parameters"
    elif _activations(generator) != ["leakyrelu"] * 3 + ["tanh"]:
        found["activation"] = "other activations in the generator"
    discriminator = rebuild(recording.get("discriminator", Model), "discriminator")
    rates = [layer.config.get("rate") for layer in discriminator.of_class("Dropout")]
    if discriminator.params != 212_865 or rates != [0.3, 0.3]:
        found["discriminator"] = "another discriminator"
    size = recording.get("batch_size", Number).value
    if size != BATCH_SIZE:
        found["batch"] = f"batches of {size}"
    for name in NETWORKS:
        optimizer = recording.get(f"{name}_optimizer", Optimizer)
        config = optimizer.get("config", {})
        require(optimizer.get("class") == "Adam", f"{name}_optimizer is not Adam.")
        rate = optimizer.get("learning_rate")
        require(
            isinstance(rate, int | float) and not isinstance(config.get("learning_rate"), dict),
            f"The learning rate of {name}_optimizer is not a fixed number.",
        )
        if not math.isclose(rate, RATE, rel_tol=1e-3):
            require(0 < rate <= 1, f"The learning rate of {name}_optimizer is {rate:.3g}.")
            found["rate"] = f"learning rate {rate:.3g}"
        other = [key for key, value in ADAM.items() if config.get(key, value) != value]
        if "beta_1" in other:
            beta = config.get("beta_1")
            require(isinstance(beta, int | float) and 0 <= beta < 1, f"beta_1 of {name} is {beta}.")
            found["momentum"] = f"beta_1 of {beta:.3g}"
            other.remove("beta_1")
        if other:
            found["optimizer"] = f"another {' and '.join(other)} of Adam"
    return found


def _require_only(differences, wanted):
    """Require that the one difference is there and no other one is."""
    others = [words for kind, words in differences.items() if kind != wanted]
    require(not others, f"The run also differs from the baseline by {' and '.join(others)}.")
    if wanted is not None:
        require(wanted in differences, "The run has the same settings as the baseline.")


def _require_fresh(recording):
    """Require that networks and optimizers had not been used before."""
    reused = recording.get("reused", Text).value
    require(
        not reused, f"Used before, in this run or in another one: {reused}. A run starts afresh."
    )
    for name in NETWORKS:
        require_untrained(recording.get(name, Model), name)
        steps = recording.get(f"{name}_optimizer", Optimizer).iterations
        require(steps == 0, f"{name}_optimizer has taken {steps} steps already; make a new one.")


def _require_epochs(recording, wanted):
    seen = recording.get("own_epochs", Number).value
    require(seen == wanted, f"The run has {seen} epochs; compare with the question.")


@check("a1", points=1.5, title="One run of 100 epochs, and nothing else is trained")
@explained_by("a1")
def test_one_run(evidence):
    recording, epochs = _run(evidence, "a1", "baseline")
    listed = " + ".join(map(str, epochs[:6]))
    require(
        epochs == [100],
        f"The runs of this cell have {listed} epochs, {sum(epochs)} in all; one run passes through "
        "all the epochs that are asked for.",
    )


@check("a1", points=0.5, title="It starts afresh, with the settings of the question")
@explained_by("a1")
def test_baseline_settings(evidence, rebuild):
    recording, _ = _run(evidence, "a1", "baseline")
    _require_fresh(recording)
    _require_only(_differences(evidence, rebuild, recording), None)


@check("a1", points=1, title="The samples of epochs 10, 50 and 100 are shown")
@explained_by("a1")
def test_baseline_samples(evidence):
    require_shown(
        evidence,
        pictures="a1",
        sentinels="samples",
        epochs=SHOWN,
        wanted=(10, 50, 100),
        subject="The cell",
    )


def _relu_generator(evidence, rebuild):
    made = evidence.recorded("b1_made")
    try:
        model = made.get("made", Model)
    except Unmet:
        raise Unmet("make_generator_model() does not return a Keras model.") from None
    return rebuild(model, "The generator"), made, model


@check("b1", points=2, title="Every hidden layer has ReLU")
@explained_by("b1")
def test_relu(evidence, rebuild):
    network, _, _ = _relu_generator(evidence, rebuild)
    hidden = _activations(network)[:3]
    require(
        hidden == ["relu"] * 3,
        f"The first three activations of the generator are {', '.join(hidden) or 'none'}.",
    )


@check("b1", points=0.5, title="The output has tanh")
@explained_by("b1")
def test_tanh(evidence, rebuild):
    network, made, model = _relu_generator(evidence, rebuild)
    found = _activations(network)
    require(
        len(found) > 0 and found[-1] == "tanh",
        "The generator does not end with the activation of the baseline.",
    )
    output = made.array(model.get("probe", {}).get("output"))
    require(np.abs(output).max() <= 1.0001, "The generator's values leave the range of the data.")


@check("b1", points=1.5, title="Everything else is as in the baseline")
@explained_by("b1")
def test_relu_generator_is_the_same_otherwise(evidence, rebuild):
    network, _, model = _relu_generator(evidence, rebuild)
    require(
        sizes(network) == ((NOISE_DIM,), (28, 28, 1)),
        f"The generator turns {sizes(network)[0]} into {sizes(network)[1]}.",
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
    require(len(_activations(network)) <= 4, "The generator has more activations than layers.")
    require_untrained(model, "The generator")


@check("b2", points=1, title="A fresh run of 50 epochs with ReLU, otherwise as the baseline")
@explained_by("b2")
def test_relu_run(evidence, rebuild):
    recording, _ = _run(evidence, "b2", "relu_run")
    _require_epochs(recording, 50)
    _require_fresh(recording)
    differences = _differences(evidence, rebuild, recording)
    require("activation" in differences, "The run has the generator of the baseline.")
    _require_only(differences, "activation")


def _require_seconds(evidence, name, drawn):
    """Require the mean time of epochs 2 to 50, with room for other fair averages of the same."""
    recording = evidence.recorded("b2")
    found = recording.get(name, Number, Array)
    if found["kind"] == "array":
        values = recording.array(found)
        require(values.size == 1, f"{name} holds {values.size} numbers instead of one mean.")
        seen = float(values.reshape(()))
    else:
        require(isinstance(found["value"], int | float), f"{name} is no finite number.")
        seen = found["value"]
    right = expected_seconds(drawn)
    with_first = sum(drawn["seconds"][:50]) / 50
    require(
        not math.isclose(seen, with_first, rel_tol=0.03),
        f"{name} counts the time in which the graph is made.",
    )
    require(
        math.isclose(seen, right, rel_tol=0.03),
        f"{name} is {seen:.3g}, which is not the mean time of an epoch over the epochs that both "
        "runs have, without the first.",
    )


@check("b2", points=0.5, title="leaky_seconds is measured fairly")
@explained_by("b2")
def test_leaky_seconds(evidence):
    seed = seed_of(evidence.run.challenge, "baseline")
    _require_seconds(evidence, "leaky_seconds", draw_results(seed, 100))


@check("b2", points=0.5, title="relu_seconds is measured fairly")
@explained_by("b2")
def test_relu_seconds(evidence):
    recording, _ = _run(evidence, "b2", "relu_run")
    own, number = (recording.get(f"own_{key}", Number).value for key in ("epochs", "number"))
    require(isinstance(own, int) and 2 <= own <= 1000, f"relu_run has {own} epochs.")
    # The stand-in draws anew for each run of a cell.
    seed = seed_of(evidence.run.challenge, "b2") + int(number)
    _require_seconds(evidence, "relu_seconds", draw_results(seed, own))


def _require_change(evidence, rebuild, cell, result, kind):
    recording, _ = _run(evidence, cell, result)
    _require_only(_differences(evidence, rebuild, recording), kind)


def _require_start(evidence, cell, result):
    recording, _ = _run(evidence, cell, result)
    _require_epochs(recording, 50)
    _require_fresh(recording)


@check("c1", points=1, title="The noise dimension is changed, and nothing else")
@explained_by("c1")
def test_noise_dimension(evidence, rebuild):
    _require_change(evidence, rebuild, "c1", "noise_run", "noise")


@check("c1", points=1, title="50 epochs from fresh networks and optimizers")
@explained_by("c1")
def test_noise_run_is_fresh(evidence):
    _require_start(evidence, "c1", "noise_run")


@check("c2", points=1, title="The batch size is changed, and nothing else")
@explained_by("c2")
def test_batch_size(evidence, rebuild):
    _require_change(evidence, rebuild, "c2", "batch_run", "batch")


@check("c2", points=1, title="50 epochs from fresh networks and optimizers")
@explained_by("c2")
def test_batch_run_is_fresh(evidence):
    _require_start(evidence, "c2", "batch_run")


@check("c3", points=1, title="A learning rate is changed, and nothing else")
@explained_by("c3")
def test_learning_rate(evidence, rebuild):
    _require_change(evidence, rebuild, "c3", "rate_run", "rate")


@check("c3", points=1, title="50 epochs from fresh networks and optimizers")
@explained_by("c3")
def test_rate_run_is_fresh(evidence):
    _require_start(evidence, "c3", "rate_run")


@check("c4", points=1, title="The momentum is changed, and nothing else")
@explained_by("c4")
def test_momentum(evidence, rebuild):
    _require_change(evidence, rebuild, "c4", "momentum_run", "momentum")


@check("c4", points=1, title="50 epochs from fresh networks and optimizers")
@explained_by("c4")
def test_momentum_run_is_fresh(evidence):
    _require_start(evidence, "c4", "momentum_run")
