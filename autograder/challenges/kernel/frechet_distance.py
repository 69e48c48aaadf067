"""The squared Fréchet distance, on both sides: as a stand-in and to judge by."""

from __future__ import annotations

import numpy as np


def frechet_distance(features_1: np.ndarray, features_2: np.ndarray, *, ddof: int = 1) -> float:
    """Return the squared Fréchet distance of two samples of features, each taken for Gaussian.

    Heusel et al., "GANs trained by a two time-scale update rule converge to a local Nash
    equilibrium" (2017).

    Args:
        features_1: Of shape ``(rows, features)``.
        features_2: Likewise, with any number of rows.
        ddof: What is taken from the number of rows where a covariance is divided by it.
    """
    samples = [np.asarray(sample, np.float64) for sample in (features_1, features_2)]
    shift = samples[0].mean(axis=0) - samples[1].mean(axis=0)
    covariances = [np.cov(sample, rowvar=False, ddof=ddof) for sample in samples]
    values, vectors = np.linalg.eigh(covariances[0])
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    # The root of the product has the same trace as the root of this symmetric matrix.
    shared = np.linalg.eigvalsh(root @ covariances[1] @ root)
    spread = np.trace(covariances[0]) + np.trace(covariances[1])
    return float(shift @ shift + spread - 2 * np.sqrt(np.maximum(shared, 0)).sum())
