import hashlib
import random

import keras
import numpy as np
import pytest
import tensorflow as tf

from gan_helpers import data, metrics
from gan_helpers._scorer import model, train
from gan_helpers._scorer.train import Recipe
from tests.support.real_images import digits, mnist
from tools import train_scorer

pytestmark = pytest.mark.slow  # imports TensorFlow

SHORT = Recipe(steps=12, batch_size=32)


@pytest.fixture(scope="module")
def some():
    return digits()[0][:300]


def test_shipped_file_is_small_plain_and_pinned():
    content = model.MNIST_WEIGHTS.read_bytes()
    assert len(content) <= 1_000_000
    assert hashlib.sha256(content).hexdigest() == model.MNIST_SHA256
    with np.load(model.MNIST_WEIGHTS, allow_pickle=False) as file:
        kinds = {file[key].dtype for key in file.files if "/" in key}
    assert kinds == {np.dtype(np.float16)}
    assert model.mnist_scorer() is model.mnist_scorer(), "read once"


def test_changed_file_is_refused(tmp_path, monkeypatch):
    content = bytearray(model.MNIST_WEIGHTS.read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "changed.npz").write_bytes(content)
    monkeypatch.setattr(model, "MNIST_WEIGHTS", tmp_path / "changed.npz")
    with pytest.raises(ValueError, match="Install gan-helpers again"):
        model.mnist_scorer.__wrapped__()


def test_shipped_scorer_reads_at_least_99_of_100_test_digits():
    _, (images, labels) = mnist()
    shipped = model.mnist_scorer()
    right = (shipped.labels(images[:1000]) == labels[:1000]).mean()
    print(f"The MNIST scorer ({shipped.name}) reads {right:.1%} of 1,000 test digits right.")
    assert right >= 0.99
    assert shipped.accuracy == pytest.approx((shipped.labels(images) == labels).mean(), abs=0.01)


def test_features_vary_by_one_on_average():
    (images, _), _ = mnist()
    features = model.mnist_scorer().features(images)
    assert features.shape == (len(images), 64) and features.min() >= 0
    assert features.var(axis=0).mean() == pytest.approx(1, abs=0.1)


def test_numpy_computes_what_keras_does(some):
    shipped = model.mnist_scorer()
    network = train._network(keras, 10, seed=3)
    for layer in train.LAYERS:
        network.get_layer(layer).set_weights(
            [shipped.weights[f"{layer}/kernel"], shipped.weights[f"{layer}/bias"]]
        )
    expected = network(model.pixels(some[:70]), training=False)
    np.testing.assert_allclose(shipped.look_at(some[:70])[1], expected, atol=1e-4)


def test_features_do_not_depend_on_the_size_of_the_batch(some):
    shipped = model.mnist_scorer()
    whole = shipped.features(some)
    for size in (1, 7, 64, 100):
        parts = [shipped.features(some[i : i + size]) for i in range(0, 100, size)]
        np.testing.assert_allclose(np.concatenate(parts)[:100], whole[:100], atol=1e-5)
    parts = np.concatenate([shipped.features(some[i : i + 77]) for i in range(0, 300, 77)])
    distances = [metrics.frechet_distance(one[:150], one[150:]) for one in (whole, parts)]
    assert distances[0] == pytest.approx(distances[1], abs=1e-5)


def test_every_form_of_the_same_images_gives_the_same_features(some):
    shipped, images = model.mnist_scorer(), some[:5]
    expected = shipped.features(images)
    for same, value_range in (
        (images[..., None], (-1, 1)),
        (images / 127.5 - 1, (-1, 1)),
        ((images / 127.5 - 1).astype(np.float32)[..., None], (-1, 1)),
        (images / 255, (0, 1)),
        (images.astype(np.float64), (0, 255)),
        (tf.constant(images / 255), (0, 1)),
    ):
        found = shipped.features(same, value_range=value_range)
        np.testing.assert_allclose(found, expected, atol=1e-4)
    half = tf.cast(images / 127.5 - 1, tf.bfloat16)
    np.testing.assert_allclose(shipped.features(half), expected, atol=0.2)


def test_values_outside_of_the_range_are_clipped(some):
    images = some[:5] / 255
    shipped = model.mnist_scorer()
    outside = np.where(images > 0.5, 3.0, -2.0)
    inside = np.where(images > 0.5, 1.0, 0.0)
    np.testing.assert_array_equal(
        shipped.features(outside, value_range=(0, 1)), shipped.features(inside, value_range=(0, 1))
    )


@pytest.mark.parametrize(
    ("images", "value_range", "message"),
    [
        (np.zeros((2, 28, 28, 3)), (-1, 1), r"got \(2, 28, 28, 3\)"),
        (np.zeros((28, 28)), (-1, 1), "shape"),
        (np.zeros((0, 28, 28)), (-1, 1), "at least 1"),
        (np.zeros((2, 32, 32)), (-1, 1), "shape"),
        (np.zeros((2, 28, 28), np.int64), (-1, 1), "not int64"),
        (np.zeros((2, 28, 28), bool), (-1, 1), "not bool"),
        (np.full((2, 28, 28), np.nan), (-1, 1), "diverged"),
        (np.full((2, 28, 28), 255.0), (-1, 1), r"reach 255.*value_range=\(0, 255\)"),
        (np.zeros((2, 28, 28)), (1, 0), "larger"),
    ],
)
def test_other_images_are_refused_in_one_sentence(images, value_range, message):
    with pytest.raises(ValueError, match=message):
        model.mnist_scorer().features(images, value_range=value_range)


def test_shipped_scorer_is_taken_where_it_reads_the_labels(capsys):
    (images, labels), _ = mnist()
    assert train.scorer_for(images[:500], labels[:500]) is model.mnist_scorer()
    assert "the shipped one" in capsys.readouterr().out


def random_streams():
    generator = tf.random.get_global_generator().state.numpy().tolist()
    return random.getstate(), np.random.get_state()[1].tolist(), generator


def test_other_data_are_learnt_once_and_kept(tmp_path, monkeypatch, capsys):
    images, labels = digits()
    upside_down = images[:400, ::-1]
    keras.config.set_dtype_policy("mixed_bfloat16")
    streams = random_streams()
    try:
        first = train.scorer_for(upside_down, labels[:400], cache_folder=tmp_path, recipe=SHORT)
        assert keras.config.dtype_policy().name == "mixed_bfloat16"
    finally:
        keras.config.set_dtype_policy("float32")
    assert random_streams() == streams, "the session's random numbers are not touched"
    assert "training one on 400 images" in capsys.readouterr().out
    assert first.classes == 10 and "trained on 360" in first.name
    assert first.features(upside_down).var(axis=0).mean() == pytest.approx(1, abs=0.3)

    def no_training(*args, **kwargs):
        raise AssertionError("trained although it was kept")

    with monkeypatch.context() as patch:
        patch.setattr(train, "train", no_training)
        again = train.scorer_for(upside_down, labels[:400], cache_folder=tmp_path, recipe=SHORT)
        assert again.digest == first.digest
        for changed in (upside_down[:399], images[:400]):
            with pytest.raises(AssertionError):
                train.scorer_for(
                    changed, labels[: len(changed)], cache_folder=tmp_path, recipe=SHORT
                )
    capsys.readouterr()
    # A damaged file is noticed, said and replaced; the new weights owe nothing to the session.
    keras.utils.set_random_seed(7)
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(kept.read_bytes()[:-1000])
    third = train.scorer_for(upside_down, labels[:400], cache_folder=tmp_path, recipe=SHORT)
    assert "cannot be used" in capsys.readouterr().out
    assert hashlib.sha256(kept.read_bytes()).hexdigest() == third.digest
    for name, value in first.weights.items():
        np.testing.assert_allclose(third.weights[name], value, atol=0.02, err_msg=name)


def test_folder_that_cannot_be_written_costs_the_cache_only(tmp_path, monkeypatch, capsys):
    weights = model.mnist_scorer().weights
    monkeypatch.setattr(train, "train", lambda *args, **kwargs: weights)
    (tmp_path / "file").write_text("in the way")
    images, labels = digits()
    found = train.scorer_for(
        images[:100], labels[:100], cache_folder=tmp_path / "file" / "folder", recipe=SHORT
    )
    assert found.classes == 10 and "could not be kept" in capsys.readouterr().out


def test_cache_is_in_the_users_cache_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert train._default_folder() == tmp_path / "gan_helpers"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert train._default_folder() == tmp_path / ".cache" / "gan_helpers"


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.zeros(29, int), "30 whole numbers"),
        (np.zeros(30), "whole numbers"),
        (np.zeros(30, int), "two classes"),
        (np.arange(30) - 1, "from 0"),
    ],
)
def test_labels_that_do_not_fit_are_refused(some, labels, message):
    with pytest.raises(ValueError, match=message):
        train.scorer_for(some[:30], labels)


def test_command_trains_measures_and_says_what_to_pin(tmp_path, monkeypatch, capsys):
    mnist()
    asked = []

    def no_training(images, labels, *, recipe, classes):
        asked.append((images.shape[1:], len(images) == len(labels), recipe.steps, classes))
        return model.mnist_scorer().weights

    monkeypatch.setattr(train_scorer, "train", no_training)
    train_scorer.main(["--output", str(tmp_path / "weights" / "a.npz"), "--steps", "3"])
    assert asked == [((28, 28, 1), True, 3, 10)]
    said = capsys.readouterr().out
    digest = hashlib.sha256((tmp_path / "weights" / "a.npz").read_bytes()).hexdigest()
    assert said.splitlines()[-1] == digest and "of 1,000 test digits right" in said


def test_command_refuses_stand_ins_for_mnist(tmp_path, monkeypatch, capsys):
    stand_ins = data.load_mnist(source="digits")
    monkeypatch.setattr(data, "load_mnist", lambda: stand_ins)
    with pytest.raises(SystemExit):
        train_scorer.main(["--output", str(tmp_path / "a.npz")])
    assert "MNIST itself is needed" in capsys.readouterr().err
