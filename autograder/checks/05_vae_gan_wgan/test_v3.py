"""Question v3: the parts of the VAE's loss, and the codes."""

from __future__ import annotations

import numpy as np

from autograder.challenges.autoencoder import CODE_SIZE, CODES, divergence, reconstruction
from autograder.evidence.schema import Array, Error, List, NoneValue, Number, Other, Tuple
from autograder.judging.assertions import explained_by
from autograder.judging.check import Drawn, Evidence, check, require
from autograder.judging.distributions import ks_distance, standard_normal
from autograder.judging.returned import require_finished


def _value(evidence: Evidence, name: str, call: str) -> np.ndarray:
    """Return what a function gave for drawn inputs."""
    require_finished(evidence, name, call)
    recording = evidence.recorded(name)
    value = recording.get("value", Array, Number, List, Tuple, NoneValue, Other, Error)
    if isinstance(value, Number):
        require(value.finite is not None, f"{call} gives {value.value}.")
        return np.asarray(value.value, float)
    require(isinstance(value, Array), f"{call} gives no tensor or number; return the result.")
    return recording.array(value).astype(float)


@check("v3", points=1, title="reparameterise draws codes from the right distribution")
@explained_by("v3")
def test_codes(evidence: Evidence, drawn: Drawn) -> None:
    require_finished(evidence, "v3_codes", "reparameterise(mu, log_sigma)")
    recording = evidence.recorded("v3_codes")
    codes, again, by_mu, by_log_sigma = (
        recording.array(recording.get(name, Array)).astype(float)
        for name in ("codes", "again", "by_mu", "by_log_sigma")
    )
    inputs = drawn("v3_codes")
    require(
        codes.shape == (CODES, CODE_SIZE),
        "reparameterise should return one code for each row of mu.",
    )
    require(np.isfinite(codes).all(), "reparameterise gives codes that are not finite.")
    noise = (codes - inputs["mu"]) / np.exp(inputs["log_sigma"].astype(float))
    require(
        again.shape == codes.shape and not np.allclose(again, codes),
        "Within a TensorFlow graph, as in training, reparameterise gives the same noise in every "
        "step; draw it with TensorFlow.",
    )
    # Limits that a right answer exceeds in fewer than one run in 1,000,000.
    require(
        noise.std(axis=0).min() > 1e-3,
        "reparameterise gives the same code for equal rows; every row needs noise of its own.",
    )
    require(
        np.abs(noise.mean(axis=0)).max() < 0.27,
        "The codes do not have the mean mu.",
    )
    spread = np.sqrt((noise**2).mean(axis=0))
    require(
        0.82 < spread.min() and spread.max() < 1.2,
        "The codes do not have the standard deviation whose logarithm is log_sigma.",
    )
    related = np.abs(np.corrcoef(noise, rowvar=False) - np.eye(CODE_SIZE)).max()
    require(related < 0.3, "The elements of a code should not share their noise.")
    require(
        ks_distance(noise, standard_normal) < 0.02,
        "The noise in the codes is not normally distributed.",
    )
    require(
        np.allclose(by_mu, 1, atol=1e-3)
        and np.allclose(by_log_sigma, codes - inputs["mu"], rtol=1e-2, atol=1e-3),
        "The gradients of the codes with respect to mu and log_sigma are not those of the formula; "
        "nothing would be learnt through them.",
    )


@check("v3", points=0.75, title="reconstruction_loss is the cross-entropy, summed over pixels")
@explained_by("v3")
def test_reconstruction(evidence: Evidence, drawn: Drawn) -> None:
    value = _value(evidence, "v3_reconstruction", "reconstruction_loss(images, decoded)")
    expected = reconstruction(**drawn("v3_reconstruction"))
    require(
        value.shape == expected.shape,
        "reconstruction_loss should give one number for each image of the batch.",
    )
    require(
        np.allclose(value, expected, rtol=1e-4),
        "reconstruction_loss does not give the formula's numbers; mind which of the two is the "
        "label, and whether pixels are added up or averaged.",
    )


@check("v3", points=0.25, title="reconstruction_loss stays finite")
@explained_by("v3")
def test_reconstruction_is_finite(evidence: Evidence) -> None:
    value = _value(evidence, "v3_edges", "reconstruction_loss(images, decoded)")
    require(
        value.size > 0 and np.isfinite(value).all(), "A pixel of exactly 0 or 1 breaks the loss."
    )
    require(
        value.min() > 1000,
        "Pixels that are certain and wrong should cost more than that; look at what is clipped.",
    )


@check("v3", points=1, title="kl_divergence is the divergence of each image")
@explained_by("v3")
def test_divergence(evidence: Evidence, drawn: Drawn) -> None:
    value = _value(evidence, "v3_divergence", "kldivergence(mu, log_sigma)")
    expected = divergence(**drawn("v3_divergence"))
    require(
        value.shape == expected.shape,
        "kl_divergence should give one number for each image of the batch.",
    )
    require((value > 0).all(), "A divergence is never negative; look at the sign of kl_divergence.")
    require(
        np.allclose(value, expected, rtol=1e-4),
        "kl_divergence does not give the formula's numbers; mind that log_sigma is the logarithm "
        "of a standard deviation, and whether the elements of a code are added up or averaged.",
    )


@check("v3", points=1, title="vae_loss adds both terms and averages over the batch")
@explained_by("v3")
def test_total(evidence: Evidence, drawn: Drawn) -> None:
    value = _value(evidence, "v3_total", "vae_loss(images, decoded, mu, log_sigma)")
    inputs = drawn("v3_total")
    each = reconstruction(inputs["images"], inputs["decoded"])
    each = each + divergence(inputs["mu"], inputs["log_sigma"])
    require(value.size == 1, "vae_loss should give one number for a batch.")
    require(
        np.allclose(value, each.mean(), rtol=1e-4),
        "vae_loss is not the average of reconstruction and divergence together.",
    )
