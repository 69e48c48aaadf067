"""Drawn results of training runs tell apart what a comparison must; the stand-in gives them."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from autograder.challenges.experiments import (
    SAMPLES,
    SHOWN,
    expected_seconds,
    record_runs,
    results_of,
    seed_of,
    stand_in_run,
)
from autograder.challenges.hooks import Hook
from autograder.challenges.kernel.training_results import draw_results
from autograder.challenges.provided import keep_provided
from autograder.challenges.shown_pictures import sentinels_for

pytestmark = pytest.mark.slow  # imports TensorFlow

SEEDS = range(20)
CHALLENGE = "a challenge"


def test_same_seed_same_results_and_each_name_its_own() -> None:
    assert draw_results(1, 50) == draw_results(1, 50) != draw_results(2, 50)
    assert len({seed_of("c", "baseline"), seed_of("c", "relu_run"), seed_of("d", "baseline")}) == 3


@pytest.mark.parametrize("seed", SEEDS)
def test_unfair_times_are_far_from_fair_ones(seed: int) -> None:
    drawn = draw_results(seed, 100)
    fair = expected_seconds(drawn)
    assert sum(drawn["seconds"][:50]) / 50 > 1.1 * fair, "with the graph of the first epoch"
    assert sum(drawn["seconds"][1:]) / 99 > 1.1 * fair, "over more epochs than the other run has"
    without_first_step = (sum(drawn["seconds"][:50]) - drawn["first"]) / 50
    assert without_first_step == pytest.approx(fair, rel=0.01)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_time_of_a_real_training_run_is_right_by_chance(seed: int) -> None:
    assert expected_seconds(draw_results(seed, 50)) > 5 * 3600


@pytest.mark.parametrize("seed", SEEDS)
def test_neighbouring_epochs_have_other_losses(seed: int) -> None:
    for losses in draw_results(seed, 100)["losses"].values():
        assert losses[48] != pytest.approx(losses[49], rel=0.005)
        assert losses[50] != pytest.approx(losses[49], rel=0.005)


@pytest.mark.parametrize("seed", SEEDS)
def test_epoch_50_is_not_epoch_100(seed: int) -> None:
    drawn = draw_results(seed, 100)
    for losses in drawn["losses"].values():
        assert losses[49] != pytest.approx(losses[99], rel=0.05)
    assert drawn["distances"][100] < 0.9 * drawn["distances"][50]
    assert list(drawn["distances"]) == list(range(10, 101, 10))


# -- in the kernel ------------------------------------------------------------------------------


@dataclasses.dataclass
class Result:
    """As in the notebook."""

    name: str
    generator: Any
    history: Any
    distances: dict[int, float]
    image_dir: Path


class Bias:
    """A weight that starts from zero."""

    path, shape = "network/dense/bias", (2,)

    def __init__(self) -> None:
        self.value = np.zeros(2)

    def assign_add(self, change: np.ndarray) -> None:
        self.value += change


def use(hook: Hook, space: dict[str, Any]) -> None:
    exec(hook.code(CHALLENGE), space)


def objects(**others: Any) -> dict[str, Any]:
    made = {name: SimpleNamespace(weights=[Bias()]) for name in ("generator", "discriminator")}
    optimizers = {f"{name}_optimizer": object() for name in made}
    return {**made, **optimizers, **others}


@pytest.fixture
def space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return a notebook's names, with the stand-in in the place of run."""
    monkeypatch.setenv("GAN_HELPERS_EVIDENCE", str(tmp_path / "recorded"))
    space: dict[str, Any] = {"Result": Result, "folder": tmp_path}
    use(keep_provided("keep", "after", "cell", "Result", "folder"), space)
    use(stand_in_run("b2_run", "before", "b2", given={"baseline": 100, "noise_run": 50}), space)
    return space


def recorded(space: dict[str, Any], result: str) -> dict[str, Any]:
    use(record_runs("b2_runs", "after", "b2_check", result=result), space)
    path = space["folder"] / "recorded" / "b2_runs.json"
    content: dict[str, Any] = json.loads(path.read_text())["objects"]
    return content


def test_the_kernel_gets_the_results_that_the_judge_expects(space: dict[str, Any]) -> None:
    calls = [space["run"](f"run_{number}", **objects(), epochs=60) for number in range(2)]
    for result, expected in (
        (space["baseline"], results_of(CHALLENGE, "baseline", 100)),
        (space["noise_run"], results_of(CHALLENGE, "noise_run", 50)),
        (calls[0], results_of(CHALLENGE, "b2", 60)),
        (calls[1], results_of(CHALLENGE, "b2", 60, number=1)),
    ):
        assert result.history.seconds == expected["seconds"]
        assert result.history.losses == expected["losses"]
        assert result.history.first_step_seconds == expected["first"]
        assert result.distances == expected["distances"]


def test_a_run_leaves_markers_for_pictures(space: dict[str, Any]) -> None:
    folder = space["run"]("one", **objects(), epochs=12).image_dir
    pictures = [Image.open(folder / f"image_at_epoch_{epoch:04d}.png") for epoch in range(1, 13)]
    assert {picture.size for picture in pictures} == {(240, 240)}
    markers = sentinels_for(CHALLENGE, SAMPLES, SHOWN)
    assert markers.find(pictures) == [1, 2, 5, 10]
    assert len(list(folder.iterdir())) == 12


def test_the_run_that_a_name_stands_for_is_recorded(space: dict[str, Any]) -> None:
    space["relu_run"] = space["run"]("one", **objects())
    space["run"]("two", **objects(), dataset=[np.zeros((64, 28, 28, 1))], epochs=20)
    record = recorded(space, "relu_run")
    assert record["named"]["value"] is True and record["batch_size"]["value"] == 256
    assert (record["run_epochs"]["value"], record["run_number"]["value"]) == (50, 0)
    assert record["epochs"]["shape"] == [2]
    other = recorded(space, "no_run")
    assert other["named"]["value"] is False and other["batch_size"]["value"] == 64
    assert (other["run_epochs"]["value"], other["run_number"]["value"]) == (20, 1)


def test_what_was_used_before_is_noticed_in_later_cells_too(space: dict[str, Any]) -> None:
    first = objects()
    space["relu_run"] = space["run"]("one", **first)
    assert recorded(space, "relu_run")["reused"]["value"] == ""
    assert first["generator"].weights[0].value.any(), "it counts as trained from now on"
    use(stand_in_run("c1_run", "before", "c1", given={}), space)
    again = objects(discriminator=first["discriminator"])
    space["relu_run"] = space["run"]("two", **again)
    record = recorded(space, "relu_run")
    assert record["reused"]["value"] == "discriminator" and record["epochs"]["shape"] == [1]
    optimizer = object()
    shared = objects(generator_optimizer=optimizer, discriminator_optimizer=optimizer)
    space["relu_run"] = space["run"]("three", **shared)
    assert recorded(space, "relu_run")["reused"]["value"] == "generator_optimizer"


def test_a_cell_without_a_run_is_recorded_as_such(space: dict[str, Any]) -> None:
    assert recorded(space, "relu_run").keys() == {"epochs"}


def test_an_error_of_a_call_names_run_only(space: dict[str, Any]) -> None:
    lacking = objects()
    del lacking["generator"]
    with pytest.raises(TypeError, match=r"^run\(\) missing 1 required"):
        space["run"]("one", **lacking)
