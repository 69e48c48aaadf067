"""Gathers the files that students get: releases, helpers to install, a guide; nothing else."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

from autograder.course import Assignment
from autograder.publishing.address import Address

_COPIED = ("LICENSE", "LICENSE-course-text", "docs/students.md", "docs/generated_digits.png")
_README = "docs/student_repository.md"
_ASSIGNMENTS_GO_HERE = "<!-- assignments -->"


class BundleError(ValueError):
    """A bundle that students must not get; the text says why, a line for each reason."""


def gather(root: Path, assignments: Sequence[str]) -> dict[str, bytes]:
    """Return all files of the bundle by name, not yet looked through.

    Args:
        root: The course.
        assignments: Names of the assignments to put in.

    Raises:
        BundleError: If a release is missing.
    """
    files = {name: (root / name).read_bytes() for name in _COPIED}
    for name in assignments:
        folder = root / "release" / name
        if not (folder / f"{name}.ipynb").is_file():
            raise BundleError(f"There is no release of {name}; run `make notebooks`.")
        for path in sorted(folder.rglob("*")):
            if path.is_file() and ".ipynb_checkpoints" not in path.parts:
                files[path.relative_to(root).as_posix()] = path.read_bytes()
    for path in sorted((root / "gan_helpers").rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            files[path.relative_to(root).as_posix()] = path.read_bytes()
    files["README.md"] = _readme(root, assignments)
    files["pyproject.toml"] = student_project((root / "pyproject.toml").read_text("utf-8")).encode()
    return dict(sorted(files.items()))


def _readme(root: Path, assignments: Sequence[str]) -> bytes:
    address = Address.read(root=root)
    colab = (" Colab |", " --- |") if address.is_set else ("", "")
    rows = [f"| assignment | marks |{colab[0]}", f"| --- | --- |{colab[1]}"]
    for name in assignments:
        assignment = Assignment(name, root)
        title = re.search(r"^# (.+)", assignment.source.cells[0].source)
        points = sum((*assignment.auto_points.values(), *assignment.manual_points.values()))
        link = f"[{title[1] if title else name}](release/{name}/{name}.ipynb)"
        badge = f" {address.badge(name)} |" if address.is_set else ""
        rows.append(f"| {link} | {points:g} |{badge}")
    text = (root / _README).read_text("utf-8")
    return text.replace(_ASSIGNMENTS_GO_HERE, "\n".join(rows)).encode()


def student_project(text: str) -> str:
    """Return the parts of ``pyproject.toml`` that ``gan_helpers`` needs to be installed.

    Args:
        text: The course's file. Its tables are kept or left out as a whole.
    """
    headers = ("[build-system]", "[project]", "[tool.setuptools]")
    tables = re.split(r"(?m)^(?=\[)", text)
    result = "".join(table for table in tables if table.startswith(headers)).rstrip() + "\n"
    whole, part = tomllib.loads(text), tomllib.loads(result)
    whole["project"].pop("optional-dependencies", None)
    if part["project"] != whole["project"] or part["build-system"] != whole["build-system"]:
        raise ValueError("The project's table in pyproject.toml is not in one piece; make it so.")
    return result
