"""Question 2.3: a new discriminator of the old architecture."""

from autograder.evidence.schema import Model
from autograder.judging.assertions import (
    explained_by,
    require_other_weights,
    require_untrained,
    sizes,
)
from autograder.judging.check import Evidence, Rebuild, check, require

DISCRIMINATOR_PARAMS = 212_865


@check("q2_3", points=1, title="discriminator is new and has its old architecture")
@explained_by("q2_3")
def test_discriminator(evidence: Evidence, rebuild: Rebuild) -> None:
    recording = evidence.recorded("q2_3")
    model = recording.get("discriminator", Model)
    require_untrained(model, "discriminator")
    baseline = recording.get("baseline_discriminator", Model)
    require_other_weights(model, baseline, "discriminator", whose="the baseline's discriminator")
    network = rebuild(model, "discriminator")
    require(
        sizes(network) == ((28, 28, 1), (1,)),
        f"discriminator turns {network.input_shape} into {network.output_shape}; it should turn "
        "images into one logit each.",
    )
    require(
        network.params == DISCRIMINATOR_PARAMS,
        f"discriminator has {network.params:,} parameters; make it with make_discriminator_model.",
    )
    dropouts = [layer.config.get("rate") for layer in network.of_class("Dropout")]
    require(
        dropouts == [0.3, 0.3] and network.layers[-1].config.get("activation") == "linear",
        "discriminator is not the provided one: its dropout or its last layer differs.",
    )
