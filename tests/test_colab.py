"""The student notebook in an environment with exactly Colab's package versions, without nbgrader.

The versions are Google's own list (see the head of colab-2026-08.txt). Colab runs Python 3.13.
Colab's own module is stood in for (google_colab/): the test is its page, its Drive and its browser.
"""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import json
import os
import signal
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import nbclient
import nbformat
import numpy as np
import pytest
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec
from nbclient.exceptions import DeadKernelError

from autograder.course import Assignment
from autograder.lms.collect import collect
from autograder.publishing.address import Address
from tests.support.wheels import build_wheel

pytestmark = pytest.mark.kernel

CONSTRAINTS = Path(__file__).with_name("support") / "colab-2026-08.txt"
STAND_IN = Path(__file__).with_name("support") / "google_colab"
NOT_IN_COLAB = "nbgrader"
ROUND_TRIP = "02_dcgan_experiments"


def _uv(*arguments: str) -> str:
    result = subprocess.run(
        [sys.executable, "-m", "uv", *arguments], check=True, capture_output=True, text=True
    )
    return result.stdout.strip() or result.stderr.strip()


@dataclasses.dataclass(frozen=True)
class Colab:
    """An environment like Colab's.

    Attributes:
        interpreter: Its Python.
        wheel: The course's wheel, not installed yet.
        packages: What is installed before it.
    """

    interpreter: Path
    wheel: Path
    packages: frozenset[str] = frozenset()

    def pip(self, command: str, *arguments: str) -> str:
        return _uv("pip", command, "--python", str(self.interpreter), *arguments)

    def execute(self, notebook: nbformat.NotebookNode, page: Path, **variables: str) -> None:
        """Run a notebook on a new machine: only what is on Drive is still there."""
        with contextlib.suppress(subprocess.CalledProcessError):
            self.pip("uninstall", "--quiet", "gan-helpers")
        manager = _ColabKernel()
        manager.interpreter = str(self.interpreter)
        environment = {
            "PATH": f"{self.interpreter.parent}:/usr/bin:/bin",
            "HOME": str(page),
            # Where Matplotlib keeps its list of fonts, which takes seconds to make.
            "MPLCONFIGDIR": str(self.wheel.parent / "matplotlib"),
            "CUDA_VISIBLE_DEVICES": "-1",
            "PIP_NO_INDEX": "1",  # nothing but the course's wheel may be fetched
            "COLAB_PAGE": str(page),
            **variables,
        }
        machine = page / "machine"
        machine.mkdir(exist_ok=True)
        client = nbclient.NotebookClient(notebook, km=manager, timeout=300)
        with _open_page(notebook, page, manager):
            client.execute(cwd=str(machine), env=environment)


class _ColabKernel(AsyncKernelManager):
    interpreter = ""

    @property
    def kernel_spec(self) -> KernelSpec:
        return KernelSpec(
            argv=[self.interpreter, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            display_name="Colab",
            language="python",
        )


@contextlib.contextmanager
def _open_page(notebook: nbformat.NotebookNode, page: Path, manager: _ColabKernel) -> Iterator:
    """Answer what the kernel asks; with a file `kill`, kill it once there is a state to resume."""
    closed = threading.Event()

    def watch() -> None:
        states = page / "drive" / "MyDrive" / "gan-course" / ROUND_TRIP / "baseline" / "resume"
        while not closed.wait(0.02):
            if (page / "request").exists():
                partial = page / "answer.part"
                partial.write_text(json.dumps({"ipynb": as_colab_saves(notebook)}))
                (page / "request").unlink()
                partial.rename(page / "answer.json")
            if (page / "kill").exists() and list(states.glob("state-000010-*.json")):
                os.kill(manager.provisioner.pid, signal.SIGKILL)
                (page / "kill").unlink()

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        closed.set()
        thread.join()


def as_colab_saves(notebook: nbformat.NotebookNode) -> dict:
    """The notebook as Colab's page holds it: ids and marks of its own, format 4.0."""
    saved = json.loads(nbformat.writes(notebook))
    saved["nbformat_minor"] = 0
    saved["metadata"]["colab"] = {"provenance": [], "name": "Copy of x.ipynb"}
    for number, cell in enumerate(saved["cells"]):
        cell["metadata"]["id"] = cell.pop("id")
        if cell["cell_type"] == "code":
            cell["metadata"] |= {"outputId": f"{number:08x}", "colab": {"base_uri": "https://x/"}}
    return saved


@pytest.fixture(scope="module")
def colab(tmp_path_factory) -> Colab:
    python = os.environ.get("PYTHON313")
    if not python:
        try:
            python = _uv("python", "find", "3.13", "--no-python-downloads")
        except subprocess.CalledProcessError:
            pytest.skip("needs Python 3.13; name an interpreter in PYTHON313")
    folder = tmp_path_factory.mktemp("colab")
    _uv("venv", "--quiet", "--seed", "--python", python, str(folder / "venv"))
    (wheel,) = build_wheel(folder).glob("*.whl")
    made = Colab(folder / "venv" / "bin" / "python", wheel)
    # What Colab has, of all that matters here.
    install = ("--quiet", "--constraint", str(CONSTRAINTS))
    made.pip(
        "install",
        *install,
        *("tensorflow", "matplotlib", "pillow", "scikit-learn", "ipykernel", "ipywidgets"),
    )
    (packages,) = folder.glob("venv/lib/python3.13/site-packages")
    (packages / "google" / "colab").symlink_to(STAND_IN)
    return dataclasses.replace(made, packages=frozenset(made.pip("freeze").splitlines()))


def _opened(name: str, colab: Colab) -> nbformat.NotebookNode:
    """The instructor's notebook, signed, whose first cell finds the wheel in its place."""
    notebook = copy.deepcopy(Assignment.find(name).source)
    for cell in notebook.cells:
        cell.source = cell.source.replace(Address.read().package, str(colab.wheel))
        cell.source = cell.source.replace("- Name:", "- Name: A. Student")
        cell.source = cell.source.replace("- Student number:", "- Student number: 12")
        if '"google.colab" in sys.modules' in cell.source:
            cell.source = f"import google.colab\n{cell.source}"  # Colab has done so
    return notebook


def _output(notebook: nbformat.NotebookNode, grade_id: str) -> str:
    (cell,) = (
        cell
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id
    )
    return "".join(output.get("text", "") for output in cell.outputs)


@pytest.mark.parametrize("name", [name for name in Assignment.names() if name != ROUND_TRIP])
def test_student_notebook_runs_on_colabs_versions(colab, name, tmp_path):
    notebook = _opened(name, colab)
    data = {key: os.environ[key] for key in ("GAN_HELPERS_DATA",) if key in os.environ}
    colab.execute(notebook, tmp_path, GAN_HELPERS_BUDGET="grading", **data)
    assert "Recorded for" in nbformat.writes(notebook)
    assert "Nothing is packed" in _output(notebook, "hand_in")
    machine = tmp_path / "machine"
    assert list(machine.rglob("image_at_epoch_0050.png")) or not list(
        machine.rglob("image_at_epoch_*.png")
    )


@pytest.fixture
def tiny_data(tmp_path) -> str:
    """A folder with so few digits that a full training takes seconds."""
    images = np.random.default_rng(0).integers(0, 256, (308, 28, 28)).astype(np.uint8)
    labels = (np.arange(308) % 10).astype(np.uint8)
    (tmp_path / "data").mkdir()
    np.savez(
        tmp_path / "data" / "mnist.npz",
        x_train=images[:8],
        y_train=labels[:8],
        x_test=images[8:],
        y_test=labels[8:],
    )
    return str(tmp_path / "data")


def test_round_trip(colab, tiny_data, tmp_path, grader_02):
    """Install, mount, train, lose the machine, go on, pack, hand in, be graded."""
    page = tmp_path / "page"
    page.mkdir()
    (page / "kill").touch()
    variables = {"GAN_HELPERS_BUDGET": "full", "GAN_HELPERS_DATA": tiny_data}
    notebook = _opened(ROUND_TRIP, colab)
    with pytest.raises(DeadKernelError):
        colab.execute(notebook, page, **variables)
    work = page / "drive" / "MyDrive" / "gan-course" / ROUND_TRIP
    history = work / "baseline" / "result" / "history.json"
    assert len(json.loads(history.read_text())["epochs"]) < 50
    assert not list(page.glob("machine/results")), "all work is on Drive"

    colab.execute(notebook, page, **variables)
    assert "gan_helpers is installed" in _output(notebook, "install")
    assert "Mounted at /content/drive" in _output(notebook, "setup")
    assert "Going on with a training that was interrupted" in _output(notebook, "run_baseline")
    assert json.loads(history.read_text())["epochs"] == list(range(1, 51))
    (changed,) = colab.packages ^ set(colab.pip("freeze").splitlines())
    assert changed.startswith("gan-helpers")
    assert not any(NOT_IN_COLAB in package for package in colab.packages)
    # Whatever it needs is there, in Colab's own versions.
    told = colab.pip("install", "--dry-run", "--constraint", str(CONSTRAINTS), str(colab.wheel))
    changes = [line for line in told.splitlines() if line.startswith((" + ", " - ", " ~ "))]
    assert changes and all("gan-helpers" in line for line in changes), told
    assert "Nothing is missing" in _output(notebook, "hand_in")

    (download,) = (page / "downloads").iterdir()
    assert download.read_bytes() == (work / download.name).read_bytes(), "on Drive as well"
    assert download.stat().st_size <= 10_000_000
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        archive.write(download, f"student_12_900_{download.name}")
    course = tmp_path / "course"
    course.mkdir()
    collected = collect(
        Assignment.find(ROUND_TRIP), tmp_path / "class.zip", system="canvas", course=course
    )
    assert not collected.needs_attention
    folder = course / "submitted" / "12" / ROUND_TRIP
    recorded = json.loads((folder / "recorded" / "history.json").read_text())
    assert list(recorded) == ["baseline", "section_4", "simpler"]
    assert {len(history["epochs"]) for history in recorded.values()} == {50}
    for run in recorded:
        with np.load(folder / "recorded" / "samples" / f"{run}.npz") as samples:
            assert samples["images"].shape == (500, 28, 28) and samples["epoch"] == 50
    with np.load(folder / "recorded" / "generators" / "simpler.npz") as final:
        assert final["000"].dtype == np.float16
    # Animations of noise are so large that not all generators may fit in.
    manifest = json.loads((folder / "recorded" / "manifest.json").read_text())
    assert all("generator" in part for part in manifest["left_out"])

    submission = grader_02.read_folder(folder)
    assert submission.code_hash == grader_02.repair(Assignment.find(ROUND_TRIP).source).code_hash
    assert not submission.problems
    verdict = grader_02.grade(submission)
    assert verdict.score == verdict.max_score == 10
