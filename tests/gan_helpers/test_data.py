import keras
import numpy as np
import pytest

from gan_helpers import budget, data


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_HELPERS_DATA", str(tmp_path))
    return tmp_path


def arrays(**changes):
    rng = np.random.default_rng(0)
    made = {
        "x_train": rng.integers(0, 256, (600, 28, 28), dtype=np.uint8),
        "y_train": rng.integers(0, 10, 600, dtype=np.uint8),
        "x_test": rng.integers(0, 256, (7, 28, 28), dtype=np.uint8),
        "y_test": rng.integers(0, 10, 7, dtype=np.uint8),
    }
    made.update(changes)
    return {key: value for key, value in made.items() if value is not None}


def test_folder_is_read_and_said(folder, capsys):
    made = arrays()
    np.savez(folder / "mnist.npz", **made)
    (x_train, y_train), (x_test, y_test) = data.load_mnist()
    np.testing.assert_array_equal(x_train, made["x_train"])
    np.testing.assert_array_equal(y_test, made["y_test"])
    assert x_test.dtype == y_train.dtype == np.uint8
    assert "GAN_HELPERS_DATA" in capsys.readouterr().out


def test_fashion_mnist_has_its_own_file(folder):
    np.savez(folder / "fashion_mnist.npz", **arrays(y_train=np.full(600, 3, np.int64)))
    (_, y_train), _ = data.load_fashion_mnist()
    assert y_train.dtype == np.uint8 and set(y_train) == {3}


def test_budget_truncates_the_training_set_only(folder, capsys):
    np.savez(folder / "mnist.npz", **arrays())
    (x_train, y_train), (x_test, _) = data.load_mnist(budget=budget.GRADING)
    assert len(x_train) == len(y_train) == 512 and len(x_test) == 7
    assert "keeps 512 of 600 training images" in capsys.readouterr().out
    (x_train, _), _ = data.load_mnist(budget=budget.QUICK)
    assert len(x_train) == 600


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"y_test": None}, "lacks y_test"),
        ({"x_train": np.zeros((600, 28, 28), np.float32)}, "x_train is float32"),
        ({"x_train": np.zeros((600, 784), np.uint8)}, r"x_train is uint8 \(600, 784\)"),
        ({"x_train": np.zeros((0, 28, 28), np.uint8)}, r"\(0, 28, 28\)"),
        ({"x_train": np.ones((600, 28, 28), np.uint8)}, "range 0 to 255"),
        ({"y_train": np.zeros(599, np.uint8)}, r"must be whole numbers \(600,\)"),
        ({"y_train": np.zeros(600, np.float32)}, "y_train is float32"),
        ({"y_test": np.full(7, 10, np.uint8)}, "labels from 10 to 10"),
        ({"y_train": np.full(600, -1, np.int8)}, "labels from -1"),
        ({"x_test": np.array([object()], dtype=object)}, "cannot be read"),
    ],
)
def test_bad_files_are_refused_with_the_reason(folder, changes, message):
    np.savez(folder / "mnist.npz", **arrays(**changes))
    with pytest.raises(ValueError, match=message):
        data.load_mnist()


def test_file_that_is_no_archive_is_refused(folder):
    (folder / "mnist.npz").write_bytes(b"PK\x03\x04 half a download")
    with pytest.raises(ValueError, match="Replace the file, or unset GAN_HELPERS_DATA"):
        data.load_mnist()


def test_keras_is_next(folder, monkeypatch, capsys):
    made = arrays()
    train, test = (made["x_train"], made["y_train"]), (made["x_test"], made["y_test"])
    monkeypatch.setattr(keras.datasets.mnist, "load_data", lambda: (train, test))
    (x_train, _), _ = data.load_mnist()
    assert x_train is made["x_train"]
    said = capsys.readouterr().out
    assert "no mnist.npz" in said and "Keras" in said


def test_no_network_gives_real_digits_and_says_so_loudly(monkeypatch, capsys):
    def offline():
        raise Exception("URL fetch failure on somewhere: no route to host")

    monkeypatch.delenv("GAN_HELPERS_DATA", raising=False)
    monkeypatch.setattr(keras.datasets.mnist, "load_data", offline)
    (x_train, y_train), (x_test, y_test) = data.load_mnist()
    said = capsys.readouterr().out
    assert "ATTENTION: these are not the MNIST handwritten digits" in said
    assert "no route to host" in said and said.startswith("+---")
    assert x_train.shape == (1500, 28, 28) and x_test.shape == (297, 28, 28)
    assert x_train.dtype == y_train.dtype == y_test.dtype == np.uint8
    assert x_train.max() > 250 and x_train[:, :4].max() == 0, "MNIST's range and margin"
    assert set(y_train) == set(range(10))


def test_digits_on_request_are_loud_too(monkeypatch, capsys):
    fashion = keras.datasets.fashion_mnist
    monkeypatch.setattr(fashion, "load_data", lambda: pytest.fail("not asked for"))
    (x_train, _), _ = data.load_fashion_mnist(source="digits", budget=budget.GRADING)
    assert len(x_train) == 512
    assert "not the Fashion-MNIST articles" in capsys.readouterr().out


def test_unknown_source_is_refused():
    with pytest.raises(ValueError, match="'auto' or 'digits'"):
        data.load_mnist(source="web")
