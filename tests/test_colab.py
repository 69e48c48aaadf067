"""The student notebook in an environment with exactly Colab's package versions, without nbgrader.

The versions are Google's own list (see the head of colab-2026-08.txt). Colab runs Python 3.13.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbclient
import nbformat
import pytest
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec
from wheels import build_wheel

from autograder.assignment import Assignment

CONSTRAINTS = Path(__file__).with_name("colab-2026-08.txt")
NOT_IN_COLAB = "nbgrader"


def _uv(*arguments: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", "uv", *arguments], check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture(scope="module")
def colab(tmp_path_factory) -> Path:
    """The interpreter of an environment like Colab's, with the course's wheel installed."""
    python = os.environ.get("PYTHON313")
    if not python:
        try:
            python = _uv("python", "find", "3.13", "--no-python-downloads")
        except subprocess.CalledProcessError:
            pytest.skip("needs Python 3.13; name an interpreter in PYTHON313")
    folder = tmp_path_factory.mktemp("colab")
    _uv("venv", "--quiet", "--python", python, str(folder / "venv"))
    interpreter = folder / "venv" / "bin" / "python"
    (wheel,) = build_wheel(folder).glob("*.whl")
    install = ("pip", "install", "--quiet", "--python", str(interpreter))
    install += ("--constraint", str(CONSTRAINTS))
    # What Colab has, then the wheel: it must find everything there already.
    _uv(*install, "tensorflow", "matplotlib", "pillow", "scikit-learn", "ipykernel", "ipywidgets")
    before = _uv("pip", "freeze", "--python", str(interpreter))
    _uv(*install, str(wheel))
    after = _uv("pip", "freeze", "--python", str(interpreter))
    added = [line for line in after.splitlines() if line not in before.splitlines()]
    assert len(added) == 1 and added[0].startswith("gan-helpers"), added
    assert NOT_IN_COLAB not in after
    return interpreter


class _ColabKernel(AsyncKernelManager):
    interpreter = ""

    @property
    def kernel_spec(self) -> KernelSpec:
        return KernelSpec(
            argv=[self.interpreter, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            display_name="Colab",
            language="python",
        )


@pytest.mark.parametrize("name", Assignment.names())
def test_student_notebook_runs_on_colabs_versions(colab, name, tmp_path):
    solved = nbformat.read(Assignment.find(name).source_path, as_version=4)
    manager = _ColabKernel()
    manager.interpreter = str(colab)
    environment = {
        "PATH": f"{colab.parent}:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "GAN_HELPERS_BUDGET": "grading",
        "CUDA_VISIBLE_DEVICES": "-1",
    }
    if "GAN_HELPERS_DATA" in os.environ:
        environment["GAN_HELPERS_DATA"] = os.environ["GAN_HELPERS_DATA"]
    client = nbclient.NotebookClient(solved, km=manager, timeout=300)
    client.execute(cwd=str(tmp_path), env=environment)
    text = nbformat.writes(solved)
    assert "Recorded for" in text
    assert list(tmp_path.rglob("image_at_epoch_0050.png")) or not list(
        tmp_path.rglob("image_at_epoch_*.png")
    )
    versions = subprocess.run(
        [str(colab), "-c", "import keras, sys; print(sys.version_info[:2], keras.__version__)"],
        capture_output=True,
        text=True,
        check=True,
        env={**environment, "TF_CPP_MIN_LOG_LEVEL": "3"},
    ).stdout
    assert "(3, 13) 3.13" in versions
