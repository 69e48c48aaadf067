import math

import numpy as np
import pytest

from gan_helpers import data, diagnosis
from gan_helpers._scorer.model import mnist_scorer
from gan_helpers.history import History
from gan_helpers.quality import QualityLog

pytestmark = pytest.mark.slow  # imports TensorFlow

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
    (images, _), _ = data.load_mnist(source="digits")
    return (images[:600, ..., None] / 127.5 - 1).astype(np.float32)


@pytest.fixture(scope="module")
def other(real):
    (images, _), _ = data.load_mnist(source="digits")
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
        # A generator that maximises log(1 - D), which is flat where D has won.
        (history(-1e-4, 1e-3), ["the discriminator has won", "vanishing gradients"]),
        (history(wobble(8000, 900), wobble(1.0, 0.9)), ["exploding losses"]),
        (history(0.01, wobble(90, 9)), ["exploding losses"]),
        (history(0.687, wobble(1.396, 0.001)), ["the discriminator does not learn"]),
    ],
)
def test_planted_failures_in_losses_are_named(run, expected):
    found = diagnosis.diagnose(run)
    assert [finding.name for finding in found] == expected
    assert all(len(str(finding)) > 60 for finding in found)


def test_figure_is_in_the_words():
    won = diagnosis.diagnose(history(7, 0.03))[0]
    assert won.number == pytest.approx(0.03) and "0.030" in won.words
    assert diagnosis.diagnose(history(lambda n: np.where(n > 10, np.inf, 1), 1))[0].number == 12


@pytest.mark.parametrize(
    "run",
    [
        HEALTHY,
        history(wobble(0.75, 0.05), wobble(1.35, 0.04)),  # near a draw, but alive
        history(wobble(2.0, 0.3), wobble(0.7, 0.1)),  # a simple generator, usual for few epochs
        History([1], {"other": [1.0]}, [1.0], 500),
        history(wobble(-1.0, 0.05), wobble(0.9, 0.05)),  # a generator that maximises log(1 - D)
        history(wobble(0.0, 3.0), wobble(-0.1, 0.05)),  # a Wasserstein GAN
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
    assert found[0].number < 0.5 and f"{found[0].number:.0%}" in found[0].words
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


def test_noise_is_not_called_mode_collapse(real, other):
    rng = np.random.default_rng(0)
    noise = rng.uniform(-1, 1, size=other.shape)
    eights = np.full(len(other), 8)  # what a classifier may say of noise
    found = diagnosis.diagnose(HEALTHY, samples=noise, real=real, labels=eights)
    assert [finding.name for finding in found] == ["noise instead of images"]
    assert found[0].number == pytest.approx(1, abs=0.02) and "100%" in found[0].words
    grainy = (other + 0.3 * rng.normal(size=other.shape)).clip(-1, 1)
    assert names(HEALTHY, samples=grainy, real=real) == []
    assert names(samples=noise, real=noise[::-1]) == []


def quality_log(tmp_path, *values, floor=0.8):
    log = QualityLog(tmp_path / "none.jsonl")
    for index, value in enumerate(values, 1):
        one = None if value is None else {"frechet": value, "frechet_floor": floor}
        log.records[5 * index] = one
    return log


def test_quality_that_does_not_improve_or_is_lost(tmp_path):
    found = diagnosis.diagnose(quality=quality_log(tmp_path, 70, 68, 71, None, 69))
    assert [finding.name for finding in found] == ["no progress"]
    assert "70.0 after epoch 5" in found[0].words and found[0].number == pytest.approx(69 / 70)
    found = diagnosis.diagnose(HEALTHY, quality=quality_log(tmp_path, 70, 20, 9, 15, 33))
    assert [finding.name for finding in found] == ["quality is lost again"]
    assert "9.0 after epoch 15" in found[0].words
    assert names(quality=quality_log(tmp_path, 70, 40, 20, 22, 12)) == []
    assert names(quality=quality_log(tmp_path, 70, 1.0, 1.5, 3.1)) == [], "all near to real images"
    assert names(quality=quality_log(tmp_path, 70, 70, 70)) == [], "too few to tell"


class Generator:
    """Stands in for a Keras model; makes copies of real images, or one image only."""

    input_shape = (None, 5)

    def __init__(self, images):
        self._images = images

    def __call__(self, noise, training):
        assert training is False and np.asarray(noise).shape[1:] == (5,)
        order = (1000 * np.abs(np.asarray(noise)[:, 0])).astype(int) % len(self._images)
        return self._images[order]


def test_after_a_training_samples_are_made_and_read(real, other, tmp_path):
    scorer = mnist_scorer()
    assert diagnosis.after_training(HEALTHY, Generator(other), real, scorer=scorer) == []
    collapsed = diagnosis.after_training(HEALTHY, Generator(other[:2]), real, scorer=scorer)
    assert {finding.name for finding in collapsed} == {"mode collapse"}
    broken = diagnosis.after_training(HEALTHY, Generator(other * np.nan), real, scorer=scorer)
    assert [finding.name for finding in broken] == ["diverged"]
    lost = diagnosis.after_training(
        HEALTHY, Generator(other), real, quality=quality_log(tmp_path, 70, 20, 9, 33)
    )
    assert [finding.name for finding in lost] == ["quality is lost again"]
    short = history(9, 0.001, epochs=50, steps=1)
    assert diagnosis.after_training(short, None, real) == [], "nothing is made for it"


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
