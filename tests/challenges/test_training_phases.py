"""A small pair tells which network was trained, towards which label, and with what noise."""

from __future__ import annotations

import importlib.util
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from autograder.challenges.training_phases import (
    NOISE,
    Outcome,
    Pair,
    loss_of_label_1,
    train_small_pair,
)
from gan_helpers import sampling

ROOT = Path(__file__).resolve().parents[2]
PAIR = Pair.draw(7, 250)


def outcome(**changed: object) -> Outcome:
    """Return the outcome of a training that changed nothing, but for what is given."""
    untrained = {
        "pair": PAIR,
        "gen_kernel": np.zeros((NOISE, 784), np.float32),
        "gen_bias": PAIR.fake,
        "disc_kernel": PAIR.kernel,
        "disc_bias": PAIR.bias,
        "disc_steps": 0,
        "gen_steps": 0,
    }
    return Outcome(**{**untrained, **changed})


def test_loss_is_the_binary_cross_entropy():
    assert float(loss_of_label_1(0.0)) == pytest.approx(np.log(2))
    assert float(loss_of_label_1(3.0)) == pytest.approx(-np.log(1 / (1 + np.exp(-3))))
    # Close to ln 2 without a bias, so that a loss far from it is wrong whatever was drawn.
    assert PAIR.discriminator_loss() == pytest.approx(np.log(2), rel=0.1)


def test_who_changed():
    assert not outcome().generator_changed and not outcome().discriminator_changed
    assert outcome(gen_bias=PAIR.fake + 1e-6).generator_changed
    assert outcome(disc_bias=0.1).discriminator_changed


@pytest.mark.parametrize(
    ("mean", "spread", "right"),
    [(0, 1, True), (0.5, 0.29, False), (0, 0.58, False), (0, 0, False)],
)
def test_noise_is_read_from_the_weights(mean: float, spread: float, right: bool):
    """As plain gradient descent does it, in three steps on a generator that ignores its noise."""
    rng = np.random.default_rng(0)
    kernel, bias = np.zeros((NOISE, 784), np.float32), PAIR.fake.copy()
    for count in (100, 100, 50):
        noise = mean + spread * rng.normal(size=(count, NOISE))
        slope = (0.05 * 0.5 * PAIR.kernel).astype(np.float32)
        kernel += np.outer(noise.mean(axis=0), slope)
        bias += slope
    found = outcome(gen_kernel=kernel, gen_bias=bias).mean_noise()
    assert found.mean() == pytest.approx(mean, abs=0.06)
    assert bool(abs(found.mean()) < 0.2 and 0.0495 < found.std() < 0.3) is right


def test_kernel_draws_the_pair_of_the_judge():
    """The probe's code draws with the same calls in the same order."""
    code = train_small_pair("p", "after", "c", call="f()", count=250, frozen=True).code("abc")
    drawing = code[code.index("rng =") : code.index("generator = keras")].replace("seed", "7")
    space = {"numpy": np}
    exec("\n".join(line.strip() for line in drawing.splitlines()), space)
    np.testing.assert_array_equal(space["images"], PAIR.images)
    np.testing.assert_array_equal(space["fake"], PAIR.fake)
    np.testing.assert_array_equal(space["kernel"], PAIR.kernel)


@pytest.fixture(scope="module")
def probes_04():
    path = ROOT / "autograder" / "checks" / "04_fashion_gan" / "probes.py"
    spec = importlib.util.spec_from_file_location("probes_04", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("scale", [1, 2, 3])
def test_small_patterns_in_place_of_samples_are_found(probes_04, scale: int):
    """In assignment 04 a sample, and so its sentinel, is only 28 pixels wide."""
    patterns = probes_04.sample_patterns("abc", "d4_call")
    png = probes_04._sample_picture(patterns, range(16))
    with Image.open(io.BytesIO(png)) as picture:
        grid = np.asarray(picture)[::2, ::2]
    samples = grid.reshape(4, 28, 4, 28).swapaxes(1, 2).reshape(16, 28, 28)
    shown = sampling.image_grid(samples[:6], columns=3, scale=scale, value_range=(0, 255))
    assert patterns.find([Image.fromarray(shown)]) == [0, 1, 2, 3, 4, 5]
