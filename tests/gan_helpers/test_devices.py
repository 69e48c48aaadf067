"""Several devices: the same training as on one, and exact resume."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Reports of all trainings; they run in one process of their own and its forks."""
    root = tmp_path_factory.mktemp("devices")
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "GAN_HELPERS_BUDGET": "quick",
        "CUDA_VISIBLE_DEVICES": "-1",
    }
    environment.pop("TF_CONFIG", None)
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.several_devices", root],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    exits = json.loads((root / "exits.json").read_text())
    for name, codes in exits.items():
        assert set(codes) == {-9 if "killed" in name else 0}, (name, codes, done.stderr[-3000:])
    return root


def report(folder, name, worker=0):
    return json.loads((folder / name / f"report{worker}.json").read_text())


def assert_same_training(one, other):
    assert list(one["losses"]) == list(other["losses"])
    for name, values in one["losses"].items():
        np.testing.assert_allclose(other["losses"][name], values, rtol=1e-5)
    np.testing.assert_allclose(other["weights"], one["weights"], rtol=1e-4, atol=1e-6)


def test_two_devices_train_like_one(folder):
    found = report(folder, "two")
    assert found["replicas"] == 2
    assert_same_training(report(folder, "one")["plain"], found["plain"])


def test_two_workers_train_like_one_device(folder):
    for worker in (0, 1):
        found = report(folder, "workers", worker)
        assert found["place"] == [worker, 2, 2]
        assert_same_training(report(folder, "one")["plain"], found["plain"])


def test_epochs_of_unknown_length_end(folder):
    found = report(folder, "two")
    for name, values in found["length unknown"].items():
        # Later epochs are shuffled otherwise.
        assert values[0] == pytest.approx(found["plain"]["losses"][name][0], rel=1e-6)
        assert len(values) == 4 and np.isfinite(values).all()


@pytest.mark.parametrize("name", ["two", "workers"])
def test_killed_and_resumed_is_bit_identical(folder, name):
    straight, resumed = report(folder, name)["tiny"], report(folder, f"{name}_killed")["tiny"]
    assert (straight.pop("trained"), resumed.pop("trained")) == ([1, 2, 3, 4], [3, 4])
    assert resumed == straight


def test_all_workers_resume(folder):
    chief, other = (report(folder, "workers_killed", worker)["tiny"] for worker in (0, 1))
    assert chief["trained"] == other["trained"] == [3, 4]
    assert chief["losses"] == other["losses"]


@pytest.mark.parametrize("name", ["two", "two_killed", "workers", "workers_killed"])
def test_each_state_and_checkpoint_is_written_once(folder, name):
    saved = sorted((folder / name / "resume").glob("*.npz"))
    assert [path.name[:12] for path in saved] == ["state-000003", "state-000004"]
    saved = sorted(path.name for path in (folder / name / "checkpoints").glob("*.index"))
    assert saved == ["ckpt-1.index", "ckpt-2.index"]


def test_workers_with_different_states_are_told(folder):
    for worker in (0, 1):
        said = report(folder, "workers", worker)["disagreement"]
        assert "after different epochs (0, 1): resume_dir must be a folder that all" in said


def test_another_number_of_devices_cannot_go_on(folder):
    assert "devices (2 then, 1 now)" in report(folder, "one")["other number of devices"]


@pytest.mark.parametrize(
    ("attempt", "message"),
    [
        ("before", "generator was made before the devices were chosen"),
        ("eager", "must be a tf.function"),
        ("clipping", "generator_optimizer clips gradients"),
        ("unbuilt", "generator has no weights yet"),
        ("uneven", "2 devices cannot share a batch of 5 evenly"),
        ("XLA", "jit_compile=True works on one device only"),
        ("too late", "restart the kernel"),
        ("no such devices", "devices is 'both'; choose one of"),
        ("no seed", "needs a seed"),
    ],
)
def test_what_several_devices_cannot_do_is_refused(folder, attempt, message):
    assert message in report(folder, "two")["refusals"][attempt]


def test_workers_need_tf_config(folder):
    assert "needs the environment variable TF_CONFIG" in report(folder, "one")["no TF_CONFIG"]


def test_one_device_is_left_alone(folder):
    assert "shared" not in report(folder, "one")["device"], "all devices of this machine are one"
    assert "shared" not in report(folder, "two")["grading"], "the grading machine trains on one"
