import json
import os
import zlib
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from gan_helpers import evidence
from gan_helpers._evidence.format import ARRAY_BYTES
from gan_helpers.history import History

pytestmark = pytest.mark.slow  # imports TensorFlow


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_HELPERS_EVIDENCE", str(tmp_path / "evidence"))
    monkeypatch.setattr(evidence, "challenge", "")
    return tmp_path / "evidence"


@pytest.fixture(scope="module")
def model():
    return keras.Sequential(
        [keras.Input((5,)), keras.layers.Dense(4), keras.layers.Dropout(0.5)], name="m"
    )


class Recorded:
    def __init__(self, folder, question="q"):
        self.json = json.loads((folder / f"{question}.json").read_text())
        path = folder / f"{question}.npz"
        self.arrays = dict(np.load(path, allow_pickle=False)) if path.exists() else {}

    def __getitem__(self, name):
        return self.json["objects"][name]

    def array(self, ref):
        return self.arrays[ref["array"]]


def recorded(folder, **objects):
    evidence.record("q", **objects)
    return Recorded(folder)


def test_file_layout_and_line(folder, capsys, monkeypatch):
    monkeypatch.setattr(evidence, "challenge", "abc")
    evidence.record("q2_1", batch_size=64)
    assert json.loads((folder / "q2_1.json").read_text()) == {
        "format": 1,
        "question": "q2_1",
        "challenge": "abc",
        "objects": {"batch_size": {"kind": "number", "value": 64, "type": "int"}},
    }
    assert sorted(os.listdir(folder)) == ["q2_1.json"], "no arrays, no archive, nothing half-made"
    assert capsys.readouterr().out == "Recorded for q2_1: batch_size (64)\n"


def test_default_folder(tmp_path, monkeypatch):
    monkeypatch.delenv("GAN_HELPERS_EVIDENCE")
    monkeypatch.chdir(tmp_path)
    evidence.record("q", x=1)
    assert (tmp_path / "evidence" / "q.json").exists()


def test_object_may_be_called_question(folder):
    assert recorded(folder, question=1)["question"]["value"] == 1


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, {"kind": "none"}),
        (True, {"kind": "bool", "value": True}),
        (np.True_, {"kind": "bool", "value": True}),
        (1.5, {"kind": "number", "value": 1.5, "type": "float"}),
        (np.float32(0.5), {"kind": "number", "value": 0.5, "type": "float32"}),
        (float("nan"), {"kind": "number", "value": "NaN", "type": "float"}),
        (float("-inf"), {"kind": "number", "value": "-Infinity", "type": "float"}),
        (10**30, {"kind": "number", "value": str(10**30), "type": "int"}),
        ("a" * 3000, {"kind": "text", "value": "a" * 2000}),
        (
            [1, "b"],
            {
                "kind": "list",
                "length": 2,
                "items": [
                    {"kind": "number", "value": 1, "type": "int"},
                    {"kind": "text", "value": "b"},
                ],
            },
        ),
        ((), {"kind": "tuple", "length": 0, "items": []}),
        ({"a": None}, {"kind": "dict", "length": 1, "items": {"a": {"kind": "none"}}}),
    ],
)
def test_plain_values(folder, value, expected):
    assert recorded(folder, x=value)["x"] == expected


def test_long_and_deep_containers_are_cut(folder):
    deep = [[[[["bottom"]]]]]
    found = recorded(folder, long=list(range(1000)), deep=deep)
    assert found["long"]["length"] == 1000 and len(found["long"]["items"]) == 50
    level = found["deep"]
    for _ in range(4):
        level = level["items"][0]
    assert level["kind"] == "other"


def test_arrays_and_tensors(folder):
    array = np.arange(6, dtype=np.uint8).reshape(2, 3)
    found = recorded(
        folder, a=array, t=tf.constant([1.0, 3.0]), v=tf.Variable([2]), b=tf.ones(2, tf.bfloat16)
    )
    assert found["a"]["shape"] == [2, 3] and found["a"]["dtype"] == "uint8"
    assert (found["a"]["min"], found["a"]["max"], found["a"]["mean"]) == (0, 5, 2.5)
    np.testing.assert_array_equal(found.array(found["a"]), array)
    assert found["t"]["mean"] == 2 and found["v"]["max"] == 2
    np.testing.assert_array_equal(found.array(found["b"]), [1, 1])


def test_arrays_too_large_are_dropped_with_the_reason(folder):
    parts = [np.ones(2**21, np.uint8) for _ in range(9)]
    found = recorded(folder, big=np.ones(2**21 + 1, np.uint8), parts=parts, objects=np.array([{}]))
    assert found["big"]["array"] is None and "2097152" in found["big"]["dropped"]
    assert found["big"]["shape"] == [2**21 + 1] and found["big"]["max"] == 1
    kept = [item["array"] is not None for item in found["parts"]["items"]]
    assert kept == [True] * 8 + [False]
    assert found["objects"]["array"] is None and "object" in found["objects"]["dropped"]


def test_old_arrays_do_not_stay_behind(folder):
    recorded(folder, a=np.ones(2))
    assert recorded(folder, a=1).arrays == {}


def test_dataset(folder):
    images = np.linspace(-1, 1, 100 * 28 * 28, dtype=np.float32).reshape(100, 28, 28, 1)
    plain = tf.data.Dataset.from_tensor_slices(images)
    found = recorded(
        folder, batched=plain.shuffle(100, seed=0).batch(64), single=plain, endless=plain.repeat()
    )
    one = found["batched"]
    assert one["element"] == {"shape": [None, 28, 28, 1], "dtype": "float32"}
    assert one["cardinality"] == 2 and one["unbatched"] is False
    assert [batch["shape"][0] for batch in one["batches"]] == [64, 36]
    assert -1 <= one["batches"][0]["min"] < one["batches"][0]["max"] <= 1
    first, again = found.array(one["first"]), found.array(one["again"])
    assert first.shape == (64, 28, 28, 1) and again.shape == (8, 28, 28, 1)
    assert not np.array_equal(first[:8], again), "shuffled anew"
    assert found["single"]["unbatched"] is True and len(found["single"]["batches"]) == 3
    assert found["endless"]["cardinality"] is None and found["endless"]["infinite"]


def test_dataset_of_pairs_and_empty(folder):
    pairs = tf.data.Dataset.from_tensor_slices((np.zeros((4, 2)), np.arange(4))).batch(2)
    found = recorded(folder, pairs=pairs, empty=pairs.take(0))
    assert [spec["dtype"] for spec in found["pairs"]["element"]] == ["float64", "int64"]
    assert found["pairs"]["batches"][1][1]["max"] == 3
    assert found["empty"]["batches"] == [] and found["empty"]["first"] is None


def test_model(folder, model, monkeypatch):
    monkeypatch.setattr(evidence, "challenge", "secret")
    before = [weight.numpy() for weight in model.variables]
    found = recorded(folder, model=model)
    one = found["model"]
    assert (one["class"], one["input_shape"], one["output_shape"]) == (
        "Sequential",
        [None, 5],
        [None, 4],
    )
    assert one["params"] == one["trainable_params"] == 24
    assert [layer["class"] for layer in one["layers"]] == ["Dense", "Dropout"]
    assert one["layers"][0]["output_shape"] == [None, 4] and one["layers"][0]["params"] == 24
    kernel = one["weights"][0]
    values = model.layers[0].kernel.numpy()
    assert kernel["path"].endswith("kernel") and kernel["shape"] == [5, 4] and kernel["trainable"]
    assert kernel["std"] == pytest.approx(values.std(), rel=1e-5)
    rng = np.random.default_rng(zlib.crc32(("secret" + kernel["path"]).encode()))
    sample = values.reshape(-1)[rng.integers(0, 20, size=16)]
    np.testing.assert_allclose(kernel["sample"], sample)
    rebuilt = keras.models.model_from_json(one["config"])
    rebuilt.set_weights(model.get_weights())
    probe = found.array(one["probe"]["input"])
    expected = np.random.default_rng(zlib.crc32(b"secret")).normal(size=(2, 5))
    np.testing.assert_allclose(probe, expected.astype(np.float32))
    np.testing.assert_allclose(
        found.array(one["probe"]["output"]), rebuilt(probe, training=False), rtol=1e-5
    )
    for weight, value in zip(model.variables, before, strict=True):
        np.testing.assert_array_equal(weight, value)


def test_digest_tells_fresh_weights_from_old(folder, model):
    found = recorded(folder, a=model, b=keras.models.clone_model(model), c=model)
    digest = {name: found[name]["weights"][0]["digest"] for name in "abc"}
    assert digest["a"] == digest["c"] != digest["b"]


def test_models_that_are_not_usual(folder):
    class Broken(keras.Model):
        def call(self, inputs):
            raise RuntimeError("does not work")

    unbuilt = keras.Sequential([keras.layers.Dense(1)])
    a, b = keras.Input((2,)), keras.Input((3,))
    both = keras.Model([a, b], keras.layers.Concatenate()([a, b]))
    found = recorded(folder, broken=Broken(), unbuilt=unbuilt, both=both)
    assert found["broken"]["kind"] == "model" and found["broken"]["probe"]["kind"] == "error"
    assert found["unbuilt"]["params"] is None and found["unbuilt"]["probe"]["kind"] == "error"
    assert found["both"]["input_shape"] == [[None, 2], [None, 3]]
    assert found["both"]["probe"]["output"]["shape"] == [2, 5]


def test_optimizer(folder):
    schedule = keras.optimizers.schedules.ExponentialDecay(0.5, 10, 0.9)
    found = recorded(
        folder, adam=keras.optimizers.Adam(1e-3, beta_1=0.5), sgd=keras.optimizers.SGD(schedule)
    )
    adam = found["adam"]
    assert adam["class"] == "Adam" and adam["iterations"] == 0
    assert adam["learning_rate"] == pytest.approx(1e-3)
    assert adam["config"]["beta_1"] == 0.5
    assert found["sgd"]["learning_rate"] == pytest.approx(0.5)


def test_loss(folder):
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    found = recorded(folder, loss=loss)["loss"], Recorded(folder)
    probe = found[0]["probe"]
    y_true, y_pred = (found[1].array(probe[name]) for name in ("y_true", "y_pred"))
    expected = np.mean(np.logaddexp(0, y_pred) - y_true * y_pred)
    assert probe["value"] == pytest.approx(expected, rel=1e-5)
    assert found[0]["config"]["from_logits"] is True


def test_functions(folder):
    def plain(a, b=1, *, c):
        return a

    class CallsItself:
        def __call__(self, a):
            return a

    found = recorded(folder, plain=plain, compiled=tf.function(plain), short=lambda: 1, builtin=len)
    assert found["plain"]["parameters"] == ["a", "b", "c"] and found["plain"]["required"] == 2
    assert found["compiled"]["name"] == "plain" and found["compiled"]["required"] == 2
    assert found["short"]["required"] == 0 and found["builtin"]["kind"] == "function"
    assert recorded(folder, one=CallsItself())["one"]["kind"] == "other"


def test_history_and_checkpoint(folder, model):
    history = History([1], {"loss": [float("nan")]}, [0.1], 2, 8, "quick")
    optimizer = keras.optimizers.Adam()
    checkpoint = tf.train.Checkpoint(generator=model, optimizer=optimizer)
    found = recorded(folder, history=history, checkpoint=checkpoint, model=model)
    assert found["history"]["losses"] == {"loss": ["NaN"]} and found["history"]["batch_size"] == 8
    assert found["checkpoint"]["trackables"] == {"generator": "Sequential", "optimizer": "Adam"}
    assert found["checkpoint"]["same"] == {"generator": "model", "optimizer": None}


def test_folder_with_pictures(folder, tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    for epoch in (2, 1, 10):
        Image.new("L", (6, 4), epoch).save(run / f"image_at_epoch_{epoch:04d}.png")
    (run / "notes.txt").write_text("x")
    found = recorded(folder, run=run, nothing=tmp_path / "missing")
    one = found["run"]
    assert "notes.txt" in one["files"] and len(one["files"]) == 4
    assert one["images"]["names"][-1] == "image_at_epoch_0010.png"
    stack = found.array(one["images"])
    assert stack.shape == (3, 4, 6) and list(stack[:, 0, 0]) == [1, 2, 10]
    assert found["nothing"]["kind"] == "other"


def test_many_pictures_are_made_smaller_to_fit(folder, tmp_path):
    for epoch in range(1, 51):
        Image.new("L", (244, 244), epoch).save(tmp_path / f"image_at_epoch_{epoch:04d}.png")
    found = recorded(folder, run=tmp_path)
    stack = found.array(found["run"]["images"])
    assert len(stack) == 50 and stack.nbytes <= ARRAY_BYTES
    assert list(stack[:, 5, 5]) == list(range(1, 51))


def test_picture(folder):
    found = recorded(folder, grey=Image.new("L", (3, 2), 7), palette=Image.new("P", (3, 2)))
    assert found["grey"]["mode"] == "L" and found["grey"]["size"] == [3, 2]
    np.testing.assert_array_equal(found.array(found["grey"]), np.full((2, 3), 7))
    assert found["palette"]["mode"] == "P" and found["palette"]["shape"] == [2, 3, 3]


class EvilMeta(type):
    @property
    def __name__(cls):
        raise RuntimeError("no name")


def hostile_objects(model):
    class Raises:
        def __getattribute__(self, name):
            raise SystemExit("no attributes")

        def __repr__(self):
            raise MemoryError("no repr")

    class LiesAboutItsClass:
        @property
        def __class__(self):
            raise ValueError("no class")

    class Pretends:
        __class__ = keras.Model

    class EvilString(str):
        def __getitem__(self, key):
            raise RuntimeError("no slices")

        def __str__(self):
            return 5

    class EvilList(list):
        def __iter__(self):
            raise RuntimeError("no iteration")

        def __len__(self):
            return -1

    class EvilDict(dict):
        def items(self):
            raise RuntimeError("no items")

    class EvilInt(int):
        def __int__(self):
            raise OverflowError("no number")

        __index__ = __abs__ = __float__ = __int__

    class EvilArray(np.ndarray):
        def __getattribute__(self, name):
            raise RuntimeError("no array")

    class EvilModel(keras.Sequential):
        @property
        def layers(self):
            raise GeneratorExit("no layers")

    class UnprintableError(Exception):
        def __str__(self):
            raise RuntimeError("not even the error")

    class RaisesUnprintable:
        def __repr__(self):
            raise UnprintableError

    class Nameless(metaclass=EvilMeta):
        pass

    def generator():
        raise RuntimeError("bad data")
        yield 1

    loop = []
    loop.append(loop)
    return {
        "raises": Raises(),
        "lies": LiesAboutItsClass(),
        "pretends": Pretends(),
        "string": EvilString("abc"),
        "list": EvilList([1, 2]),
        "dict": EvilDict(a=1),
        "int": EvilInt(3),
        "array": np.zeros(3).view(EvilArray),
        "model": EvilModel([keras.layers.Dense(1)]),
        "unprintable": RaisesUnprintable(),
        "nameless": Nameless(),
        "huge_int": 10**5000,
        "surrogate": "\ud800",
        "loop": loop,
        "dataset": tf.data.Dataset.from_generator(generator, output_types=tf.int32),
        "structured": np.zeros(2, dtype=[("a", "i4"), ("b", "O")]),
        "strings": np.array(["a", "b"]),
        "text_tensor": tf.constant(["a"]),
        "ragged": tf.ragged.constant([[1], [2, 3]]),
        "class": Raises,
        "module": os,
        "keys": {Raises: 1, ("a",): 2},
        "symbolic": keras.Input((2,)),
        "good": 1,
    }


def test_hostile_objects_never_raise_and_spoil_nothing(folder, model, capsys):
    objects = hostile_objects(model)
    found = recorded(folder, **objects)
    assert set(found.json["objects"]) == set(objects)
    assert found["good"] == {"kind": "number", "value": 1, "type": "int"}
    for name in ("raises", "unprintable", "model", "dataset", "huge_int"):
        assert found[name]["kind"] == "error", name
        assert set(found[name]) == {"kind", "type", "message"}
    assert found["pretends"]["kind"] != "model"
    assert found["list"]["items"][1]["value"] == 2, "the real list, not what it pretends"
    assert capsys.readouterr().out.startswith("Recorded for q: ")


def test_bad_questions_and_folders_never_raise(folder, tmp_path, monkeypatch, capsys):
    evidence.record("../../escape", x=1)
    assert [path.name for path in folder.iterdir()] == ["_.._escape.json"] or (
        len(list(folder.iterdir())) == 1
    )
    assert not list(tmp_path.glob("escape*"))
    evidence.record(5, x=1)
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GAN_HELPERS_EVIDENCE", str(tmp_path / "file"))
    evidence.record("q", x=1)
    assert "Recording did not work" in capsys.readouterr().out


def test_closed_stdout_does_not_raise(folder, monkeypatch):
    class Closed:
        def write(self, text):
            raise ValueError("I/O operation on closed file")

    monkeypatch.setattr("sys.stdout", Closed())
    evidence.record("q", x=1)
    assert Path(folder / "q.json").exists()


def test_interrupt_is_let_through():
    class Interrupted:
        def __repr__(self):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        evidence.record("q", x=Interrupted())
