"""Question w1: the Wasserstein losses, and the critic."""

from __future__ import annotations

import numpy as np

from autograder.evidence.schema import Array, List, Model, NoneValue, Number, Other, Tuple
from autograder.judging.assertions import explained_by, layout, sizes
from autograder.judging.check import Drawn, Evidence, Rebuild, check, require
from autograder.judging.returned import require_finished, returned_number

CRITIC_PARAMS = 40_705
CRITIC = [("Conv2D", (14, 14, 64)), ("Conv2D", (7, 7, 64)), ("Dense", (1,))]


def _loss(evidence: Evidence, name: str, call: str) -> float:
    """Return what a loss gave for drawn scores."""
    require_finished(evidence, name, call)
    return returned_number(
        evidence.recorded(name),
        "value",
        *(Array, Number, NoneValue, Other, List, Tuple),
        no_number=f"{call} should return one number.",
        not_one=f"{call} should return one number for a batch.",
        unusable=f"{call} gives {{}}.",
    )


@check("w1", points=1, title="critic_loss is right")
@explained_by("w1")
def test_critic_loss(evidence: Evidence, drawn: Drawn) -> None:
    loss = _loss(evidence, "w1_critic_loss", "critic_loss(real_scores, fake_scores)")
    arrays = drawn("w1_critic_loss")
    expected = arrays["fake"].astype(float).mean() - arrays["real"].astype(float).mean()
    require(
        not np.isclose(loss, -expected, rtol=1e-4),
        "critic_loss has the wrong sign: minimising it would make the critic worse.",
    )
    require(
        np.isclose(loss, expected, rtol=1e-4),
        "critic_loss does not give the formula's number for drawn scores.",
    )


@check("w1", points=1, title="wgan_generator_loss is right")
@explained_by("w1")
def test_generator_loss(evidence: Evidence, drawn: Drawn) -> None:
    loss = _loss(evidence, "w1_generator_loss", "wgan_generator_loss(fake_scores)")
    expected = -drawn("w1_generator_loss")["fake"].astype(float).mean()
    require(
        not np.isclose(loss, -expected, rtol=1e-4),
        "wgan_generator_loss has the wrong sign: minimising it would lower the scores.",
    )
    require(
        np.isclose(loss, expected, rtol=1e-4),
        "wgan_generator_loss does not give the formula's number for drawn scores.",
    )


@check("w1", points=1, title="The critic gives a score")
@explained_by("w1")
def test_critic(evidence: Evidence, rebuild: Rebuild) -> None:
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
