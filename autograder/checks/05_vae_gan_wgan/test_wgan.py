"""Questions w1, w2 and w3: Wasserstein losses, weight clipping, and the gradient penalty."""

import numpy as np

from autograder.evidence.schema import (
    Array,
    Bool,
    List,
    Model,
    NoneValue,
    Number,
    Optimizer,
    Other,
    Text,
    Tuple,
)
from autograder.judging.assertions import explained_by, layout, sizes
from autograder.judging.check import check, require

CRITIC_PARAMS = 40_705
CRITIC = [("Conv2D", (14, 14, 64)), ("Conv2D", (7, 7, 64)), ("Dense", (1,))]
RATE = 5e-4
CLIP = 0.01
CRITIC_STEPS = 5
# Learning rate of the critic's plain gradient descent in the probe of w2.
SMALL_RATE = 1e-4


def _value(evidence, name, call):
    error = evidence.run.hook_errors.get(name)
    require(error is None, f"{call} did not finish: {error}.")
    recording = evidence.recorded(name)
    value = recording.get("value", Array, Number, NoneValue, Other, List, Tuple)
    require(value["kind"] in ("array", "number"), f"{call} should return one number.")
    if value["kind"] == "number":
        seen = np.asarray(value["value"])
        require(seen.dtype.kind in "if", f"{call} gives {value['value']}.")
        return float(seen)
    seen = recording.array(value).astype(float)
    require(seen.size == 1, f"{call} should return one number for a batch.")
    return float(seen.reshape(-1)[0])


@check("w1", points=1, title="critic_loss is right")
@explained_by("w1")
def test_critic_loss(evidence, drawn):
    seen = _value(evidence, "w1_critic_loss", "critic_loss(real_scores, fake_scores)")
    arrays = drawn("w1_critic_loss")
    expected = arrays["fake"].astype(float).mean() - arrays["real"].astype(float).mean()
    require(
        not np.isclose(seen, -expected, rtol=1e-4),
        "critic_loss has the wrong sign: minimising it would make the critic worse.",
    )
    require(
        np.isclose(seen, expected, rtol=1e-4),
        "critic_loss does not give the formula's number for drawn scores.",
    )


@check("w1", points=1, title="wgan_generator_loss is right")
@explained_by("w1")
def test_generator_loss(evidence, drawn):
    seen = _value(evidence, "w1_generator_loss", "wgan_generator_loss(fake_scores)")
    expected = -drawn("w1_generator_loss")["fake"].astype(float).mean()
    require(
        not np.isclose(seen, -expected, rtol=1e-4),
        "wgan_generator_loss has the wrong sign: minimising it would lower the scores.",
    )
    require(
        np.isclose(seen, expected, rtol=1e-4),
        "wgan_generator_loss does not give the formula's number for drawn scores.",
    )


@check("w1", points=1, title="The critic gives a score")
@explained_by("w1")
def test_critic(evidence, rebuild):
    network = rebuild(evidence.recorded("w1").get("critic", Model), "critic")
    require(
        sizes(network) == ((28, 28, 1), (1,)),
        f"critic turns {network.input_shape} into {network.output_shape}; it should turn an image "
        "into one number.",
    )
    layers = layout(network)
    require(
        [layer[:2] for layer in layers] == CRITIC and network.params == CRITIC_PARAMS,
        "The layers of the critic, or their output shapes, differ from the question.",
    )
    require(
        layers[-1][2] == "linear",
        "A score may be any number; look at the end of the critic.",
    )
    require(
        [layer[2] for layer in layers[:-1]] == ["leaky"] * 2,
        "A hidden activation of the critic is missing or differs from the question.",
    )
    require(
        not network.of_class("Dropout", "BatchNormalization"),
        "The score of an image should depend on the image alone; look at the critic's layers.",
    )


def _require_step(evidence):
    """Return the record of one call of wgan_step on the judge's own networks."""
    error = evidence.run.hook_errors.get("w2_step")
    require(error is None, f"wgan_step(images) did not finish: {error}.")
    return evidence.recorded("w2_step")


def _steps(recording, name):
    return int(recording.array(recording.get(name, Array)).reshape(-1)[0])


@check("w2", points=1, title="Five critic steps on images of their own, then the generator's")
@explained_by("w2")
def test_wgan_step(evidence, drawn):
    recording = _require_step(evidence)
    arrays = {key: value.astype(float) for key, value in drawn("w2_step").items()}
    steps = _steps(recording, "critic_steps")
    require(
        steps == CRITIC_STEPS,
        f"wgan_step takes {steps} steps of critic_optimizer; compare with the question.",
    )
    kernel = recording.array(recording.get("kernel", Array)).reshape(-1).astype(float)
    small = np.abs(arrays["kernel"]) < CLIP
    fake = 1 / (1 + np.exp(-arrays["logits"]))
    real = arrays["images"].reshape(-1, 784)
    # Each image is used once, in one of five parts, so their order does not matter.
    wanted = SMALL_RATE * (CRITIC_STEPS * real.mean(axis=0) - CRITIC_STEPS * fake)
    change = kernel - arrays["kernel"]
    require(
        change[small] @ wanted[small] > 0,
        "The critic's steps in wgan_step lower the scores of real images against generated ones.",
    )
    require(
        np.allclose(change[small], wanted[small], rtol=0.02, atol=2e-7),
        "The critic's steps in wgan_step are not five steps on critic_loss, each with a fifth of "
        "the images.",
    )
    steps = _steps(recording, "generator_steps")
    require(
        steps == 1, f"wgan_step takes {steps} steps of wgan_optimizer; compare with the question."
    )
    logits = recording.array(recording.get("logits", Array)).reshape(-1).astype(float)
    moved = logits - arrays["logits"]
    slope = kernel * fake * (1 - fake)
    # A generator that was clipped as well is the next check's business.
    kept = np.abs(arrays["logits"]) < 0.5 * CLIP if np.abs(logits).max() < 2 * CLIP else slice(None)
    require(
        np.allclose(moved[kept], slope[kept], rtol=0.05, atol=2e-6),
        "The generator's step in wgan_step is not one on wgan_generator_loss, taken after the "
        "critic's steps.",
    )


@check("w2", points=1, title="All weights of the critic are clipped, and no others")
@explained_by("w2")
def test_clipping(evidence, drawn):
    recording = _require_step(evidence)
    arrays = {key: value.astype(float) for key, value in drawn("w2_step").items()}
    kernel = recording.array(recording.get("kernel", Array)).reshape(-1).astype(float)
    bias = recording.array(recording.get("bias", Array)).reshape(-1).astype(float)
    logits = recording.array(recording.get("logits", Array)).reshape(-1).astype(float)
    large = np.abs(arrays["kernel"]) > CLIP
    require(
        np.abs(kernel).max() <= CLIP + 1e-6,
        "After wgan_step the critic has weights beyond the bound.",
    )
    require(np.abs(bias).max() <= CLIP + 1e-6, "After wgan_step the critic's bias is not clipped.")
    require(
        np.abs(kernel[large]).min() > 0.9 * CLIP,
        "Weights that are clipped should end at the bound, with their sign.",
    )
    steps = _steps(recording, "critic_steps")
    # After a single step there is nothing to tell the two by; its number is the other check's.
    require(
        steps == 1 or (np.abs(kernel[large]) < CLIP - 1e-6).mean() > 0.1,
        "The critic should be clipped after each of its steps, not once at the end.",
    )
    require(
        np.abs(logits - arrays["logits"]).max() < 0.1,
        "wgan_step clips the generator as well; its weights should be free.",
    )


@check("w2", points=1, title="RMSprop for both networks")
@explained_by("w2")
def test_optimizers(evidence):
    recording = evidence.recorded("w2")
    for name in ("critic_optimizer", "wgan_optimizer"):
        optimizer = recording.get(name, Optimizer)
        require(
            optimizer.get("class") == "RMSprop",
            f"{name} is {optimizer.get('class')}; compare with the question.",
        )
        rate = optimizer.get("learning_rate")
        require(
            isinstance(rate, int | float) and abs(rate - RATE) < 1e-3 * RATE,
            f"The learning rate of {name} differs from the question.",
        )
        config = optimizer.get("config") or {}
        defaults = {"rho": 0.9, "momentum": 0.0, "centered": False}
        other = [key for key, value in defaults.items() if config.get(key, value) != value]
        require(not other, f"{name} should keep the default of {', '.join(other)}.")
    apart = evidence.recorded("w2_apart").get("apart", Bool).value
    require(apart, "Each network needs an optimizer of its own.")


def _penalty(evidence, name):
    """Return the record of the calls of gradient_penalty, one of which must have succeeded."""
    error = evidence.run.hook_errors.get("w3_penalty")
    require(error is None, f"gradient_penalty did not finish: {error}.")
    recording = evidence.recorded("w3_penalty")
    try:
        failed = recording.get(f"{name}_error", Text).value
    except AssertionError:
        failed = None
    require(
        failed is None,
        f"gradient_penalty(critic, real_images, fake_images) did not finish: "
        f"{str(failed)[:200].splitlines()[0] if failed else ''}.",
    )
    return recording


def _one_number(recording, name):
    value = recording.get(name, Array, Number, NoneValue, Other, List, Tuple)
    require(value["kind"] in ("array", "number"), "gradient_penalty should return one number.")
    if value["kind"] == "number":
        require(
            isinstance(value["value"], int | float), f"gradient_penalty gives {value['value']}."
        )
        return float(value["value"])
    seen = recording.array(value).astype(float)
    require(seen.size == 1, "gradient_penalty should return one number for a batch.")
    return float(seen.reshape(-1)[0])


@check("w3", points=1, title="The penalty of a linear critic is right")
@explained_by("w3")
def test_linear_critic(evidence, drawn):
    recording = _penalty(evidence, "linear")
    kernel = drawn("w3_penalty")["kernel"].astype(float)
    norm = np.linalg.norm(kernel)
    seen = _one_number(recording, "linear")
    require(
        np.isclose(seen, (norm - 1) ** 2, rtol=1e-2),
        "For a linear critic, whose gradient is the same everywhere, the penalty is another "
        "number; mind what the norm is taken over, and that no factor belongs to it.",
    )
    gradient = recording.array(recording.get("linear_gradient", Array)).reshape(-1).astype(float)
    require(
        np.allclose(gradient, 2 * (norm - 1) / norm * kernel, rtol=2e-2, atol=1e-4),
        "The penalty cannot be differentiated rightly with respect to the critic's weights; look "
        "at what the tape of the inner gradient is told to watch, and at what leaves TensorFlow.",
    )


@check("w3", points=1, title="The points between are drawn uniformly, one share for each image")
@explained_by("w3")
def test_between(evidence, drawn):
    recording = _penalty(evidence, "bowl")
    between, spread = (
        recording.array(recording.get(name, Array)).astype(float) for name in ("between", "spread")
    )
    require(
        len(between) == 1024 and np.isfinite(between).all(),
        "The critic's gradient should be taken at one point for each pair of images.",
    )
    require(
        spread.max() < 1e-3,
        "Within one image, all pixels should lie between real and generated by the same share.",
    )
    low, high = (float(level) for level in drawn("w3_penalty")["levels"])
    share = (between - high) / (low - high)
    require(
        -1e-3 < share.min() and share.max() < 1 + 1e-3,
        "Some points do not lie between the real and the generated image.",
    )
    require(share.std() > 0.01, "Each image needs a share of its own.")
    values = np.sort(share)
    steps = np.arange(len(values) + 1) / len(values)
    distance = max(np.abs(values - steps[:-1]).max(), np.abs(values - steps[1:]).max())
    # A right answer exceeds this limit in one run in 8,000,000.
    require(distance < 0.09, "The shares do not have the distribution in the question.")


@check("w3", points=1, title="Norm and mean are taken in the right order")
@explained_by("w3")
def test_order(evidence):
    recording = _penalty(evidence, "bowl")
    # The gradient of this critic at a point is 0.05 times the point.
    norms = 0.05 * recording.array(recording.get("norms", Array)).astype(float)
    require(
        np.isclose(_one_number(recording, "bowl"), ((norms - 1) ** 2).mean(), rtol=1e-2),
        "For a critic whose gradient differs from image to image, the penalty is another number; "
        "mind what happens for each image before the mean is taken.",
    )


@check("w3", points=1, title="A zero gradient does no harm")
@explained_by("w3")
def test_zero_gradient(evidence):
    recording = _penalty(evidence, "zero")
    seen = _one_number(recording, "zero")
    require(
        np.isclose(seen, 1, rtol=1e-2),
        "For a critic whose gradient is zero the penalty is another number.",
    )
    gradient = recording.array(recording.get("zero_gradient", Array))
    require(
        np.isfinite(gradient).all(),
        "Where the critic's gradient is zero, the penalty turns its weights into NaN.",
    )
