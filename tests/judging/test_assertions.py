"""The sentences that students read, and what checks of several assignments expect."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder.challenges.shown_pictures import sentinels_for
from autograder.evidence.schema import Model, Optimizer, Weight
from autograder.judging.assertions import (
    explained_by,
    layout,
    require_sample_pictures,
    require_shown,
    require_steps,
    require_trained,
    require_untrained,
)
from autograder.judging.check import Evidence, Recording, Unmet, require
from autograder.judging.networks import Architecture, Layer

KEY = (10, 20, 30)


def evidence_of(folder: Path, **cells: dict[str, Any]) -> Evidence:
    (folder / "pictures").mkdir()
    run = {"challenge": "abc", "cells": cells, "stopped": "the kernel ended in the cell q1"}
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    return Evidence(folder)


@pytest.mark.parametrize(
    ("quoted", "end"), [("Too few.", "Too few."), ("Too few", "Too few."), ("So ..", "So ...")]
)
def test_a_quoted_error_brings_no_second_full_stop(quoted, end):
    with pytest.raises(Unmet) as unmet:
        require(False, f"f(x) did not finish: {quoted}.")
    assert str(unmet.value) == f"f(x) did not finish: {end}"


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        (
            {"status": "error", "error": "NotImplementedError"},
            "The cell q2 has not been answered: it still raises NotImplementedError.",
        ),
        (
            {"status": "error", "error": "NameError: name 'x' is not defined"},
            "The cell q2 stopped with NameError: name 'x' is not defined.",
        ),
        (
            {"status": "too slow", "error": None},
            "The cell q2 was still running when its time was over, and was stopped.",
        ),
        ({"status": "kernel died", "error": None}, "The cell q2 ended the kernel."),
        (
            {"status": "not run", "error": None},
            "The cell q2 was not run: the kernel ended in the cell q1.",
        ),
    ],
)
def test_reason_why_a_cell_left_nothing(tmp_path: Path, cell: dict, sentence: str) -> None:
    assert evidence_of(tmp_path, q2=cell).why_missing("q2") == sentence


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ({"status": "ok", "error": None}, "It is 5."),
        (
            {"status": "error", "error": "KeyError: 3"},
            "The cell q2 stopped with KeyError: 3. It is 5.",
        ),
        (
            {"status": "error", "error": "NotImplementedError"},
            "The cell q2 has not been answered: it still raises NotImplementedError.",
        ),
    ],
)
def test_failed_check_tells_first_why_the_cell_stopped(
    tmp_path: Path, cell: dict, told: str
) -> None:
    @explained_by("q2")
    def check(evidence: Evidence) -> None:
        require(False, "It is 5.")

    with pytest.raises(Unmet) as unmet:
        check(evidence=evidence_of(tmp_path, q2=cell))
    assert str(unmet.value) == told


def test_passed_check_passes_although_the_cell_stopped(tmp_path: Path) -> None:
    @explained_by("q2")
    def check(evidence: Evidence) -> None:
        require(True, "It is 5.")

    check(evidence=evidence_of(tmp_path, q2={"status": "error", "error": "KeyError: 3"}))


def show(evidence: Evidence, *epochs: int) -> None:
    drawn = sentinels_for("abc", "purpose", range(1, 51))
    for number, epoch in enumerate(epochs):
        (evidence.folder / "pictures" / f"q1_{number:03d}.png").write_bytes(drawn.png(epoch))


@pytest.mark.parametrize("epochs", [KEY, KEY * 2])
def test_shown_in_order_once_or_as_a_whole_twice(tmp_path: Path, epochs: tuple[int, ...]) -> None:
    evidence = evidence_of(tmp_path)
    show(evidence, *epochs)
    require_key_epochs(evidence)


@pytest.mark.parametrize("epochs", [(), (30, 20, 10), (10, 20), (10, 10, 20, 20, 30, 30), (9, 19)])
def test_not_shown_as_asked(tmp_path: Path, epochs: tuple[int, ...]) -> None:
    evidence = evidence_of(tmp_path)
    show(evidence, *epochs)
    with pytest.raises(Unmet, match="^The cell showed"):
        require_key_epochs(evidence)


def require_key_epochs(evidence: Evidence) -> None:
    require_shown(
        evidence,
        pictures="q1",
        sentinels="purpose",
        epochs=range(1, 51),
        wanted=KEY,
        subject="The cell",
    )


def model(*digests: str, size: int = 3, mean: float = 0.5) -> Model:
    return Model(
        weights=[
            Weight(
                path=f"dense_{number}/bias",
                shape=[size],
                trainable=True,
                digest=digest,
                min=mean,
                max=mean,
            )
            for number, digest in enumerate(digests)
        ]
    )


def test_training_changes_the_weights_of_the_same_model() -> None:
    require_trained(model("a", "b"), model("c", "d"), "generator")


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (model("a", "b"), "has not changed"),
        (model("a", "d"), "Only some"),
        (model("c"), "replaced"),
        (model("c", "d", size=4), "replaced"),
    ],
)
def test_other_changes_are_no_training(after: Model, words: str) -> None:
    with pytest.raises(Unmet, match=words):
        require_trained(model("a", "b"), after, "generator")


def test_bias_that_is_not_zero_has_been_trained() -> None:
    require_untrained(model("a", mean=0.0), "generator")
    with pytest.raises(Unmet, match="trained already"):
        require_untrained(model("a", mean=0.1), "generator")


@pytest.mark.parametrize("after", [Optimizer(iterations=10), Optimizer()])
def test_too_few_steps(after: Optimizer) -> None:
    with pytest.raises(Unmet, match="took"):
        require_steps(Optimizer(), after, "generator_optimizer", at_least=50)


def recording_of(folder: Path, epochs: range, pictures: np.ndarray) -> Recording:
    buffer = io.BytesIO()
    np.savez(buffer, a0=pictures)
    path = folder / f"{len(list(folder.iterdir()))}.npz"
    path.write_bytes(buffer.getvalue())
    names = [f"image_at_epoch_{epoch:04d}.png" for epoch in epochs]
    described = {"kind": "folder", "files": names, "images": {"names": names, "array": "a0"}}
    return Recording("q", {"image_dir": described}, path, challenge="abc")


def test_sample_pictures(tmp_path: Path) -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (3, 8, 8), dtype=np.uint8)
    run = recording_of(tmp_path, range(1, 4), pictures)
    require_sample_pictures(run, range(1, 4))
    require_sample_pictures(
        run, range(1, 4), unlike=recording_of(tmp_path, range(1, 4), 255 - pictures)
    )
    with pytest.raises(Unmet, match="of 2 epochs of this run are missing, the first that of epoch"):
        require_sample_pictures(run, range(1, 6))
    with pytest.raises(Unmet, match="earlier run"):
        require_sample_pictures(run, range(1, 4), unlike=run)
    still = recording_of(tmp_path, range(1, 4), np.repeat(pictures[:1], 3, axis=0))
    with pytest.raises(Unmet, match="do not change"):
        require_sample_pictures(still, range(1, 4))


def chain(*layers: tuple[str, dict[str, Any], int]) -> Architecture:
    """A network of layers (class, configuration, weights), all with the same output shape."""
    made = tuple(Layer(name, config, (None, 4), params) for name, config, params in layers)
    return Architecture((None, 4), (None, 4), 0, 0, made)


def test_layout_finds_an_activation_wherever_it_stands() -> None:
    leaky = {"class_name": "LeakyReLU", "config": {"negative_slope": 0.2}}
    network = chain(
        ("InputLayer", {}, 0),
        ("Dense", {"activation": "linear"}, 20),
        ("BatchNormalization", {}, 16),
        ("Reshape", {}, 0),
        ("LeakyReLU", {"negative_slope": 0.2}, 0),
        ("Dense", {"activation": leaky}, 20),
        ("Dropout", {"rate": 0.4}, 0),
        ("Dense", {"activation": "sigmoid"}, 20),
        ("Dense", {"activation": "linear"}, 20),
        ("Activation", {"activation": "tanh"}, 0),
        ("Dense", {"activation": "linear"}, 20),
    )
    seen = layout(network)
    assert [entry[2] for entry in seen] == ["leaky", "leaky", "sigmoid", "tanh", "linear"]
    assert {entry[:2] for entry in seen} == {("Dense", (4,))}
