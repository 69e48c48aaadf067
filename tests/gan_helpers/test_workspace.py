import sys
import types
from pathlib import Path

import pytest

from gan_helpers import workspace


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GAN_HELPERS_BUDGET", raising=False)
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)


@pytest.fixture
def colab(tmp_path, monkeypatch):
    """A Google Colab with a Drive that can be mounted."""
    mounted = []
    drive = types.ModuleType("google.colab.drive")
    drive.mount = mounted.append
    package = types.ModuleType("google.colab")
    package.drive = drive
    monkeypatch.setitem(sys.modules, "google.colab", package)
    monkeypatch.setitem(sys.modules, "google.colab.drive", drive)
    monkeypatch.setattr(workspace, "_DRIVE", tmp_path / "drive")
    return types.SimpleNamespace(drive=drive, mounted=mounted, root=tmp_path / "drive")


def test_local_folder_elsewhere(capsys):
    folder = workspace.open_workspace("02_dcgan_experiments")
    assert folder == Path("results/02_dcgan_experiments") and folder.is_dir()
    assert str(folder) in capsys.readouterr().out


def test_drive_in_colab(colab):
    folder = workspace.open_workspace("02_x")
    assert folder == colab.root / "MyDrive" / "gan-course" / "02_x" and folder.is_dir()
    assert colab.mounted == [str(colab.root)]


def test_refused_drive_is_said_and_local(colab, capsys):
    def refuse(path):
        raise ValueError("mount failed")

    colab.drive.mount = refuse
    assert workspace.open_workspace("02_x") == Path("results/02_x")
    assert "LOST" in capsys.readouterr().out


def test_drive_is_not_asked_for_while_grading(colab, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert workspace.open_workspace("02_x") == Path("results/02_x")
    assert not colab.mounted


def test_run_folders(tmp_path):
    images, checkpoints = workspace.run_folders(tmp_path, "baseline")
    assert images == tmp_path / "baseline" / "images" and images.is_dir()
    assert isinstance(checkpoints, str) and Path(checkpoints).is_dir()


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", None])
def test_names_that_leave_the_folder_are_refused(tmp_path, name):
    with pytest.raises(ValueError, match="run_name"):
        workspace.run_folders(tmp_path, name)
    with pytest.raises(ValueError, match="assignment"):
        workspace.open_workspace(name)
