"""Models rebuilt in a fork of the fork server: the same result, and nobody depends on the fork."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from autograder.evidence.unmet import Unmet
from autograder.execution.course_policy import course_policy
from autograder.judging import network_process
from autograder.judging.judge import Judge
from autograder.judging.network_process import RebuildProcess
from autograder.judging.networks import Architecture, Layer
from autograder.sandbox import syscalls
from tests.support.made_up_run import write_run

pytestmark = pytest.mark.kernel


def dense(units: int) -> dict:
    """Return Keras' configuration of a model of four inputs and one layer."""
    shape = {"batch_shape": [None, 4], "dtype": "float32", "name": "input"}
    layers = [
        {"class_name": "InputLayer", "module": "keras.layers", "config": shape},
        {"class_name": "Dense", "module": "keras.layers", "config": {"units": units, "name": "d"}},
    ]
    return {
        "class_name": "Sequential",
        "module": "keras",
        "config": {"name": "m", "layers": layers},
    }


def fork_of(process: RebuildProcess) -> psutil.Process:
    """Return the fork at the other end, by the sender of its next answer."""
    connection = process._connection
    assert connection is not None
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    question = {"config": dense(2), "name": "m"}
    connection.sendall(json.dumps(question).encode() + b"\n")
    answer, _, sender = syscalls.receive(connection)
    assert answer.endswith(b"\n")
    return psutil.Process(sender)


@pytest.fixture
def process() -> Iterator[RebuildProcess]:
    process = RebuildProcess(course_policy())
    yield process
    process.close()


def test_it_gives_what_keras_gives_and_ends_when_it_is_no_longer_needed(process):
    found = process.build(dense(5), "m")
    assert isinstance(found, Architecture) and isinstance(found.layers[0], Layer)
    assert (found.input_shape, found.output_shape) == ((None, 4), (None, 5))
    assert (found.params, found.trainable_params) == (25, 25)
    assert [(one.class_name, one.output_shape) for one in found.layers] == [("Dense", (None, 5))]
    assert found.layers[0].config["units"] == 5

    fork = fork_of(process)
    assert fork.name() == "sandbox-helper"
    process.build(dense(7), "m")
    assert fork_of(process) == fork
    process.close()
    fork.wait(timeout=30)


def test_a_model_that_does_not_build_is_unmet_and_the_next_one_builds(process):
    with pytest.raises(Unmet, match="generator could not be rebuilt"):
        process.build(dense(-3), "generator")
    assert process.build(dense(3), "generator").params == 15


def test_a_fork_that_was_killed_is_replaced(process):
    process.build(dense(5), "m")
    fork_of(process).kill()
    assert process.build(dense(6), "m").params == 30


def test_forks_that_always_end_are_the_instructors_matter_and_not_a_missing_mark(
    process, monkeypatch
):
    def fork(*_: object) -> socket.socket:
        ours, theirs = socket.socketpair()
        theirs.close()
        return ours

    monkeypatch.setattr(network_process, "fork_server_process", fork)
    with pytest.raises(RuntimeError, match="ended over generator"):
        process.build(dense(5), "generator")


def test_a_judge_looks_at_models_without_importing_tensorflow(tmp_path, assignment_02):
    """Every grading process has a judge, and importing takes seconds and hundreds of MB."""
    generator = {"kind": "model", "config": json.dumps(dense(5))}
    folder = write_run(tmp_path / "run", {"q4a_networks": {"generator": generator}})
    judge = Judge(tmp_path / "architectures")
    try:
        judge.judge(assignment_02, folder)
        assert judge._worker is not None
        assert list((tmp_path / "architectures").glob("*.json")), "it has looked at one"
        maps = Path(f"/proc/{judge._worker.pid}/maps").read_text()
    finally:
        judge.close()
    assert "numpy" in maps and "tensorflow" not in maps
