"""Question v4: the training of the VAE, its losses and its samples."""

from __future__ import annotations

import numpy as np

from autograder.challenges.autoencoder import codes_of
from autograder.challenges.figure_lines import undrawn
from autograder.checks.common import LONG_RUN
from autograder.evidence.schema import Array, Dataset, History, Model, Optimizer, Summary
from autograder.judging.assertions import (
    explained_by,
    require_steps,
    require_trained,
    steps_of,
)
from autograder.judging.check import Drawn, Evidence, check, require
from autograder.judging.distributions import ks_distance, standard_normal


@check("v4", points=0.75, title="Both networks were trained for 100 epochs on batches of 256")
@explained_by("v4_train")
def test_vae_trained(evidence: Evidence) -> None:
    before, after = evidence.recorded("v4_before"), evidence.recorded("v4_trained")
    for name in ("encoder", "decoder"):
        require_trained(before.get(name, Model), after.get(name, Model), name)
    require_steps(
        before.get("vae_optimizer", Optimizer),
        after.get("vae_optimizer", Optimizer),
        "vae_optimizer",
        at_least=steps_of(LONG_RUN),
    )
    history = after.get("vae_history", History)
    require(
        history.epochs == list(range(1, LONG_RUN + 1)),
        "vae_history should be what train returned for the epochs in the question.",
    )
    batches = after.get("vae_dataset", Dataset).batches
    # One summary for a batch of images alone, a list of them for images with labels.
    shape = batches[0].shape if batches and isinstance(batches[0], Summary) else None
    require(
        shape == [256, 28, 28],
        f"A batch of vae_dataset has shape {tuple(shape or ())}; compare with the question.",
    )


@check("v4", points=0.5, title="The three loss curves are drawn")
@explained_by("v4_curves")
def test_vae_curves(evidence: Evidence, drawn: Drawn) -> None:
    recording = evidence.recorded("v4_lines")
    lines = recording.array(recording.get("lines", Array))
    missing = undrawn(lines, drawn("v4_history")["losses"], rtol=1e-4)
    names = ("total loss", "reconstruction", "divergence")
    require(
        not missing,
        f"The cell draws no curve of {' and '.join(names[index] for index in missing)} over the "
        "epochs, taken from vae_history.",
    )
    require(evidence.pictures("v4_curves"), "The cell shows no figure.")


@check("v4", points=0.75, title="vae_samples are decoded from 100 drawn codes")
@explained_by("v4_samples")
def test_vae_samples(evidence: Evidence, drawn: Drawn) -> None:
    recording = evidence.recorded("v4_made")
    samples = recording.array(recording.get("vae_samples", Array)).astype(float)
    require(
        samples.shape[:3] == (100, 28, 28) and samples.size == 100 * 784,
        f"vae_samples has shape {samples.shape}; the question asks for another.",
    )
    weights = {key: value.astype(float) for key, value in drawn("v4_decoder").items()}
    # The decoder of this run has one layer with drawn weights, so its codes can be recovered.
    codes, error = codes_of(samples, **weights)
    require(error < 0.02, "vae_samples are not what the decoder makes.")
    distances = np.abs(codes[:, None] - codes[None]).max(axis=2) + np.eye(100)
    require(
        np.abs(codes.mean()) < 0.08
        and 0.93 < codes.std() < 1.07
        and distances.min() > 1e-3
        and ks_distance(codes, standard_normal) < 0.035,
        "The codes behind vae_samples are not 100 draws from the distribution in the question.",
    )
    require(evidence.pictures("v4_samples"), "The cell shows no picture of the samples.")
