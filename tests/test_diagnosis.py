import math

import numpy as np
import pytest

from gan_helpers import data, diagnosis
from gan_helpers.training import History

DRAW = 2 * math.log(2)


def history(generator, discriminator, *, epochs=40, steps=15):
    def drawn(value):
        values = value(np.arange(epochs)) if callable(value) else np.full(epochs, value)
        return [float(one) for one in values]

    losses = {"generator_loss": drawn(generator), "discriminator_loss": drawn(discriminator)}
    return History(list(range(1, epochs + 1)), losses, [1.0] * epochs, steps, 256, "quick")


def wobble(mean, swing):
    return lambda epochs: mean + swing * np.sin(epochs)


HEALTHY = history(wobble(0.9, 0.1), wobble(1.2, 0.1))


@pytest.fixture(scope="module")
def real():
    (images, _), _ = data.load_digits28()
    return (images[:600, ..., None] / 127.5 - 1).astype(np.float32)


@pytest.fixture(scope="module")
def other(real):
    (images, _), _ = data.load_digits28()
    return (images[600:800, ..., None] / 127.5 - 1).astype(np.float32)


def names(*args, **kwargs):
    return [finding.name for finding in diagnosis.diagnose(*args, **kwargs)]


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        (history(wobble(7, 1.0), wobble(0.03, 0.01)), ["the discriminator has won"]),
        (history(wobble(9, 0.01), 0.001), ["the discriminator has won", "vanishing gradients"]),
        (history(math.log(2), wobble(DRAW, 1e-4)), ["the discriminator does not learn"]),
        (history(0.01, wobble(6, 1.0)), ["the generator has won"]),
        (history(wobble(2, 1.9), wobble(1.0, 0.3)), ["unstable training"]),
        (history(lambda n: np.where(n > 10, np.nan, 1.0), 1.2), ["diverged"]),
    ],
)
def test_planted_failures_in_losses_are_named(run, expected):
    found = diagnosis.diagnose(run)
    assert [finding.name for finding in found] == expected
    assert all(len(str(finding)) > 60 for finding in found)


def test_figure_is_in_the_words():
    won = diagnosis.diagnose(history(7, 0.03))[0]
    assert won.figure == pytest.approx(0.03) and "0.030" in won.words
    assert diagnosis.diagnose(history(lambda n: np.where(n > 10, np.inf, 1), 1))[0].figure == 12


@pytest.mark.parametrize(
    "run",
    [
        HEALTHY,
        history(wobble(0.75, 0.05), wobble(1.35, 0.04)),  # near a draw, but alive
        history(wobble(2.0, 0.3), wobble(0.7, 0.1)),  # a simple generator, usual for few epochs
        History([1], {"other": [1.0]}, [1.0], 500),
    ],
)
def test_healthy_histories_are_left_alone(run):
    assert names(run) == []


def test_too_short_a_run_is_not_judged(real):
    short = history(9, 0.001, epochs=50, steps=1)
    assert names(short, samples=np.zeros((50, 28, 28, 1)), real=real) == []
    assert names(history(math.nan, 1.0, epochs=2)) == ["diverged"]


def test_collapsed_samples(real, other):
    rng = np.random.default_rng(0)
    same = np.repeat(real[:1], 100, 0) + 0.1 * rng.normal(size=(100, 28, 28, 1))
    found = diagnosis.diagnose(HEALTHY, samples=same.clip(-1, 1), real=real)
    assert [finding.name for finding in found] == ["mode collapse"]
    assert found[0].figure < 0.5 and f"{found[0].figure:.0%}" in found[0].words
    assert names(HEALTHY, samples=other, real=real) == []


def test_samples_of_few_classes():
    rng = np.random.default_rng(0)
    assert names(labels=rng.integers(0, 2, 500)) == ["mode collapse"]
    assert names(labels=np.eye(10)[rng.integers(3, 5, 500)]) == ["mode collapse"]
    assert names(labels=rng.integers(0, 10, 500)) == []
    assert names(labels=np.zeros(16, int)) == [], "16 images are too few to tell"


@pytest.mark.parametrize(
    "wrong",
    [
        lambda images: images,  # tanh for data in 0 to 1
        lambda images: 3 * images,  # no last activation
        lambda images: 0.1 * (images + 1) / 2,  # far too dark
    ],
)
def test_output_range_that_does_not_fit(real, other, wrong):
    scaled = (real + 1) / 2
    assert "output range does not fit the data" in names(samples=wrong(other), real=scaled)
    assert names(samples=(other + 1) / 2, real=scaled) == []


def test_sigmoid_for_data_from_minus_one(real, other):
    assert "output range does not fit the data" in names(samples=(other + 1) / 2, real=real)


def test_generator_that_is_not_trained(real, other):
    assert names(samples=other, earlier_samples=other) == ["standstill"]
    assert names(samples=other, earlier_samples=np.roll(other, 1, axis=1)) == []


def test_samples_that_are_not_numbers(real):
    assert names(samples=np.full((4, 28, 28, 1), np.nan), real=real) == ["diverged"]


def test_report_is_one_line_per_finding():
    findings = diagnosis.diagnose(history(9, 0.001))
    assert len(diagnosis.report(findings).splitlines()) == 1 + len(findings) == 3
    assert diagnosis.report([]) == "Diagnosis: nothing conspicuous."


def test_senseless_questions_are_refused(real):
    with pytest.raises(ValueError, match="something to look at"):
        diagnosis.diagnose()
    with pytest.raises(ValueError, match="must be the same"):
        diagnosis.diagnose(samples=np.zeros((4, 14, 14, 1)), real=real)
    with pytest.raises(ValueError, match="equal noise"):
        diagnosis.diagnose(samples=real[:4], earlier_samples=real[:5])
