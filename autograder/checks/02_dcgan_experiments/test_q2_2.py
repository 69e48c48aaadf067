"""Question 2.2: a new generator for the new batch size."""

from autograder.evidence.schema import Model
from autograder.judging.assertions import (
    explained_by,
    require_other_weights,
    require_untrained,
    sizes,
)
from autograder.judging.check import Evidence, Rebuild, check, require

NEW_BATCH_SIZE = 64


def generator_params(batch_size: int) -> int:
    """Return the parameter count of the provided generator, layer by layer."""
    first = 40 * 49 * batch_size + 4 * 49 * batch_size
    return first + 25 * batch_size * 128 + 4 * 128 + 25 * 128 * 64 + 4 * 64 + 25 * 64


@check("q2_2", points=1, title="generator is new and fits the new batch size")
@explained_by("q2_2")
def test_generator(evidence: Evidence, rebuild: Rebuild) -> None:
    recording = evidence.recorded("q2_2")
    model = recording.get("generator", Model)
    require_untrained(model, "generator")
    baseline = recording.get("baseline_generator", Model)
    require_other_weights(model, baseline, "generator", whose="the baseline's generator")
    network = rebuild(model, "generator")
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
