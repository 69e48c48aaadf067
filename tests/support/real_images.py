"""Real digits for tests: MNIST where it can be had without a download, else scikit-learn's."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from gan_helpers import data


def mnist():
    """MNIST from the folder of GAN_HELPERS_DATA; without it the test is skipped."""
    folder = os.environ.get("GAN_HELPERS_DATA")
    if not folder or not (Path(folder) / "mnist.npz").exists():
        pytest.skip("needs mnist.npz in the folder of GAN_HELPERS_DATA")
    return data.load_mnist()


def digits():
    """1,797 real digits, uint8 and mixed, that are always there."""
    (x_train, y_train), (x_test, y_test) = data.load_mnist(source="digits")
    order = np.random.default_rng(0).permutation(1797)
    return np.concatenate([x_train, x_test])[order], np.concatenate([y_train, y_test])[order]
