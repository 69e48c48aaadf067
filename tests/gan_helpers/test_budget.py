import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gan_helpers import budget


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch):
    monkeypatch.delenv("GAN_HELPERS_BUDGET", raising=False)
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)


def test_argument_wins_over_environment(monkeypatch, capsys):
    monkeypatch.setenv("GAN_HELPERS_BUDGET", "grading")
    assert budget.choose("full") is budget.FULL
    assert "full" in capsys.readouterr().out


def test_environment_wins_over_nbgrader(monkeypatch, capsys):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert budget.choose() is budget.GRADING
    assert budget.is_grading()
    monkeypatch.setenv("GAN_HELPERS_BUDGET", " Quick ")
    assert budget.choose() is budget.QUICK
    assert not budget.is_grading()
    assert len(capsys.readouterr().out.splitlines()) == 4, "two lines for each choice"


@pytest.mark.slow
@pytest.mark.parametrize(("gpus", "expected"), [([], "quick"), (["GPU:0"], "full")])
def test_hardware_decides_otherwise(monkeypatch, gpus, expected):
    import tensorflow as tf

    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: gpus)
    assert budget.choose().name == expected


@pytest.mark.parametrize("how", ["argument", "environment"])
def test_unknown_name_names_the_three(monkeypatch, how):
    if how == "environment":
        monkeypatch.setenv("GAN_HELPERS_BUDGET", "huge")
    with pytest.raises(ValueError, match="'full', 'quick' or 'grading'"):
        budget.choose("huge" if how == "argument" else None)


def test_light_modules_import_nothing_heavy():
    code = (
        "import sys, gan_helpers\n"
        "from gan_helpers import budget, data, device, workspace, sampling, evidence, metrics\n"
        "from gan_helpers import diagnosis, quality\n"
        "print(sorted({'tensorflow', 'keras', 'matplotlib', 'sklearn'} & set(sys.modules)))"
    )
    root = str(Path(budget.__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": root}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout == "[]\n"


def test_grading_is_one_small_step_per_epoch():
    assert 1 < budget.GRADING.images_per_step <= budget.GRADING.images_per_epoch <= 4
    assert budget.GRADING.dataset_images == 512
    with pytest.raises(dataclasses.FrozenInstanceError):
        budget.GRADING.name = "other"
