"""Tasks 4 to 7: losses, one training step, the checkpoint and the animation, by what they do."""

import json
import math

import numpy as np
from PIL import Image

from autograder.challenges.gan_step import discriminators, draw_step, painted_pictures
from autograder.challenges.probes import planted_digests
from autograder.challenges.sample_grid import SAMPLES, samples_for, wanted_rows
from autograder.evidence import schema
from autograder.evidence.schema import (
    Array,
    Bool,
    Image,
    List,
    NoneValue,
    Number,
    Optimizer,
    Other,
    Text,
    Tuple,
)
from autograder.evidence.seeds import seed_for
from autograder.judging.assertions import explained_by
from autograder.judging.check import check, require

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


def _finished(evidence, probe, what):
    """Return a probe's recording; a function that stops is told by its error."""
    error = evidence.run.hook_errors.get(probe)
    require(error is None, f"{what} did not finish: {str(error)[:150].rstrip('.')}.")
    return evidence.recorded(probe)


def _number(evidence, probe, what):
    recording = _finished(evidence, probe, what)
    found = recording.get("value", Array, Number, NoneValue, Tuple, List, Other)
    require(found["kind"] in ("array", "number"), f"{what} should return one number.")
    value = recording.array(found) if found["kind"] == "array" else np.asarray(found["value"])
    require(value.size == 1, f"{what} returns {value.size} numbers; it should be their mean.")
    require(value.dtype.kind in "fiu", f"{what} gives no finite number.")
    return float(value.reshape(()))


def _bce(label, logits):
    """Return the mean of -log s(x) or -log(1 - s(x)), s the logistic function, without overflow."""
    logits = np.asarray(logits, np.float64)
    return float(np.logaddexp(0, -logits if label else logits).mean())


def _is_near(seen, right):
    # A right formula is off by a few millionths; no known mistake by less than a hundredth.
    return math.isclose(seen, right, rel_tol=1e-4)


@check("losses", points=1.5, title="discriminator_loss gives L_D")
@explained_by("losses")
def test_discriminator_loss(evidence, probes):
    seen = _number(evidence, "losses_d", "discriminator_loss(real_output, fake_output)")
    drawn = probes.near_logits(evidence.seed("losses_d"))
    real, fake = drawn["real"], drawn["fake"]
    require(
        not _is_near(seen, _bce(0, real) + _bce(1, fake)),
        "discriminator_loss is small for a discriminator that takes real for fake; look at the "
        "labels.",
    )
    require(
        _is_near(seen, _bce(1, real) + _bce(0, fake)),
        "discriminator_loss does not give L_D on drawn logits; look at the labels, at what the "
        "discriminator puts out, and at how the two means are put together.",
    )


@check("losses", points=1, title="generator_loss gives L_G")
@explained_by("losses")
def test_generator_loss(evidence, probes):
    seen = _number(evidence, "losses_g", "generator_loss(fake_output)")
    fake = probes.near_logits(evidence.seed("losses_g"))["fake"]
    require(
        _is_near(seen, _bce(1, fake)),
        "generator_loss does not give L_G on drawn logits; look at the label, at what the "
        "discriminator puts out, and at the mean.",
    )


@check("losses", points=0.5, title="Both losses stay exact for a very certain discriminator")
@explained_by("losses")
def test_large_logits(evidence, probes):
    wrong = []
    for probe, what in (
        ("losses_far_d", "discriminator_loss"),
        ("losses_far_g", "generator_loss"),
    ):
        drawn = probes.far_logits(evidence.seed(probe))
        real, fake = drawn["real"], drawn["fake"]
        right = _bce(1, -fake) if probe.endswith("g") else _bce(1, real) + _bce(0, fake)
        if not _is_near(_number(evidence, probe, what), right):
            wrong.append(what)
    require(
        not wrong,
        f"{' and '.join(wrong)}: not right for logits of 40 and more, where a sigmoid rounds to 0 "
        "or 1.",
    )


def _step(evidence):
    recording = _finished(evidence, "train_step_once", "train_step(images)")
    return recording, draw_step(seed_for(evidence.run.challenge, "train_step_once"))


def _modes(recording):
    items = recording.get("modes", List).items
    return [str(item.get("value")) for item in items if isinstance(item, dict)]


@check("train_step", points=0.75, title="One step updates the discriminator from its own loss")
@explained_by("train_step")
def test_discriminator_update(evidence):
    recording, drawn = _step(evidence)
    weights = recording.array(recording.get("weights", Array))
    bias = float(recording.array(recording.get("bias", Array)).reshape(()))
    require(
        not np.allclose(weights, drawn["weights"], atol=1e-7),
        "train_step(images) leaves the discriminator as it is.",
    )
    require(
        any(
            np.allclose(weights, right, atol=1e-5) and abs(bias - offset) < 1e-5
            for right, offset in discriminators(drawn, _modes(recording))
        ),
        "train_step(images) changes the discriminator otherwise than one step down the gradient of "
        "its own loss with its own optimizer does.",
    )


@check("train_step", points=0.75, title="One step updates the generator from its own loss")
@explained_by("train_step")
def test_generator_update(evidence):
    recording, drawn = _step(evidence)
    picture = recording.array(recording.get("picture", Array))
    require(
        not np.allclose(picture, drawn["picture"], atol=1e-7),
        "train_step(images) leaves the generator as it is.",
    )
    require(
        any(
            np.allclose(picture, right, atol=1e-5)
            for right in painted_pictures(drawn, _modes(recording))
        ),
        "train_step(images) changes the generator otherwise than one step down the gradient of its "
        "own loss with its own optimizer does.",
    )


@check("train_step", points=0.5, title="Both networks are called in training mode")
@explained_by("train_step")
def test_training_mode(evidence):
    recording, _ = _step(evidence)
    modes = _modes(recording)
    for name in ("generator", "discriminator"):
        own = [mode for mode in modes if mode.startswith(name)]
        require(own, f"train_step(images) does not use {name}.")
        require(
            all(mode.endswith("True") for mode in own),
            f"train_step(images) calls {name} as if it were not being trained.",
        )


@check("train_step", points=0.5, title="Every step draws new noise for every image")
@explained_by("train_step")
def test_noise(evidence):
    _step(evidence)
    recording = _finished(evidence, "train_step_once", "train_step(images)")
    recording = evidence.recorded("train_step_once_noise")
    first, second = (recording.array(recording.get(n, Array)) for n in ("first", "second"))
    require(
        first.ndim == 2 and first.shape == second.shape == (8, 100),
        f"For 8 real images the generator was given noise of the shape {first.shape}.",
    )
    require(
        not np.allclose(first, second),
        "Two steps used the same noise; draw it with TensorFlow inside of train_step.",
    )
    require(
        len(np.unique(first.round(5), axis=0)) == len(first),
        "Several images of a batch are made from the same noise.",
    )
    noise = np.concatenate([first, second])
    # 1,600 numbers: six standard errors of the mean are 0.15.
    require(
        abs(noise.mean()) < 0.15 and 0.8 < noise.std() < 1.2,
        f"The noise has mean {noise.mean():.2f} and standard deviation {noise.std():.2f}; it "
        "should be standard normal.",
    )


@check("train_step", points=0.5, title="Each network has an Adam of its own, as described")
@explained_by("train_step")
def test_optimizers(evidence):
    recording = evidence.recorded("train_step")
    for name in ("generator_optimizer", "discriminator_optimizer"):
        optimizer = recording.get(name, Optimizer)
        require(optimizer.get("class") == "Adam", f"{name} is not Adam but {optimizer['class']}.")
        rate, config = optimizer.get("learning_rate"), optimizer.get("config", {})
        require(
            isinstance(rate, int | float) and math.isclose(rate, 1e-4, rel_tol=1e-3),
            f"The learning rate of {name} is {rate}; compare with the task.",
        )
        require(
            not isinstance(config.get("learning_rate"), dict),
            f"The learning rate of {name} is not fixed: it follows a schedule.",
        )
        other = [key for key, value in ADAM.items() if config.get(key, value) != value]
        require(not other, f"{name} should keep the default of {', '.join(other)}.")
    apart = evidence.recorded("train_step_apart").get("apart", Bool).value
    require(apart, "Both names stand for one optimizer; each network needs its own.")


def _require_saved(evidence, *names):
    """Require that the numbers planted in these objects are in the checkpoint's file."""
    recording = _finished(evidence, "checkpoint_saved", "Saving with checkpoint")
    digests = recording.array(recording.get("digests", Array))
    found = {bytes(digest).hex() for digest in digests.reshape(-1, 32).astype(np.uint8)}
    shapes = json.loads(recording.get("shapes", Text).value)
    for name in names:
        own = [tuple(shape) for shape in shapes.get(name, [])]
        wanted = planted_digests(evidence.run.challenge, f"checkpoint {name}", own)
        missing = len(set(wanted) - found)
        require(
            wanted and not missing,
            f"{missing} of the {len(wanted)} arrays of {name} are not in what checkpoint saved.",
        )


@check("checkpoint", points=1, title="A fresh generator makes the saved one's images")
@explained_by("checkpoint")
def test_generator_is_saved(evidence):
    _require_saved(evidence, "generator")


@check("checkpoint", points=0.5, title="The discriminator is saved")
@explained_by("checkpoint")
def test_discriminator_is_saved(evidence):
    _require_saved(evidence, "discriminator")


@check("checkpoint", points=0.5, title="Both optimizers are saved with what they remember")
@explained_by("checkpoint")
def test_optimizers_are_saved(evidence):
    _require_saved(evidence, "generator_optimizer", "discriminator_optimizer")


def _require_own_work(evidence):
    recording = _finished(evidence, "animation_run", "Looking at the pictures")
    require(
        recording.get("brought_back", Bool).value is False,
        "Functions of gan_helpers that are the answer to this task were brought back; the task "
        "asks for your own.",
    )
    return recording


def _samples(evidence):
    _require_own_work(evidence)
    call = "generate_and_save_images(model, epoch, test_input)"
    recording = _finished(evidence, "animation_samples", call)
    pixels = recording.array(recording.get("picture", schema.Image))

    return samples_for(evidence.run.challenge, "animation_samples").rows(
        Image.fromarray(pixels.astype(np.uint8))
    )


@check("animation", points=0.5, title="A picture holds all sixteen samples, four by four")
@explained_by("animation")
def test_grid(evidence):
    rows = [[sample % SAMPLES for sample in row] for row in _samples(evidence)]
    require(
        rows == wanted_rows(),
        f"Sixteen test images were looked for in the picture; {sum(map(len, rows))} of them were "
        f"found, in {len(rows)} rows. Compare arrangement and order with the task.",
    )


@check("animation", points=0.5, title="The samples are made in inference mode")
@explained_by("animation")
def test_inference_mode(evidence):
    seen = [sample for row in _samples(evidence) for sample in row]
    require(seen, "None of the sixteen test images can be seen in the picture.")
    require(max(seen) < SAMPLES, "The model was called as if it were being trained.")


def _run(evidence):
    recording = _require_own_work(evidence)
    epochs = recording.array(recording.get("epochs", Array)).tolist()
    require(len(epochs) >= 2, f"The training left {len(epochs)} pictures image_at_epoch_....png.")
    return recording, epochs, recording.array(recording.get("pictures", Array))


@check("animation", points=0.5, title="There is a picture of every epoch, always of the same noise")
@explained_by("animation")
def test_same_noise(evidence):
    recording, epochs, pictures = _run(evidence)
    require(
        epochs == list(range(epochs[0], epochs[0] + len(epochs))) and epochs[0] <= 1,
        f"The pictures have the numbers {', '.join(map(str, epochs[:12]))}; there should be one of "
        "every epoch.",
    )
    require(
        all(np.any(one != other) for one, other in zip(pictures, pictures[1:], strict=False)),
        "Pictures of different epochs are the same: they do not show the generator of their time.",
    )
    stages = recording.array(recording.get("stages", Array))
    require(
        stages.size and stages.max() >= len(epochs),
        "The pictures of different epochs were made from different noise, so they cannot be "
        "compared.",
    )


@check("animation", points=0.5, title="The animation shows the pictures in the order of the epochs")
@explained_by("animation")
def test_animation(evidence):
    recording, epochs, pictures = _run(evidence)
    try:
        trouble = recording.get("trouble", Text).value
    except AssertionError:
        trouble = ""
    require(not trouble, f"anim_file cannot be opened as an animation ({trouble[:120]}).")
    kind = recording.get("format", Text).value
    require(kind == "GIF", f"anim_file is no GIF but {kind[:20]}.")
    frames = recording.array(recording.get("frames", Array)).astype(float)
    shown = [int(np.abs(pictures - frame).mean(axis=(1, 2)).argmin()) for frame in frames]
    # A last picture that is shown twice is a pause.
    places = [place for n, place in enumerate(shown) if n == 0 or place != shown[n - 1]]
    require(
        places == list(range(len(epochs))),
        f"The animation shows {len(set(places))} of the {len(epochs)} pictures, beginning with the "
        f"epochs {', '.join(str(epochs[place]) for place in places[:8])}.",
    )
