import json
import math

import keras
import numpy as np
import pytest

from gan_helpers import metrics, quality, sampling, training
from gan_helpers._scorer.model import mnist_scorer
from gan_helpers.budget import Budget
from gan_helpers.callbacks import QualityCallback
from tests.support.real_images import digits

pytestmark = pytest.mark.slow  # imports TensorFlow

QUICK = Budget("quick", images_per_epoch=64)


@pytest.fixture(scope="module")
def images():
    return digits()[0]


@pytest.fixture(scope="module")
def reference(images):
    return quality.reference(images[:800], images[800:1300])


def test_every_number_comes_with_its_floor_and_the_number_of_images(images, reference):
    report = quality.evaluate(images[1300:], reference)
    numbers = report.to_dict()
    assert numbers["samples"] == 497, "as many as there are generated ones here"
    for name in ("frechet", "kernel", "density", "coverage", "classes_covered", "class_entropy"):
        assert math.isfinite(numbers[name]) and math.isfinite(numbers[f"{name}_floor"])
    # These are real images too, and so few that the floor itself is no firm ground.
    assert numbers["frechet"] < 2 * numbers["frechet_floor"]
    assert numbers["coverage"] == pytest.approx(numbers["coverage_floor"], abs=0.05)
    assert numbers["classes_covered"] == 10
    assert numbers["memorisation_ratio"] == pytest.approx(1, abs=0.1)
    assert numbers["memorisation_suspicious"] < 0.04
    table = str(report).splitlines()
    assert table[0].startswith("497 images on each side") and "fewer than 500" in table[-1]
    assert [line.split("  ")[0] for line in table[2:10]] == [
        "Fréchet distance",
        "kernel distance",
        "density",
        "coverage",
        "classes covered",
        "class entropy",
        "distance to training",
        "suspiciously near",
    ]


def test_distances_are_those_of_the_features(images, reference):
    report = quality.evaluate(images[1300:1700], reference)
    features = mnist_scorer().features(images[1300:1700])
    expected = metrics.frechet_distance(reference.training[:400], features)
    assert report.distances.frechet == pytest.approx(expected)
    assert report.distances.kernel_floor == pytest.approx(
        metrics.kernel_distance(reference.training[:400], reference.unseen[:400])
    )


def test_planted_faults_show_in_the_number_meant_for_them(images, reference):
    good = quality.evaluate(images[1300:], reference).to_dict()
    copies = quality.evaluate(images[100:500], reference)
    assert copies.memorisation.ratio == 0 and copies.memorisation.suspicious == 1
    np.testing.assert_array_equal(copies.memorisation.nearest, np.arange(100, 500))
    one = quality.evaluate(np.repeat(images[1300:1301], 497, axis=0), reference).to_dict()
    assert one["classes_covered"] == 1 and one["class_entropy"] == 0
    assert one["coverage"] < 0.05 and one["frechet"] > 10 * good["frechet"]
    noise = np.random.default_rng(0).uniform(size=(497, 28, 28))
    noise = quality.evaluate(noise, reference, value_range=(0, 1)).to_dict()
    assert noise["coverage"] < 0.1 and noise["kernel"] > 10 * abs(good["kernel"])


def test_real_images_may_be_sorted_by_class(images, reference):
    labels = mnist_scorer().labels(images[:800])
    by_class = quality.reference(images[:800][labels.argsort()], images[800:1300])
    found = quality.evaluate(images[1300:1500], by_class).to_dict()
    assert found["frechet"] < 2 * found["frechet_floor"]
    assert by_class.digest != reference.digest


# --- over a training ---


class Gan:
    """A dense GAN of 28x28 images that trains in a moment."""

    def __init__(self, images):
        keras.utils.set_random_seed(0)
        layers = keras.layers
        self.generator = keras.Sequential(
            [
                keras.Input((4,)),
                layers.Dense(784, activation="tanh"),
                layers.Reshape((28, 28, 1)),
            ]
        )
        self.optimizer = keras.optimizers.Adam(0.01)
        real = (images[:128, ..., None] / 127.5 - 1).astype(np.float32)
        import tensorflow as tf

        self.dataset = tf.data.Dataset.from_tensor_slices(real).batch(32)

        def step(batch):
            with tf.GradientTape() as tape:
                fake = self.generator(tf.random.stateless_normal((32, 4), seed=(1, 2)))
                loss = tf.reduce_mean((fake - batch) ** 2)
            weights = self.generator.trainable_variables
            self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
            return {"loss": loss}

        self.step = tf.function(step)

    def fit(self, epochs, folder, callbacks):
        return training.fit(
            self.step,
            self.dataset,
            epochs=epochs,
            budget=QUICK,
            networks={"generator": self.generator},
            optimizers={"generator_optimizer": self.optimizer},
            resume_dir=folder,
            resume_every=2,
            callbacks=callbacks,
        )


class Interrupt(keras.callbacks.Callback):
    """Stops a training as suddenly as Python can."""

    def __init__(self, epoch):
        super().__init__()
        self._epoch = epoch

    def on_epoch_end(self, epoch, logs=None):
        if epoch + 1 == self._epoch:
            raise KeyboardInterrupt


def noise():
    return sampling.latent((60, 4), seed=1)


def test_interrupted_training_neither_loses_nor_doubles_values(images, reference, tmp_path, capsys):
    def run(folder, *stops):
        for stop in stops:
            gan = Gan(images)
            watch = QualityCallback(
                gan.generator, noise(), reference, log=folder / "quality.jsonl", every=3
            )
            try:
                gan.fit(8, folder, [watch, Interrupt(stop)])
            except KeyboardInterrupt:
                pass
        return watch.log, gan.generator.get_weights()

    whole, weights = run(tmp_path / "whole", None)
    assert whole.epochs == [3, 6, 8]
    said = capsys.readouterr().out
    assert "Quality after epoch 3: Fréchet distance" in said and "of 10 classes" in said
    # Stopped when epoch 3 had been measured and only epoch 2 been saved, and again in epoch 7.
    parts, resumed = run(tmp_path / "parts", 3, 7, None)
    assert parts.records == whole.records
    assert quality.QualityLog(tmp_path / "parts" / "quality.jsonl").records == whole.records
    unwatched = Gan(images)
    unwatched.fit(8, tmp_path / "unwatched", [])
    for ours, theirs, plain in zip(
        weights, resumed, unwatched.generator.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)
        np.testing.assert_array_equal(ours, plain, "measuring changes nothing in the training")


def test_log_survives_a_kill_at_any_byte(tmp_path, reference, images):
    report = quality.evaluate(images[1300:1400], reference)
    path = tmp_path / "q.jsonl"
    log = quality.QualityLog(path)
    log.begin(after_epoch=0, settings={"noise": "a"})
    for epoch in (5, 10):
        log.add(epoch, report)
    content = path.read_bytes()
    for cut in range(0, len(content), 7):
        path.write_bytes(content[:cut])
        log = quality.QualityLog(path)
        assert log.epochs in ([], [5], [5, 10])
        done = max(log.epochs, default=0)
        log.begin(after_epoch=done, settings={"noise": "a"})
        for epoch in (5, 10):
            if epoch > done:
                log.add(epoch, report)
        assert quality.QualityLog(path).records == {5: report.to_dict(), 10: report.to_dict()}


def test_training_begun_anew_begins_a_new_series(tmp_path, reference, images):
    report = quality.evaluate(images[1300:1400], reference)
    log = quality.QualityLog(tmp_path / "q.jsonl")
    log.begin(after_epoch=0, settings={"noise": "a"})
    log.add(5, report)
    log.add(10, report)
    log.begin(after_epoch=7, settings={"noise": "a"})
    assert log.epochs == [5], "10 is trained again"
    with pytest.raises(ValueError, match=r"another noise \(a then, b now\)"):
        log.begin(after_epoch=7, settings={"noise": "b"})
    log.begin(after_epoch=0, settings={"noise": "b"})
    assert log.epochs == [] == quality.QualityLog(log.path).epochs


def test_diverged_images_are_recorded_as_such(tmp_path, reference, capsys):
    generator = keras.Sequential([keras.Input((4,)), keras.layers.Dense(784)])
    generator.add(keras.layers.Reshape((28, 28, 1)))
    generator.set_weights([np.full((4, 784), np.nan), np.zeros(784)])
    watch = QualityCallback(generator, noise(), reference, log=tmp_path / "q.jsonl", every=1)
    watch.on_epoch_begin(0)
    watch.on_epoch_end(0)
    assert "NaN or infinity" in capsys.readouterr().out
    assert quality.QualityLog(tmp_path / "q.jsonl").records == {1: None}
    assert np.isnan(watch.log.values("frechet")).all()
    for line in (tmp_path / "q.jsonl").read_text().splitlines():
        json.loads(line, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


def test_every_must_be_positive(tmp_path, reference):
    with pytest.raises(ValueError, match="at least 1"):
        QualityCallback(None, noise(), reference, log=tmp_path / "q", every=0)
