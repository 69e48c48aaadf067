"""A small pair tells which network was trained, towards which label, and with what noise."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder.challenges.hooks import Hook, Plan
from autograder.challenges.kernel.state import state
from autograder.challenges.training_phases import (
    NOISE,
    Outcome,
    Pair,
    loss_of_label_1,
    train_small_pair,
)
from autograder.evidence.reader import Evidence
from gan_helpers import evidence as recorder

pytestmark = pytest.mark.slow  # imports TensorFlow

PAIR = Pair.draw(7, 250)


def outcome(**changed: object) -> Outcome:
    """Return the outcome of a training run that changed nothing, but for what is given."""
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
    noise = outcome(gen_kernel=kernel, gen_bias=bias).mean_noise()
    assert noise.mean() == pytest.approx(mean, abs=0.06)
    assert bool(abs(noise.mean()) < 0.2 and 0.0495 < noise.std() < 0.3) is right


@pytest.fixture
def trained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Evidence]:
    """A function that runs a hook in a namespace and returns the evidence that this leaves."""
    monkeypatch.setenv("GAN_HELPERS_EVIDENCE", str(tmp_path / "recorded"))
    monkeypatch.setattr(recorder, "challenge", "abc")
    (tmp_path / "run.json").write_text('{"challenge": "abc"}')

    def run(training: Hook, space: dict[str, Any]) -> Evidence:
        exec(training.code("abc"), space)
        return Evidence(tmp_path)

    return run


def hook(call: str, **options: Any) -> Hook:
    return train_small_pair("p", "after", "c", call=call, count=250, frozen=True, **options)


def test_kernel_trains_the_pair_of_the_judge(trained: Callable[..., Evidence]):
    """What the kernel has drawn is what the judge draws, to the last bit."""

    def look(images: Any, count: int, generator: Any, discriminator: Any) -> np.ndarray:
        assert count == len(images) == 250 and not discriminator.trainable
        np.testing.assert_array_equal(images, pair.images)
        probability = np.asarray(discriminator(generator(np.ones((1, NOISE))))).item()
        logit = np.log(probability / (1 - probability))
        assert logit == pytest.approx(pair.fake_logit(pair.kernel, pair.bias), abs=1e-4)
        return np.float32(0.5)

    looking = hook("look(images, count, generator, discriminator)", bias=0.25)
    pair = Pair.draw(**Plan((looking,)).drawn("p", "abc"))
    space: dict[str, Any] = {"look": look}
    evidence = trained(looking, space)
    result = Outcome.read(evidence.recorded("p"), pair)
    assert not result.generator_changed and not result.discriminator_changed
    assert result.disc_steps == result.gen_steps == 0
    wanted = {"generator": False, "discriminator": False, "finite": True, "keys": None}
    assert state(space)["passed"]["p"] == wanted


def test_what_was_trained_is_told_from_the_weights(trained: Callable[..., Evidence]):
    code = """
    def epoch(generator, discriminator, combined):
        import numpy as np
        discriminator.trainable = True
        discriminator.train_on_batch(np.zeros((4, 28, 28, 1)), np.ones((4, 1)))
        return {"loss": float("nan")}
    """
    space: dict[str, Any] = {}
    exec(textwrap.dedent(code), space)
    training = hook("epoch(generator, discriminator, combined)")
    evidence = trained(training, space)
    pair = Pair.draw(**Plan((training,)).drawn("p", "abc"))
    result = Outcome.read(evidence.recorded("p"), pair)
    assert result.discriminator_changed and not result.generator_changed
    assert (result.disc_steps, result.gen_steps) == (1, 0)
    wanted = {"generator": False, "discriminator": False, "finite": False, "keys": ["loss"]}
    # From black images the kernel learns nothing, only the bias does.
    assert state(space)["passed"]["p"] == wanted


def test_a_function_that_fails_has_not_passed():
    space: dict[str, Any] = {}
    with pytest.raises(NameError, match="'missing' is not defined"):
        exec(hook("missing(images)").code("abc"), space)
    assert not state(space)["passed"]["p"]
