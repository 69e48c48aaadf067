"""Question d2: the combined model of the dense networks."""

from __future__ import annotations

import numpy as np

from autograder.evidence.schema import Array, Model
from autograder.judging.assertions import explained_by, sizes
from autograder.judging.check import Drawn, Evidence, Rebuild, check, require


@check("d2", points=1, title="GAN_model goes from noise to a probability through both networks")
@explained_by("d2")
def test_combined(evidence: Evidence, rebuild: Rebuild) -> None:
    network = rebuild(evidence.recorded("d2").get("GAN_model", Model), "GAN_model")
    require(
        sizes(network) == ((100,), (1,)),
        f"GAN_model turns {network.input_shape[1:]} into {network.output_shape[1:]}; it should "
        "turn noise into one probability.",
    )
    require(
        network.params == 2_960_913,
        f"GAN_model has {network.params:,} parameters; it should consist of the two networks and "
        "nothing else.",
    )


@check("d2", points=1, title="GAN_model contains the two networks themselves")
@explained_by("d2")
def test_combined_shares_weights(evidence: Evidence, drawn: Drawn) -> None:
    evidence.recorded("d2").get("GAN_model", Model)
    recording = evidence.recorded("d2_planted")
    firsts = recording.array(recording.get("firsts", Array))
    for name, planted in drawn("d2_planted").items():
        require(
            any(np.array_equal(first, planted) for first in firsts),
            f"When the weights of {name} change, those in GAN_model stay as they were: it holds a "
            "copy, or another network.",
        )


@check("d2", points=1, title="In GAN_model the generator can be trained and nothing else")
@explained_by("d2")
def test_combined_is_frozen(evidence: Evidence, rebuild: Rebuild) -> None:
    model = evidence.recorded("d2").get("GAN_model", Model)
    network = rebuild(model, "GAN_model")
    params = model.trainable_params
    require(
        network.trainable_params == params == 1_489_936,
        f"GAN_model has {params} trainable parameters; those of one network are asked for. Look at "
        "which network is frozen.",
    )
