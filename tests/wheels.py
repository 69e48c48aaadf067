"""Builds the project's wheel for tests, from a copy, so that nothing is left in the checkout."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def build_wheel(folder: Path) -> Path:
    """Build the wheel and return the folder that holds it."""
    copy, wheels = folder / "project", folder / "wheels"
    copy.mkdir(parents=True)
    wheels.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", "LICENSE-course-text"):
        shutil.copy(ROOT / name, copy)
    shutil.copytree(ROOT / "gan_helpers", copy / "gan_helpers")
    shutil.copytree(ROOT / "autograder", copy / "autograder")
    code = f"import setuptools.build_meta as build; build.build_wheel({str(wheels)!r})"
    subprocess.run([sys.executable, "-c", code], cwd=copy, check=True, capture_output=True)
    return wheels
