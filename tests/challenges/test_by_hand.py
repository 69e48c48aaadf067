"""What the judge computes by hand for assignment 05 is right: other formulas agree."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import linalg, special, stats

from autograder.challenges import autoencoder, frechet, linear_gan, wasserstein
from autograder.challenges.kernel.frechet_distance import frechet_distance

SEEDS = range(5)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_distance_of_two_samples_is_that_of_the_formula(seed):
    drawn = frechet.draw_general(seed)
    first, second = drawn["first"].astype(float), drawn["second"].astype(float)
    for ddof in (0, 1):
        a, b = (np.cov(sample, rowvar=False, ddof=ddof) for sample in (first, second))
        shift = first.mean(axis=0) - second.mean(axis=0)
        formula = shift @ shift + np.trace(a + b - 2 * linalg.sqrtm(a @ b).real)
        assert np.isclose(frechet_distance(first, second, ddof=ddof), formula)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_distance_of_a_scaled_sample_is_known(seed):
    drawn = frechet.draw_known(seed)
    first, second = drawn["first"].astype(float), drawn["second"].astype(float)
    scale = np.sqrt(second.var(axis=0).sum() / first.var(axis=0).sum())
    shift = second.mean(axis=0) - first.mean(axis=0)
    spread = (scale - 1) ** 2 * first.var(axis=0).sum()
    assert np.isclose(frechet_distance(first, second, ddof=0), shift @ shift + spread, rtol=1e-5)


def test_the_distance_bears_dead_columns():
    drawn = frechet.draw_singular(0)
    assert not drawn["first"][:, :5].any()
    assert np.isfinite(frechet_distance(drawn["first"], drawn["second"]))
    assert abs(frechet_distance(drawn["first"], drawn["first"])) < 1e-4


def test_the_distances_of_samples_are_those_of_their_images():
    drawn = frechet.draw_samples(3)
    distances = frechet.distances_of_samples(drawn)
    assert distances.shape == (2, frechet.EPOCHS) and len(np.unique(distances)) == distances.size
    images = np.kron(drawn["samples"][1, 4], np.ones((1, 7, 7))).reshape(16, 784) / 255
    assert np.isclose(distances[1, 4], frechet_distance(drawn["real"], images @ drawn["kernel"]))


def test_the_parts_of_the_vae_loss_agree_with_scipy():
    inputs = autoencoder.total_inputs(1)
    images, decoded = inputs["images"].astype(float), inputs["decoded"].astype(float)
    entropy = -(special.xlogy(images, decoded) + special.xlog1py(1 - images, -decoded))
    reconstruction = autoencoder.reconstruction(inputs["images"], inputs["decoded"])
    assert np.allclose(reconstruction, entropy.sum(axis=(1, 2)))
    mu, sigma = inputs["mu"].astype(float), np.exp(inputs["log_sigma"].astype(float))
    x = np.linspace(-12, 12, 20001)[:, None]
    densities = stats.norm.pdf(x, mu[0], sigma[0])
    logs = stats.norm.logpdf(x, mu[0], sigma[0]) - stats.norm.logpdf(x)
    by_integration = np.trapezoid(densities * logs, x, axis=0).sum()
    divergence = autoencoder.divergence(inputs["mu"], inputs["log_sigma"])
    assert divergence.shape == (2,) and np.isclose(divergence[0], by_integration, rtol=1e-4)


def test_codes_are_recovered_from_what_the_decoder_makes_of_them():
    weights = autoencoder.decoder_weights(2)
    codes = np.random.default_rng(0).normal(size=(100, autoencoder.CODE_SIZE))
    samples = special.expit(codes @ weights["kernel"] + weights["bias"]).reshape(100, 28, 28)
    recovered, error = autoencoder.codes_of(samples, **weights)
    assert np.allclose(recovered, codes, atol=1e-3) and error < 1e-3
    assert autoencoder.codes_of(samples[:, ::-1], **weights)[1] > 0.1


@pytest.mark.parametrize("seed", SEEDS)
def test_the_discriminator_is_drawn_between_right_and_wrong(seed):
    drawn = linear_gan.draw_networks(seed)
    pair, (real, fake) = linear_gan.probabilities(drawn)
    assert 0.42 < real < 0.49 and 0.78 < fake < 0.85
    parts, rest = linear_gan.shares(2 * pair[0] - 3 * pair[1], pair)
    assert np.allclose(parts, (2, -3)) and rest < 1e-9
    other = np.random.default_rng(seed).normal(size=784)
    assert linear_gan.shares(pair[0] + other, pair)[1] > 0.5


@pytest.mark.parametrize("seed", SEEDS)
def test_critics_are_drawn_where_mistakes_show(seed):
    assert 2.4 <= np.linalg.norm(wasserstein.draw_penalty(seed)["kernel"]) <= 3.2
    kernel = np.abs(wasserstein.draw_step(seed)["kernel"])
    assert (kernel[:392] <= 0.002).all() and (kernel[392:] == 0.5).all()
    scores = wasserstein.draw_scores(seed)
    assert scores["real"].shape == (12, 1) and scores["fake"].shape == (9, 1)
