"""Question g2: the training step of the GAN, its training and its losses."""

from __future__ import annotations

import numpy as np

from autograder.challenges.figure_lines import undrawn
from autograder.challenges.linear_gan import probabilities, shares
from autograder.checks.common import LONG_RUN
from autograder.evidence.schema import Array, Bool, Function, Number, Other
from autograder.judging.assertions import explained_by, require_networks_trained
from autograder.judging.check import Drawn, Evidence, Recording, check, require
from autograder.judging.returned import require_finished


def _step(evidence: Evidence) -> Recording:
    """Return the record of one call of gan_step on the judge's own networks."""
    evidence.recorded("g2").get("gan_step", Function, Other)
    require_finished(evidence, "g2_step", "gan_step(images)")
    return evidence.recorded("g2_step")


@check("g2", points=1, title="The discriminator learns from half a batch of each kind")
@explained_by("g2")
def test_discriminator_phase(evidence: Evidence, drawn: Drawn) -> None:
    recording = _step(evidence)
    arrays = drawn("g2_step")
    kernel = recording.array(recording.get("kernel", Array)).reshape(-1).astype(float)
    change = kernel - arrays["kernel"].astype(float)
    require(np.abs(change).max() > 1e-8, "gan_step does not change the discriminator.")
    pair, (real, fake) = probabilities(arrays)
    (by_real, by_fake), rest = shares(change, pair)
    require(
        rest < 0.02,
        "gan_step changes the discriminator by something else than its loss on real and generated "
        "images.",
    )
    require(
        by_real > 0 > by_fake,
        "After gan_step the discriminator finds real images less real, or generated ones more so; "
        "look at the labels, and at which loss changes which network.",
    )
    # For the cross-entropy the two shares are as (1 - D(real)) to D(generated). Two updates instead
    # of one change that by less than a thousandth; labels smoothed by 0.1 by a fortieth.
    ratio = (-by_fake / by_real) / (fake / (1 - real))
    require(
        0.99 < ratio < 1.01,
        "What the discriminator learns in gan_step is not the binary cross-entropy of its "
        "probabilities, with equal weight on both halves and no part of the generator's loss.",
    )
    shown = recording.get("real_shown", Number).value
    require(
        shown == 4,
        f"Of a batch of 8 images gan_step shows {shown} to the discriminator; compare with the "
        "question.",
    )
    require(
        recording.get("real_in_training", Bool).value,
        "gan_step calls the discriminator in inference mode, where dropout does nothing.",
    )


@check("g2", points=1, title="The generator learns with inverted labels")
@explained_by("g2")
def test_generator_phase(evidence: Evidence, drawn: Drawn) -> None:
    recording = _step(evidence)
    arrays = drawn("g2_step")
    logits = recording.array(recording.get("logits", Array)).reshape(-1).astype(float)
    change = logits - arrays["logits"].astype(float)
    require(np.abs(change).max() > 1e-6, "gan_step does not change the generator.")
    pair, (_, fake) = probabilities(arrays)
    slope = arrays["kernel"].astype(float) * pair[1] * (1 - pair[1])
    (share,), rest = shares(change, slope[None])
    require(rest < 0.02, "gan_step changes the generator by something else than its own loss.")
    require(
        share > 0,
        "After gan_step the generator's images look less real to the discriminator; look at the "
        "labels of its phase.",
    )
    require(
        0.98 < share / (1 - fake) < 1.02,
        "The generator learns in the right direction, but not from the cross-entropy with inverted "
        "labels: its steps have another length.",
    )


@check("g2", points=0.5, title="Both networks were trained for 100 epochs")
@explained_by("g2_train")
def test_gan_trained(evidence: Evidence) -> None:
    before, after = evidence.recorded("g2_before"), evidence.recorded("g2_trained")
    require_networks_trained(before, after, epochs=LONG_RUN)


@check("g2", points=0.5, title="Both loss curves are drawn")
@explained_by("g2_curves")
def test_gan_curves(evidence: Evidence, drawn: Drawn) -> None:
    recording = evidence.recorded("g2_lines")
    lines = recording.array(recording.get("lines", Array))
    missing = undrawn(lines, drawn("g2_history")["losses"], rtol=1e-3, atol=1e-3)
    names = ("discriminator", "generator")
    require(
        not missing,
        f"The cell draws no curve of the loss of the {' and the '.join(names[i] for i in missing)} "
        "over the epochs, taken from gan_history.",
    )
    require(evidence.pictures("g2_curves"), "The cell shows no figure.")
