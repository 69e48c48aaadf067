"""What hand-ins report about training runs is read, never believed, and never stops anything."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_output

from autograder.grading.graded_notebook import Answer, Graded, Record
from autograder.grading.outline import Question
from autograder.reports.reported_training import RealImages, read_reported_training
from autograder.verdict import Verdict

TRAINED = "Trained 50 epochs in 20 minutes. Last losses: generator_loss 0.812.\n"
HISTORY = {
    "epochs": list(range(1, 51)),
    "losses": {"generator_loss": [0.812] * 50, "discriminator_loss": [1.25] * 50},
    "seconds": [24.0] * 50,
    "budget": "full",
}


def graded(*texts: str) -> Graded:
    cells = [
        new_code_cell(
            "train()",
            metadata={"nbgrader": {"grade_id": f"train_{number}"}},
            outputs=[new_output("stream", text=text)] if text else [],
        )
        for number, text in enumerate(texts, 1)
    ]
    question = Question("q", "q_check", "Question", "Section", 1.0, False)
    answer = Answer(question, tuple(cells), (), new_code_cell("check"))
    return Graded("ada", Record(Verdict("02", ())), (answer,))


def hand_in(folder: Path, histories: object, samples: dict[str, dict] | None = None) -> Path:
    recorded = folder / "recorded"
    (recorded / "samples").mkdir(parents=True)
    (recorded / "history.json").write_text(json.dumps(histories))
    for name, arrays in (samples or {}).items():
        np.savez_compressed(recorded / "samples" / f"{name}.npz", **arrays)
    return folder


def samples_of(pixels: np.ndarray, **changes) -> dict[str, np.ndarray]:
    whole = {"images": pixels, "value_range": np.array([-1.0, 1.0]), "epoch": np.array(50)}
    return {**whole, **changes}


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (64, 28, 28), dtype=np.uint8)


def test_histories_are_summed_up(tmp_path):
    short = {"epochs": [1, 2], "losses": {"loss": [2.0, float("nan")]}, "seconds": [9.0, 9.5]}
    reported = read_reported_training(
        graded(TRAINED), hand_in(tmp_path, {"baseline": HISTORY, "again": short})
    )
    assert reported.epochs == (50, 2)
    assert reported.summary == (
        "baseline: 50 epochs, in 20 minutes, generator_loss 0.812, discriminator_loss 1.250; "
        "again: 2 epochs, in 18 seconds, loss nan. Budget: full."
    )
    assert reported.doubts == ()


def test_what_was_printed_is_not_taken_for_a_history(tmp_path):
    reported = read_reported_training(graded(TRAINED), tmp_path)
    assert reported.epochs == () and reported.doubts == ()
    assert reported.summary.startswith("No training history that can be read was handed in")


def test_a_notebook_without_outputs_is_pointed_out(tmp_path):
    reported = read_reported_training(graded("", ""), tmp_path)
    assert reported.doubts == ("The notebook was handed in without outputs.",)


def test_samples_are_compared_with_real_images(tmp_path, images):
    np.savez(tmp_path / "mnist.npz", x_test=np.concatenate([images] * 16))
    real = RealImages.read(tmp_path, "02_dcgan_experiments")
    folder = hand_in(tmp_path, {"baseline": HISTORY}, {"baseline": samples_of(images)})
    reported = read_reported_training(graded(TRAINED), folder, real=real)
    (run,) = reported.runs
    assert real is not None and 0 <= real.floor < 1
    assert run.distance is not None and run.distance < 1, "they are among those called real"
    assert real.distance(np.zeros((64, 28, 28))) > 5
    samples = reported.samples["baseline"]
    assert samples.min() >= 0 and samples.max() <= 1
    assert reported.doubts == ()


def test_samples_of_another_epoch_are_pointed_out(tmp_path, images):
    folder = hand_in(tmp_path, {"a": HISTORY}, {"a": samples_of(images, epoch=np.array(5))})
    assert read_reported_training(graded(TRAINED), folder).doubts == (
        "The samples of a are from epoch 5, its history has 50 epochs.",
    )


@pytest.mark.parametrize(
    "history",
    [
        None,
        [],
        {"epochs": 50},
        {**HISTORY, "epochs": [50] * 50},
        {**HISTORY, "seconds": ["1"] * 50},
        {**HISTORY, "seconds": [float("inf"), -float("inf")] * 25},
        {**HISTORY, "seconds": [-1.0] * 50},
        {**HISTORY, "seconds": [10**400] * 50},
        {**HISTORY, "budget": 3},
        {**HISTORY, "losses": {"generator_loss": [1]}},
        {**HISTORY, "losses": {"generator_loss": [{}] * 50}},
    ],
)
def test_odd_histories_are_named(history, tmp_path):
    reported = read_reported_training(graded(TRAINED), hand_in(tmp_path, {"run": history}))
    assert reported.runs == ()
    assert reported.doubts == ("The history of run is not one that the course's training writes.",)


def test_odd_names_and_files_are_not_followed(tmp_path, images):
    folder = hand_in(tmp_path / "a", {"../../etc": HISTORY, ".x": HISTORY, "ok": HISTORY})
    secret = tmp_path / "secret.npz"
    np.savez(secret, **samples_of(images))
    (folder / "recorded" / "samples" / "ok.npz").symlink_to(secret)
    reported = read_reported_training(graded(TRAINED), folder)
    assert [run.name for run in reported.runs] == ["ok"] and not reported.samples
    (folder / "recorded" / "history.json").write_text("[" * 100_000)
    reported = read_reported_training(graded(TRAINED), folder)
    assert reported.doubts == ("The histories beside the notebook cannot be read.",)


@pytest.mark.parametrize(
    "change",
    [
        {"images": np.zeros((4, 28, 28), object)},
        {"images": np.zeros((4, 28, 28))},
        {"images": np.zeros((4, 9, 9), np.uint8)},
        {"value_range": np.array([np.nan, 1.0])},
        {"value_range": np.array([1.0])},
    ],
)
def test_odd_samples_are_no_samples(change, tmp_path, images):
    folder = hand_in(tmp_path, {"run": HISTORY}, {"run": samples_of(images, **change)})
    assert not read_reported_training(graded(TRAINED), folder).samples


def test_real_images_are_those_of_the_assignment(tmp_path, images):
    np.savez(tmp_path / "mnist.npz", x_test=np.concatenate([images] * 16))
    assert RealImages.read(tmp_path, "02_dcgan_experiments") is not None
    assert RealImages.read(tmp_path, "04_fashion_gan") is None
    assert RealImages.read(None, "02_dcgan_experiments") is None
