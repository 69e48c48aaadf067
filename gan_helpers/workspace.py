"""Where the results of an assignment are stored: on Google Drive in Colab, else in ./results."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from gan_helpers import budget as budgets

_DRIVE = Path("/content/drive")


def open_workspace(assignment: str) -> Path:
    """Open the folder for the results of one assignment, creating it if need be.

    In Google Colab this asks to mount Google Drive, because files beside the notebook are lost
    when the runtime disconnects; the folder is then ``gan-course/<assignment>`` on your Drive.
    Elsewhere, and whenever the work is being graded, it is ``./results/<assignment>``.

    Args:
        assignment: Name of the assignment, such as ``"02_dcgan_experiments"``.

    Raises:
        ValueError: If ``assignment`` cannot be the name of a folder.
    """
    _check_name(assignment, "assignment")
    folder = local = Path("results") / assignment
    if not budgets.is_grading() and (colab_drive := _colab_drive()) is not None:
        print(
            "Colab now asks whether this notebook may use your Google Drive. Your work is then kept"
        )
        print(f"there, in gan-course/{assignment}; without it, a disconnect costs your results.")
        try:
            colab_drive.mount(str(_DRIVE))
            folder = _DRIVE / "MyDrive" / "gan-course" / assignment
            folder.mkdir(parents=True, exist_ok=True)
        except Exception as error:  # google.colab raises several kinds, also for "No thanks"
            folder = local
            print(f"Google Drive is not available ({type(error).__name__}).")
            print("Results stay on this Colab machine and are LOST when it disconnects.")
    folder.mkdir(parents=True, exist_ok=True)
    print(f"Workspace: {folder}")
    return folder


def run_folders(folder: Path, run_name: str) -> tuple[Path, str]:
    """Create the folders for the pictures and checkpoints of one training run.

    Args:
        folder: The workspace, from :func:`open_workspace`.
        run_name: Name of the run, such as ``"baseline"``.

    Returns:
        ``(image_dir, checkpoint_dir)``: a path, and a string as TensorFlow's checkpoints want it.

    Raises:
        ValueError: If ``run_name`` cannot be the name of a folder.
    """
    _check_name(run_name, "run_name")
    image_dir = Path(folder) / run_name / "images"
    checkpoint_dir = Path(folder) / run_name / "checkpoints"
    image_dir.mkdir(parents=True, exist_ok=True)
    checkpoint_dir.mkdir(parents=True, exist_ok=True)
    return image_dir, str(checkpoint_dir)


def in_colab() -> bool:
    """Tell whether this is Google Colab."""
    return _colab_drive() is not None


def _check_name(name: str, what: str) -> None:
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
        raise ValueError(
            f"{what} is {name!r}; use letters, digits, '-', '_' and '.', starting with a letter "
            "or digit, since it becomes the name of a folder."
        )


def _colab_drive() -> Any:
    """Return ``google.colab.drive`` in Colab and ``None`` elsewhere."""
    try:
        from google.colab import drive
    except ImportError:
        return None
    return drive
