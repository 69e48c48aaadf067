"""Drawn results of trainings tell apart what a comparison must tell apart."""

from __future__ import annotations

import pytest

from autograder.challenges.experiments import draw_results, expected_seconds, seed_of

SEEDS = range(20)


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
def test_no_time_of_a_real_training_is_right_by_chance(seed: int) -> None:
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
