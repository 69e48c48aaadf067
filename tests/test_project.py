"""The project's own files agree with each other."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml

from tests.support.wheels import build_wheel

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def _name(requirement: str) -> str:
    return re.split(r"[<>=!~\[; ]", requirement.strip())[0].lower().replace("_", "-")


def _tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", *patterns], cwd=ROOT, capture_output=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name]


def test_every_dependency_is_pinned():
    pinned = {
        _name(line)
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if "==" in line and not line.startswith("#")
    }
    wanted = [
        *PROJECT["dependencies"],
        *(one for extra in PROJECT["optional-dependencies"].values() for one in extra),
    ]
    assert {_name(one) for one in wanted} <= pinned


def test_conda_environment_installs_the_same():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    *conda, pip = environment["dependencies"]
    assert f"python{PROJECT['requires-python']}" in conda
    extras = ",".join(PROJECT["optional-dependencies"])
    assert pip["pip"] == ["--constraint constraints.txt", f"--editable .[{extras}]"]


def test_makefile_installs_all_extras():
    extras = ",".join(PROJECT["optional-dependencies"])
    makefile = (ROOT / "Makefile").read_text()
    assert f"'.[{extras}]'" in makefile
    assert "--constraint constraints.txt" in makefile


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
    return found


def test_helpers_never_import_the_autograder():
    modules = sorted((ROOT / "gan_helpers").rglob("*.py"))
    assert modules
    for path in modules:
        assert not any(name.split(".")[0] == "autograder" for name in _imports(path)), path


@pytest.mark.parametrize("package", ["gan_helpers", "autograder"])
def test_no_circular_imports(package):
    graph = {}
    for path in sorted((ROOT / package).rglob("*.py")):
        if "checks" in path.parts:
            continue
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        # Top-level imports only: one inside a function is made when everything is loaded.
        tree = ast.parse(path.read_text())
        tree.body = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        targets = set()
        for node in tree.body:
            if isinstance(node, ast.ImportFrom) and node.module:
                targets.add(node.module)
                targets |= {f"{node.module}.{alias.name}" for alias in node.names}
            elif isinstance(node, ast.Import):
                targets |= {alias.name for alias in node.names}
        graph[name] = targets
    graph = {name: targets & set(graph) for name, targets in graph.items()}

    def reach(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, f"circular import: {' -> '.join((*trail, name))}"
        for target in graph[name]:
            reach(target, (*trail, name))

    for name in graph:
        reach(name, ())


def test_wheel_ships_the_helpers_alone(tmp_path):
    (wheel,) = build_wheel(tmp_path).glob("*.whl")
    weights = "gan_helpers/_scorer/weights/mnist_scorer.npz"
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
        scorer = archive.read(weights)
    assert tops == {"gan_helpers", f"gan_helpers-{PROJECT['version']}.dist-info"}
    assert scorer == (ROOT / weights).read_bytes()


def test_nothing_large_or_generated_is_committed():
    for path in _tracked():
        if path.is_file() and path.relative_to(ROOT).parts[0] != "docs":
            assert path.stat().st_size < 2_000_000, path
    assert not _tracked("*.db", "submitted", "autograded", "feedback", "evidence", ".venv")
