"""What a run leaves behind may be forged: reading it is safe, and odd things are refused."""

from __future__ import annotations

import io
import json
import os
import pickle
import struct
import tracemalloc
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image

from autograder.evidence.arrays import read_arrays
from autograder.evidence.reader import Evidence
from autograder.evidence.schema import Array, ArrayReference, Model, Number
from autograder.evidence.unmet import Unmet, one_line
from autograder.judging.networks import Architecture, Rebuilder

CHALLENGE = "0123456789abcdef" * 2


@pytest.fixture
def folder(tmp_path):
    """The folder of a run in which the cell of q1 was run and recorded nothing."""
    for name in ("recorded", "pictures"):
        (tmp_path / name).mkdir()
    cells = {"q1_check": {"status": "ok", "error": None, "seconds": 0.1}}
    run = {"challenge": CHALLENGE, "cells": cells, "stopped": None}
    (tmp_path / "run.json").write_text(json.dumps(run))
    return tmp_path


def write(folder, objects, *, arrays=None, challenge=CHALLENGE, name="q1"):
    """Write a record as the kernel would."""
    content = {"format": 1, "question": name, "challenge": challenge, "objects": objects}
    (folder / "recorded" / f"{name}.json").write_text(json.dumps(content))
    if arrays is not None:
        np.savez_compressed(folder / "recorded" / f"{name}.npz", **arrays)


def write_text(folder, objects_as_text):
    text = f'{{"format": 1, "challenge": "{CHALLENGE}", "objects": {objects_as_text}}}'
    (folder / "recorded" / "q1.json").write_text(text)


def npz(**entries: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(f"{name}.npy", content)
    return buffer.getvalue()


def npy(array, **options) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.asarray(array), **options)
    return buffer.getvalue()


def header(text: str, data: bytes = b"", version: bytes = b"\x01\x00") -> bytes:
    size = struct.pack("<H" if version == b"\x01\x00" else "<I", len(text))
    return b"\x93NUMPY" + version + size + text.encode() + data


class Evil:
    """Runs code where it is unpickled."""

    def __init__(self, flag):
        self.flag = str(flag)

    def __reduce__(self):
        return open, (self.flag, "w")


# -- the JSON of a record -----------------------------------------------------------------------


def test_a_plain_record_is_read(folder):
    arrays = {"a0": np.arange(6, dtype=np.float32).reshape(2, 3)}
    write(
        folder,
        {"x": {"kind": "array", "array": "a0"}, "n": {"kind": "number", "value": 3}},
        arrays=arrays,
    )
    recording = Evidence(folder).recorded("q1")
    assert recording.get("n", Number).value == 3
    assert np.array_equal(recording.array(recording.get("x", Array)), arrays["a0"])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"x": {"kind": "number", "value": NaN}}', "it holds NaN"),
        ('{"x": {"kind": "number", "value": -Infinity}}', "it holds -Infinity"),
        ('{"x": {"kind": "number", "value": 1e999}}', "beyond all bounds"),
        ('{"x": {"kind": "number", "value": ' + "9" * 4000 + "}}", "beyond all bounds"),
        ('{"x": {"kind": "number", "value": ' + "9" * 5000 + "}}", "cannot be used"),
        ('{"x": ' + "[" * 40 + "]" * 40 + "}", "nested too deeply"),
        ('{"x": ' + "[" * 200_000 + "]" * 200_000 + "}", "cannot be used"),
        ('{"x": ' + '{"a":' * 50_000, "cannot be used"),
        ("[]", "unknown format"),
        ("null", "unknown format"),
        ('{"x": 1}, "format": 2', "unknown format"),
        ("", "cannot be used"),
        ("\ud83d".encode("utf-8", "surrogatepass").decode("latin-1"), "cannot be used"),
    ],
)
def test_odd_json_is_refused_in_one_sentence(folder, text, reason):
    write_text(folder, text)
    with pytest.raises(Unmet, match=reason) as caught:
        Evidence(folder).recorded("q1")
    assert len(str(caught.value)) < 400


def test_bytes_that_are_no_text_and_files_that_are_too_large_are_refused(folder):
    path = folder / "recorded" / "q1.json"
    path.write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(Unmet, match="cannot be used"):
        Evidence(folder).recorded("q1")
    path.write_bytes(b" " * (8 * 2**20 + 1))
    with pytest.raises(Unmet, match="too large"):
        Evidence(folder).recorded("q1")


def test_a_record_of_another_run_is_refused(folder):
    write(folder, {"x": {"kind": "number", "value": 3}}, challenge="f" * 32)
    with pytest.raises(Unmet, match="recorded in another run"):
        Evidence(folder).recorded("q1")


@pytest.mark.parametrize(
    "description",
    [
        {"kind": "number"},
        {"kind": "number", "value": None},
        {"kind": "number", "value": [1]},
        {"kind": "number", "value": {"a": 1}},
        {"kind": ["number"], "value": 1},
        {"kind": {}, "value": 1},
        {"kind": None},
        [],
        "number",
        None,
        {"kind": "error", "message": ["<script>"] * 1000},
        {"kind": "other", "type": "x" * 100_000},
    ],
)
def test_a_description_of_another_form_is_unmet_and_nothing_else(folder, description):
    write(folder, {"x": description})
    with pytest.raises(Unmet) as caught:
        Evidence(folder).recorded("q1").get("x", Number)
    assert len(str(caught.value)) < 400


def test_a_model_is_believed_only_if_it_was_tried_on_inputs_of_this_run(folder):
    def model(challenge):
        rng = np.random.default_rng(zlib.crc32(challenge.encode()))
        described = {"kind": "model", "probe": {"input": {"array": "a0"}}}
        write(folder, {"m": described}, arrays={"a0": rng.normal(size=(2, 5)).astype(np.float32)})
        return Evidence(folder).recorded("q1").get("m", Model)

    assert model(CHALLENGE).probe.input is not None
    with pytest.raises(Unmet, match="not from this run"):
        model("f" * 32)  # a record of another run with only its challenge replaced


# -- arrays -------------------------------------------------------------------------------------


def test_arrays_of_numbers_are_read_whatever_their_layout():
    arrays = {
        "plain": np.arange(12.0).reshape(3, 4),
        "columns": np.asfortranarray(np.arange(12).reshape(3, 4)),
        "swapped": np.arange(3, dtype=">i4"),
        "half": np.ones((2, 2), np.float16),
        "truth": np.array([True, False]),
        "one": np.array(7),
        "none": np.empty((0, 3), np.float32),
    }
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    found = read_arrays(buffer.getvalue())
    assert found.keys() == arrays.keys()
    assert all(np.array_equal(found[name], arrays[name]) for name in arrays)
    assert all(found[name].shape == arrays[name].shape for name in arrays)


def test_a_pickle_in_an_archive_is_refused_and_never_run(tmp_path):
    flag = tmp_path / "pwned"
    content = npy(np.array([Evil(flag)], dtype=object), allow_pickle=True)
    bare = pickle.dumps(Evil(flag))
    for data in (
        npz(a0=content),
        npz(a0=bare),
        npz(a0=header("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}\n", bare)),
    ):
        with pytest.raises(ValueError):
            read_arrays(data)
    assert not flag.exists()
    # The control: this is what the refusal is good for.
    np.load(io.BytesIO(npz(a0=content)), allow_pickle=True)["a0"]
    assert flag.exists()


@pytest.mark.parametrize(
    "text",
    [
        "{'descr': '|V8', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<U2', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<M8[s]', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<c8', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (3,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (2**40,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1099511627776, 1099511627776)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (True,)}",
        "{'descr': '<f8', 'fortran_order': 1, 'shape': (1,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': '1'}",
        "{'descr': __import__('os').getpid(), 'fortran_order': False, 'shape': (1,)}",
        "(" * 3000,
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1,)}" + " " * 9000,
        "",
    ],
)
@pytest.mark.parametrize("version", [b"\x01\x00", b"\x02\x00", b"\x03\x00", b"\x07\x00"])
def test_headers_that_are_no_array_of_numbers_are_refused(text, version):
    with pytest.raises(ValueError):
        read_arrays(npz(a0=header(text, bytes(16), version)))


def test_archives_that_are_bombs_are_refused_before_they_are_unpacked():
    zeros = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = npz(
        a0=header("{'descr': '|u1', 'fortran_order': False, 'shape': (100000000,)}\n", bytes(10**8))
    )
    many = npz(**{f"a{number}": npy(np.zeros(2**17)) for number in range(70)})
    crowd = npz(**{f"a{number}": b"" for number in range(1100)})
    del zeros
    tracemalloc.start()
    for data in (bomb, many, crowd):
        assert len(data) < 500_000
        with pytest.raises(ValueError):
            read_arrays(data)
    assert tracemalloc.get_traced_memory()[1] < 100 * 2**20
    tracemalloc.stop()


def test_an_archive_that_lies_about_its_sizes_is_refused():
    honest = npz(a0=npy(np.zeros(10_000)))
    position = honest.index(b"PK\x01\x02")  # the entry in the directory at the end
    for size in (0, 100, 2**31):
        lying = bytearray(honest)
        struct.pack_into("<I", lying, position + 24, size)  # its uncompressed size
        with pytest.raises(ValueError):
            read_arrays(bytes(lying))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_unusual_packing_is_refused(method):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr("a0.npy", npy(np.zeros(3)))
    with pytest.raises(ValueError, match="unusual"):
        read_arrays(buffer.getvalue())


def test_damaged_archives_raise_nothing_but_value_errors():
    data = npz(a0=npy(np.arange(500.0)), a1=npy(np.ones((3, 3), np.float32)))
    rng = np.random.default_rng(0)
    for _ in range(300):
        damaged = bytearray(data[: rng.integers(1, len(data) + 1)])
        for place in rng.integers(0, len(damaged), rng.integers(1, 6)):
            damaged[place] = rng.integers(256)
        try:
            arrays = read_arrays(bytes(damaged))
        except ValueError:
            continue
        assert all(array.dtype.kind in "biuf" for array in arrays.values())


def test_arrays_that_cannot_be_read_make_a_check_unmet(folder):
    write(folder, {"x": {"kind": "array", "array": "a0"}})
    (folder / "recorded" / "q1.npz").write_bytes(b"no archive")
    recording = Evidence(folder).recorded("q1")
    with pytest.raises(Unmet, match="cannot be used"):
        recording.array(recording.get("x", Array))
    for reference in (None, ArrayReference(), ArrayReference(array="../a0")):
        (folder / "recorded" / "q1.npz").unlink(missing_ok=True)
        with pytest.raises(Unmet, match="lacks"):
            Evidence(folder).recorded("q1").array(reference)


# -- pictures -----------------------------------------------------------------------------------


@pytest.mark.slow
def test_pictures_that_are_no_pictures_or_bombs_are_left_out(folder):
    buffer = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(buffer, "PNG")
    good = io.BytesIO()
    Image.new("L", (30, 30)).save(good, "PNG")
    contents = [
        b"",
        b"\x89PNG\r\n\x1a\n",
        buffer.getvalue(),
        good.getvalue()[:-40],
        good.getvalue(),
    ]
    for number, content in enumerate(contents):
        (folder / "pictures" / f"q1_{number:03d}.png").write_bytes(content)
    assert [picture.size for picture in Evidence(folder).pictures("q1")] == [(30, 30)]


def test_sentences_of_a_student_are_cut_and_cannot_control_a_terminal():
    text = one_line("a\x1b[2J\n\u202e\x00b" + "c" * 10_000)
    assert text.isprintable() and text.startswith("a [2J b") and len(text) == 300


# -- rebuilding models --------------------------------------------------------------------------


def sequential(*layers, **more):
    config = {"name": "m", "layers": list(layers)}
    return {"class_name": "Sequential", "module": "keras", "config": config, **more}


def layer(class_name, module="keras.layers", **config):
    return {"class_name": class_name, "module": module, "registered_name": None, "config": config}


INPUT = layer("InputLayer", batch_shape=[None, 4], dtype="float32", name="input")


def dense(units):
    return layer("Dense", units=units, name="dense")


@pytest.mark.parametrize(
    "config",
    [
        sequential(
            INPUT,
            layer("Lambda", function={"class_name": "__lambda__", "config": {"code": "4wE="}}),
        ),
        sequential(
            INPUT,
            layer(
                "Dense",
                units=3,
                activation={"class_name": "function", "config": "system", "module": "os"},
            ),
        ),
        sequential(INPUT, {"class_name": "system", "module": "os", "config": {}}),
        sequential(INPUT, layer("Dense", module="attack.module", units=3)),
        sequential(INPUT, layer("Dense", module="kerasattack", units=3)),
        sequential(INPUT, {**dense(3), "registered_name": "Custom>Evil"}),
        sequential(INPUT, layer("MyLayer", units=3)),
        sequential(INPUT, layer("TorchModuleWrapper", module="keras.layers")),
        sequential(INPUT, layer("TFSMLayer", filepath="/tmp/model")),
        sequential(INPUT, layer("StringLookup", vocabulary="/etc/passwd")),
        sequential(INPUT, {"class_name": ["Dense"], "module": "keras", "config": {}}),
        sequential(INPUT, {"class_name": {"a": 1}, "module": "keras", "config": {}}),
        sequential(INPUT, {**dense(3), "module": ["keras"]}),
        sequential(INPUT, dense(10**9)),
        sequential(INPUT, *[dense(3)] * 1000),
        {"class_name": "Dense", "module": "keras", "config": {"units": 3}},
        [],
        "Sequential",
        7,
    ],
)
def test_models_with_anything_that_is_not_on_the_list_are_never_made(config):
    rebuilder = Rebuilder(build=lambda *_: pytest.fail("it was built"))
    with pytest.raises(Unmet) as caught:
        rebuilder.rebuild(Model(config=json.dumps(config)), "generator")
    assert "generator" in str(caught.value) and len(str(caught.value)) < 400


@pytest.mark.parametrize(
    "config", [None, 3, {}, "", "{", "[" * 100_000, '{"class_name": "Model"' * 9000]
)
def test_a_configuration_that_is_none_is_unmet(config):
    with pytest.raises(Unmet, match="cannot be looked into"):
        Rebuilder().rebuild(Model(config=config), "generator")


@pytest.mark.slow
def test_models_are_rebuilt_without_weights_and_refused_if_they_are_huge():
    keras = pytest.importorskip("keras")
    import psutil

    model = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(5), keras.layers.BatchNormalization()], name="m"
    )
    found = Rebuilder().rebuild(Model(config=model.to_json()), "m")
    trainable = sum(weight.value.shape.num_elements() for weight in model.trainable_weights)
    assert (found.params, found.trainable_params) == (model.count_params(), trainable)
    model.compile(optimizer="adam", loss="mse")  # says nothing about the layers
    assert Rebuilder().rebuild(Model(config=model.to_json()), "m") == found

    before = psutil.Process().memory_info().rss
    with pytest.raises(Unmet, match="far too large"):
        Rebuilder().rebuild(
            Model(
                config=json.dumps(
                    sequential(
                        INPUT,
                        dense(60_000),
                        {**dense(60_000), "config": {"units": 60_000, "name": "two"}},
                    )
                )
            ),
            "m",
        )
    assert psutil.Process().memory_info().rss - before < 2**30, "its 14 GB were never made"

    odd = [
        sequential(INPUT, layer("Reshape", target_shape=[7, 7], name="r")),
        sequential(INPUT, layer("Dense", units=-3, name="d")),
        sequential(INPUT, layer("Dense", units="three", name="d")),
        sequential(INPUT, layer("Activation", activation="no_such_function", name="a")),
        sequential(INPUT, layer("Activation", activation="os.system", name="a")),
        sequential(INPUT, layer("Dense", name="d")),
        sequential(dense(3)),
        sequential(),
        {"class_name": "Functional", "module": "keras", "config": {"layers": [], "name": "f"}},
    ]
    for config in odd:
        with pytest.raises(Unmet, match="could not be rebuilt"):
            Rebuilder().rebuild(Model(config=json.dumps(config)), "m")


def test_what_is_known_of_a_model_is_kept_and_a_broken_file_is_never_half_read(tmp_path):
    known = Architecture((None, 4), (None, 3), 15, 15, ())
    text = json.dumps(sequential(INPUT, dense(3)))
    assert Rebuilder(tmp_path, lambda *_: known).rebuild(Model(config=text), "m") == known
    again = Rebuilder(tmp_path, lambda *_: pytest.fail("it is known"))
    assert again.rebuild(Model(config=text), "m") == known
    assert [path.suffix for path in tmp_path.iterdir()] == [".json"]


# -- links --------------------------------------------------------------------------------------


def test_a_link_or_pipe_in_the_place_of_a_record_is_not_followed(folder):
    # The runner copies regular files only; this is the second line.
    secret = folder / "secret.json"
    secret.write_text(json.dumps({"format": 1, "challenge": CHALLENGE, "objects": {}}))
    os.symlink(secret, folder / "recorded" / "q1.json")
    with pytest.raises(Unmet):
        Evidence(folder).recorded("q1")
    os.mkfifo(folder / "recorded" / "q2.json")
    with pytest.raises(Unmet):
        Evidence(folder).recorded("q2")
