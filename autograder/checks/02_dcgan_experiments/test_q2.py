"""Questions 2.1 to 2.6: everything is built again for new hyper-parameters, and trained."""

import numpy as np

from autograder.challenges.data_and_optimizers import adam, draw_images, draw_updates
from autograder.challenges.probes import loss_inputs
from autograder.evidence.schema import (
    Array,
    Bool,
    Dataset,
    Error,
    Function,
    Loss,
    Model,
    NoneValue,
    Number,
    Optimizer,
    Other,
)
from autograder.evidence.seeds import seed_for
from autograder.judging.assertions import (
    explained_by,
    require_networks_trained,
    require_other_weights,
    require_sample_pictures,
    require_untrained,
    sizes,
)
from autograder.judging.check import check, require

BASELINE_BATCH_SIZE = 256
NEW_BATCH_SIZE = 64
NEW_LEARNING_RATE = 1e-3
EPOCHS = range(1, 51)
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


def generator_params(batch_size):
    """Return the parameter count of the provided generator, from COURSE's architecture."""
    first = 40 * 49 * batch_size + 4 * 49 * batch_size
    return first + 25 * batch_size * 128 + 4 * 128 + 25 * 128 * 64 + 4 * 64 + 25 * 64


def _batch_size(recording):
    return recording.get("batch_size", Number).value


@check("q2_1", points=0.5, title="BATCH_SIZE has its new value")
@explained_by("q2_1")
def test_batch_size(evidence):
    seen = _batch_size(evidence.recorded("q2_1"))
    require(seen == NEW_BATCH_SIZE, f"BATCH_SIZE is {seen}; compare it with the question.")


@check("q2_1", points=0.5, title="train_dataset gives shuffled batches of BATCH_SIZE images")
@explained_by("q2_1")
def test_train_dataset(evidence):
    recording = evidence.recorded("q2_1")
    size = _batch_size(recording)
    dataset = recording.get("train_dataset", Dataset)
    batches = dataset.get("batches") or [{}]
    require(isinstance(batches[0], dict), "train_dataset should give images only, nothing else.")
    shape = batches[0].get("shape", [])
    require(
        len(shape) == 4 and shape[1:] == [28, 28, 1],
        f"One batch of train_dataset has shape {tuple(shape)}; it should be a batch of images, "
        "each (28, 28, 1).",
    )
    require(
        size != BASELINE_BATCH_SIZE and shape[0] == size,
        f"A batch of train_dataset holds {shape[0]} images, and BATCH_SIZE is {size}; build the "
        "data set again after the change.",
    )
    require(batches[0].get("dtype") == "float32", "The images should still be float32.")
    first = recording.array(dataset.get("first"))
    require(
        -1.001 <= first.min() < -0.9 and 0.9 < first.max() <= 1.001,
        f"The images' values go from {first.min():.3g} to {first.max():.3g}; use train_images.",
    )
    images = (draw_images(evidence.seed("q2_1_images")).astype(np.float32) - 127.5) / 127.5
    count = len(images)
    total = evidence.recorded("q2_1_data").get("total", Number).value
    require(
        count - size < total <= count,
        f"One pass over train_dataset gives {total} images; there are {count} in train_images.",
    )
    # Which images these are: those at the smallest distance, up to a term that all share.
    rows, drawn = first.reshape(len(first), -1), images.reshape(count, -1)
    known = rows.shape[1] == drawn.shape[1]
    places = np.argmin(np.square(drawn).sum(axis=1) - 2 * rows @ drawn.T, axis=1) if known else []
    require(
        known and np.abs(rows - drawn[places]).max() < 1e-3,  # the last digit may differ
        "train_dataset gives other images than those of train_images.",
    )
    require(
        np.mean(np.diff(places) == 1) < 0.5,
        "A batch holds images in the order of train_images; shuffle them before they are batched.",
    )
    require(
        np.ptp(places) > 0.5 * count,
        "A batch holds neighbours from train_images only; mind the buffer size of shuffle.",
    )


@check("q2_2", points=1, title="generator is new and fits the new batch size")
@explained_by("q2_2")
def test_generator(evidence, rebuild):
    network = _new_network(evidence.recorded("q2_2"), "generator", rebuild)
    require(
        sizes(network) == ((40,), (28, 28, 1)),
        f"generator turns {network.input_shape} into {network.output_shape}; it should turn "
        "noise_dim numbers into an image.",
    )
    require(
        network.params == generator_params(NEW_BATCH_SIZE),
        f"generator has {network.params:,} parameters; make it with make_generator_model and the "
        "new batch size.",
    )


@check("q2_3", points=1, title="discriminator is new and has its old architecture")
@explained_by("q2_3")
def test_discriminator(evidence, rebuild):
    network = _new_network(evidence.recorded("q2_3"), "discriminator", rebuild)
    require(
        sizes(network) == ((28, 28, 1), (1,)),
        f"discriminator turns {network.input_shape} into {network.output_shape}; it should turn "
        "images into one logit each.",
    )
    require(
        network.params == 212_865,
        f"discriminator has {network.params:,} parameters; make it with make_discriminator_model.",
    )
    dropouts = [layer.config.get("rate") for layer in network.of_class("Dropout")]
    require(
        dropouts == [0.3, 0.3] and network.layers[-1].config.get("activation") == "linear",
        "discriminator is not the provided one: its dropout or its last layer differs.",
    )


def _new_network(recording, name, rebuild):
    """Return the recorded network, rebuilt, if it is neither trained nor the baseline's."""
    model = recording.get(name, Model)
    require_untrained(model, name)
    baseline = recording.get(f"baseline_{name}", Model)
    require_other_weights(model, baseline, name, whose=f"the baseline's {name}")
    return rebuild(model, name)


@check("q2_4", points=1, title="cross_entropy is a new binary cross-entropy on logits")
@explained_by("q2_4")
def test_cross_entropy(evidence):
    evidence.recorded("q2_4").get("cross_entropy", Loss, Function, Other)
    new = evidence.recorded("q2_4_new").get("new", Bool).value
    require(new, "cross_entropy is still the baseline's; make a new one.")
    error = evidence.run.hook_errors.get("q2_4_value")
    require(error is None, f"cross_entropy(labels, logits) did not finish: {error}.")
    recording = evidence.recorded("q2_4_value")
    value = recording.get("value", Array, Number, Error, Loss, NoneValue, Other)
    require(
        value["kind"] in ("array", "number"),
        "cross_entropy(labels, logits) gives no number; cross_entropy should be a loss, not its "
        "class.",
    )
    seen = recording.array(value) if value["kind"] == "array" else np.float64(value["value"])
    inputs = loss_inputs(seed_for(evidence.run.challenge, "q2_4_value"))
    labels, logits = inputs["labels"].astype(float), inputs["logits"].astype(float)
    # Numerically stable form of -[y log s(x) + (1 - y) log(1 - s(x))], s the logistic function.
    each = np.maximum(logits, 0) - logits * labels + np.log1p(np.exp(-np.abs(logits)))
    require(seen.size == 1, "cross_entropy should give one number for a batch: the mean.")
    require(
        np.allclose(seen, each.mean(), rtol=2e-5),  # a right one is off by 2e-7 at most
        "cross_entropy does not give the binary cross-entropy of labels and logits; look at what "
        "the discriminator's last layer puts out, and at the average over a batch.",
    )


@check("q2_5", points=0.5, title="Both optimizers are Adam with the new learning rate")
@explained_by("q2_5")
def test_learning_rates(evidence):
    recording = evidence.recorded("q2_5")
    rate = recording.get("lr", Number, Array)
    rate = rate["value"] if rate["kind"] == "number" else float(recording.array(rate).mean())
    # A number beyond all bounds is recorded as a text.
    right = isinstance(rate, int | float) and abs(rate - NEW_LEARNING_RATE) < 1e-9
    require(right, f"lr is {rate}; compare it with the question.")
    for name in ("generator_optimizer", "discriminator_optimizer"):
        optimizer = recording.get(name, Optimizer)
        require(optimizer.get("class") == "Adam", f"{name} is not Adam but {optimizer['class']}.")
        seen = optimizer.get("learning_rate")
        require(isinstance(seen, int | float), f"The learning rate of {name} is not a number.")
        require(
            abs(seen - NEW_LEARNING_RATE) < 1e-6,
            f"The learning rate of {name} is {seen:.3g}; compare it with lr.",
        )
        config = optimizer.get("config", {})
        require(
            not isinstance(config.get("learning_rate"), dict),
            f"The learning rate of {name} is not fixed: it follows a schedule.",
        )
        other = [key for key, value in ADAM.items() if config.get(key, value) != value]
        require(not other, f"{name} should keep the default of {', '.join(other)}.")
    steps = evidence.recorded("q2_5_steps")
    right = adam(draw_updates(evidence.seed("q2_5_steps")), learning_rate=NEW_LEARNING_RATE)
    for name in ("generator_optimizer", "discriminator_optimizer"):
        weights = steps.array(steps.get(name, Array))
        require(
            weights.shape == right.shape and np.allclose(weights, right, rtol=0, atol=2e-7),
            f"{name} does not change weights as Adam with the new learning rate does.",
        )


@check("q2_5", points=0.5, title="Both optimizers are new, one for each network")
@explained_by("q2_5")
def test_optimizers_are_new(evidence):
    recording = evidence.recorded("q2_5")
    for name in ("generator_optimizer", "discriminator_optimizer"):
        steps = recording.get(name, Optimizer).iterations
        require(steps == 0, f"{name} has taken {steps} steps already; make a new one.")
    apart = evidence.recorded("q2_5_apart").get("apart", Bool).value
    require(apart, "Each network needs an optimizer of its own, and none may be an old one.")


@check("q2_6", points=0.5, title="Both networks were trained for all epochs")
@explained_by("q2_6")
def test_trained(evidence):
    before, after = evidence.recorded("q2_6_before"), evidence.recorded("q2_6")
    new = evidence.recorded("q2_6_new").get("new", Bool).value
    require(new, "The baseline's networks are the current ones; train the new networks.")
    require_networks_trained(before, after, epochs=len(EPOCHS))


@check("q2_6", points=0.5, title="There is a sample picture of every epoch of this run")
@explained_by("q2_6")
def test_pictures_of_all_epochs(evidence):
    baseline = evidence.recorded("q1a") if evidence.has("q1a") else None
    require_sample_pictures(evidence.recorded("q2_6"), EPOCHS, unlike=baseline)
