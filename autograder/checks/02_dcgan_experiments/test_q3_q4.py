"""Questions 3a and 4a: restoring a checkpoint, looking again, and a simpler pair of networks."""

from autograder.checking import check, require
from autograder.expectations import (
    require_restored,
    require_sample_pictures,
    require_shown,
    require_steps,
    require_trained,
)

KEY_EPOCHS = (10, 20, 30, 40, 50)
EPOCHS = tuple(range(1, 51))


def simple_generator_params(batch_size):
    """Return the parameter count of the generator without its widest convolution."""
    first = 40 * 49 * batch_size + 4 * 49 * batch_size
    return first + 25 * batch_size * 64 + 4 * 64 + 25 * 64


def _require_ran(evidence, cell):
    seen = evidence.run["cells"].get(cell, {})
    require(seen.get("status") == "ok", evidence.why_missing(cell))


@check("q3a", points=0.5, title="The latest checkpoint is restored")
def test_restored(evidence):
    model = evidence.recorded("q3a").get("generator", "model")
    require_restored(evidence, model, checkpoint="q3a_checkpoint", name="generator")


@check("q3a", points=0.5, title="The key epochs of this run are shown")
def test_shown(evidence):
    require_shown(
        evidence,
        pictures="q3a",
        sentinels="q3a_pictures",
        epochs=EPOCHS,
        wanted=KEY_EPOCHS,
        subject="The cell",
    )


@check("q4a", points=0.25, title="The generator has lost its widest convolution")
def test_simple_generator(evidence, rebuild):
    _require_ran(evidence, "q4a_generator")
    recording = evidence.recorded("q4a_networks")
    network = rebuild(recording.get("generator", "model"), "generator")
    size = recording.get("batch_size", "number")["value"]
    require(
        network.input_shape == (None, 40) and network.output_shape == (None, 28, 28, 1),
        f"generator turns {network.input_shape} into {network.output_shape}; it should turn noise "
        "into images.",
    )
    convolutions = network.of_class("Conv2DTranspose", "Conv2D")
    require(
        len(convolutions) == 2,
        f"generator has {len(convolutions)} convolutions; compare with the list in the question.",
    )
    require(
        network.params == simple_generator_params(size),
        f"generator has {network.params:,} parameters at a batch size of {size}; compare its "
        "layers with the list in the question.",
    )
    probe = recording.get("generator", "model").get("probe", {})
    output = recording.array(probe.get("output"))
    require(
        abs(output).max() <= 1.0001, "generator's values leave the range of the data; mind its end."
    )
    last = convolutions[-1].config.get("activation")
    ends = network.layers[-1].config.get("activation")
    require("tanh" in (last, ends), "generator should end with the activation in the question.")


@check("q4a", points=0.25, title="The discriminator has one convolution")
def test_simple_discriminator(evidence, rebuild):
    _require_ran(evidence, "q4a_discriminator")
    recording = evidence.recorded("q4a_networks")
    network = rebuild(recording.get("discriminator", "model"), "discriminator")
    require(
        network.input_shape == (None, 28, 28, 1) and network.output_shape == (None, 1),
        f"discriminator turns {network.input_shape} into {network.output_shape}; it should turn "
        "images into one logit each.",
    )
    convolutions = network.of_class("Conv2D")
    require(
        len(convolutions) == 1,
        f"discriminator has {len(convolutions)} convolutions; compare with the question.",
    )
    require(
        network.params == 14_209,
        f"discriminator has {network.params:,} parameters; compare its layers with the question.",
    )
    require(
        network.layers[-1].config.get("activation") == "linear",
        "discriminator should put out a logit, without an activation.",
    )


@check("q4a", points=0.25, title="Both networks were trained for all epochs")
def test_simpler_trained(evidence):
    _require_ran(evidence, "q4a_train")
    before, after = evidence.recorded("q4a_before"), evidence.recorded("q4a_trained")
    for name in ("generator", "discriminator"):
        require_trained(before.get(name, "model"), after.get(name, "model"), name)
        optimizer = f"{name}_optimizer"
        require_steps(
            before.get(optimizer, "optimizer"),
            after.get(optimizer, "optimizer"),
            optimizer,
            at_least=len(EPOCHS),
        )
    require_sample_pictures(after.get("image_dir", "folder"), EPOCHS)


@check("q4a", points=0.25, title="The latest checkpoint is restored and the key epochs are shown")
def test_simpler_shown(evidence):
    model = evidence.recorded("q4a").get("generator", "model")
    require_restored(evidence, model, checkpoint="q4a_checkpoint", name="generator")
    require_shown(
        evidence,
        pictures="q4a_display",
        sentinels="q4a_pictures",
        epochs=EPOCHS,
        wanted=KEY_EPOCHS,
        subject="The cell",
    )
