"""Builds wheels for tests, from a copy, so that nothing is left in the checkout."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def build_wheel(folder: Path, project: Path = ROOT) -> Path:
    """Build the wheel of a project and return the folder that holds it."""
    copy, wheels = folder / "project", folder / "wheels"
    copy.mkdir(parents=True)
    wheels.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", "LICENSE-course-text"):
        shutil.copy(project / name, copy)
    for package in ("gan_helpers", "autograder"):
        if (project / package).is_dir():
            shutil.copytree(project / package, copy / package)
    code = f"import setuptools.build_meta as build; build.build_wheel({str(wheels)!r})"
    subprocess.run([sys.executable, "-c", code], cwd=copy, check=True, capture_output=True)
    return wheels
