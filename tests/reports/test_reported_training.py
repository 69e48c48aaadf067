"""What hand-ins say about trainings is read, never believed, and never stops anything."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_output

from autograder.grading.graded_notebook import Answer, Graded, Record
from autograder.grading.outline import Question
from autograder.reports.reported_training import RealImages, read_said_runs
from autograder.verdict import Verdict

TRAINED = (
    "Epoch 50/50\n20/20 ━━━━━━━━━━━━━━━━━━━━ 8s\n"
    "Trained 50 epochs in 20 minutes. Last losses: generator_loss 0.812, "
    "discriminator_loss 1.250.\n"
)
HISTORY = {
    "epochs": list(range(1, 51)),
    "losses": {"generator_loss": [0.812] * 50, "discriminator_loss": [1.25] * 50},
    "seconds": [24.0] * 50,
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


def test_outputs_tell_of_trainings(tmp_path):
    said = read_said_runs(
        graded(
            "Budget: full (there is a GPU).\n",
            TRAINED,
            "Going on with a training that was interrupted: epoch 31 of 50 next.\n"
            "Trained 20 epochs in 3 minutes. Last losses: generator_loss 0.700.\n",
            "This training is already finished: all 50 epochs, kept in /content/drive/x.\n",
        ),
        tmp_path,
    )
    assert said.budget == "full"
    assert said.sizes == (50, 50, 50)
    assert [one.name for one in said.printed] == ["train_2", "train_3", "train_4"]
    assert said.printed[0].took == "20 minutes"
    assert said.printed[0].losses == "generator_loss 0.812, discriminator_loss 1.250"
    assert said.doubts == ()
    assert "train_2: 50 epochs, in 20 minutes" in said.summary


def test_a_notebook_without_outputs_says_nothing(tmp_path):
    said = read_said_runs(graded("", ""), tmp_path)
    assert said.sizes == () and said.doubts == ("The notebook was handed in without outputs.",)
    assert said.summary == "Nothing in the hand-in tells of a training."


def test_files_beside_the_notebook(tmp_path, images):
    np.savez(tmp_path / "mnist.npz", x_test=np.concatenate([images] * 16))
    real = RealImages.read(tmp_path, "02_dcgan_experiments")
    folder = hand_in(tmp_path, {"baseline": HISTORY}, {"baseline": samples_of(images)})
    said = read_said_runs(graded(TRAINED), folder, real=real)
    (one,) = said.recorded
    assert one.words == "50 epochs, in 20 minutes, generator_loss 0.812, discriminator_loss 1.250"
    assert real is not None and 0 <= real.floor < 1
    assert one.distance is not None and one.distance < 1, "they are among those called real"
    assert real.distance(np.zeros((64, 28, 28))) > 5
    assert said.samples["baseline"].min() >= 0 and said.samples["baseline"].max() <= 1
    assert said.doubts == ()


def test_what_does_not_fit_together_is_said(tmp_path, images):
    other = {**HISTORY, "losses": {"generator_loss": [0.1] * 50}}
    folder = hand_in(tmp_path, {"a": other}, {"a": samples_of(images, epoch=np.array(5))})
    first, second = read_said_runs(graded(TRAINED), folder).doubts
    assert first == "The samples of a are from epoch 5, its history has 50 epochs."
    assert "train_1 printed last losses" in second


@pytest.mark.parametrize(
    "history",
    [
        None,
        [],
        {"epochs": 50},
        {**HISTORY, "epochs": [50] * 50},
        {**HISTORY, "seconds": ["1"] * 50},
        {**HISTORY, "seconds": [float("inf"), -float("inf")] * 25},
        {**HISTORY, "losses": {"generator_loss": [1]}},
        {**HISTORY, "losses": {"generator_loss": [{}] * 50}},
    ],
)
def test_odd_histories_are_named(history, tmp_path):
    said = read_said_runs(graded(TRAINED), hand_in(tmp_path, {"run": history}))
    assert said.recorded == ()
    assert said.doubts == ("The history of run is not one that the course's training writes.",)


def test_odd_names_and_files_are_not_followed(tmp_path, images):
    folder = hand_in(tmp_path / "a", {"../../etc": HISTORY, ".x": HISTORY, "ok": HISTORY})
    secret = tmp_path / "secret.npz"
    np.savez(secret, **samples_of(images))
    (folder / "recorded" / "samples" / "ok.npz").symlink_to(secret)
    said = read_said_runs(graded(TRAINED), folder)
    assert [one.name for one in said.recorded] == ["ok"] and not said.samples
    (folder / "recorded" / "history.json").write_text("[" * 100_000)
    said = read_said_runs(graded(TRAINED), folder)
    assert said.doubts == ("The histories beside the notebook cannot be read.",)


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
    assert not read_said_runs(graded(TRAINED), folder).samples


def test_real_images_are_those_of_the_assignment(tmp_path, images):
    np.savez(tmp_path / "mnist.npz", x_test=np.concatenate([images] * 16))
    assert RealImages.read(tmp_path, "02_dcgan_experiments") is not None
    assert RealImages.read(tmp_path, "04_fashion_gan") is None
    assert RealImages.read(None, "02_dcgan_experiments") is None
