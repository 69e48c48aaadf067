"""The project's own files agree with each other."""

from __future__ import annotations

import ast
import datetime
import re
import subprocess
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml

import gan_helpers
from tests.support.wheels import build_wheel

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = SETTINGS["project"]


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
        *(name for extra in PROJECT["optional-dependencies"].values() for name in extra),
    ]
    assert {_name(requirement) for requirement in wanted} <= pinned


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
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


# import-linter holds the order of the packages, but does not see the folders of checks: their names
# begin with a digit, so that they are no packages to it.
FOR_CHECKS = ("challenges", "checks.common", "evidence", "judging")


def upward_imports(path: Path) -> set[str]:
    """Return what a file of an assignment's checks imports although it stands above it.

    Kernel files run where there is no autograder: they see each other alone.
    """
    below = ("challenges.kernel",) if "kernel" in path.parts else FOR_CHECKS
    allowed = tuple(f"autograder.{name}." for name in below)
    return {
        name
        for name in _imports(path)
        if name.startswith("autograder.") and not f"{name}.".startswith(allowed)
    }


def test_checks_import_downwards():
    paths = sorted((ROOT / "autograder" / "checks").glob("*/**/*.py"))
    assert paths
    for path in paths:
        assert not upward_imports(path), path


@pytest.mark.parametrize(
    ("name", "code", "above"),
    [
        ("test_q1.py", "from autograder.judging.check import check", set()),
        ("test_q1.py", "from autograder.checks.common import ADAM\nfrom calls import f", set()),
        ("plan.py", "from autograder.checks import common", set()),
        ("plan.py", "from autograder.grading import marks", {"autograder.grading.marks"}),
        ("plan.py", "def f():\n    import autograder.course", {"autograder.course"}),
        ("kernel/a.py", "from autograder.challenges.kernel.state import Space", set()),
        (
            "kernel/a.py",
            "from autograder.challenges.drawing import draw",
            {"autograder.challenges.drawing.draw"},
        ),
    ],
)
def test_imports_of_checks_are_read(tmp_path, name, code, above):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(code)
    assert upward_imports(path) == above


SCORER = "gan_helpers/_scorer/weights/mnist_scorer.npz"


def test_wheel_ships_the_helpers_alone(tmp_path):
    (wheel,) = build_wheel(tmp_path).glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
        scorer = archive.read(SCORER)
    assert tops == {"gan_helpers", f"gan_helpers-{gan_helpers.__version__}.dist-info"}
    assert scorer == (ROOT / SCORER).read_bytes()


def test_nothing_large_or_generated_is_committed():
    for path in _tracked():
        if path.is_file() and path.relative_to(ROOT).parts[0] != "docs":
            assert path.stat().st_size < 2_000_000, path
    assert not _tracked("*.db", "submitted", "autograded", "feedback", "evidence", ".venv")


# -- one version in one place -------------------------------------------------------------------


def test_the_version_stands_in_the_package_alone():
    assert "version" not in PROJECT and PROJECT["dynamic"] == ["version"]
    dynamic = SETTINGS["tool"]["setuptools"]["dynamic"]
    assert dynamic == {"version": {"attr": "gan_helpers.__version__"}}


def test_the_citation_is_of_this_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["version"] == gan_helpers.__version__
    assert citation["license"] == PROJECT["license"]
    assert {"cff-version", "message", "title", "authors"} <= citation.keys()


def test_the_changelog_begins_with_this_version():
    text = (ROOT / "CHANGELOG.md").read_text()
    versions = re.findall(r"^## \[([^\]]+)\](?: - (\d{4}-\d\d-\d\d))?$", text, re.MULTILINE)
    released = [version for version, _ in versions if version != "Unreleased"]
    assert released[0] == gan_helpers.__version__
    for version, date in versions:
        assert version == "Unreleased" or datetime.date.fromisoformat(date)
    assert set(re.findall(r"^### (.+)$", text, re.MULTILINE)) <= {
        *("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"),
        *("For instructors", "For students", "For developers"),
    }


# -- what GitHub and pre-commit read ------------------------------------------------------------


def _yaml_files() -> list[Path]:
    return [
        *sorted((ROOT / ".github").rglob("*.yml")),
        *(ROOT / name for name in (".pre-commit-config.yaml", "CITATION.cff", "environment.yml")),
    ]


def test_yaml_can_be_read():
    for path in _yaml_files():
        assert isinstance(yaml.safe_load(path.read_text()), dict), path


def _workflows() -> dict[str, dict]:
    folder = ROOT / ".github" / "workflows"
    return {path.stem: yaml.safe_load(path.read_text()) for path in sorted(folder.glob("*.yml"))}


def test_workflows_are_complete():
    workflows = _workflows()
    assert {"lint", "tests", "docs"} <= workflows.keys()
    for name, workflow in workflows.items():
        # YAML 1.1 reads the key "on" as true.
        assert {"name", True, "permissions", "jobs"} <= workflow.keys(), name
        assert workflow["permissions"] == {"contents": "read"}, name
        for job in workflow["jobs"].values():
            assert job["timeout-minutes"] <= 60, name
            for step in job["steps"]:
                if "uses" in step:
                    assert re.fullmatch(r"[\w./-]+@v\d+", step["uses"]), step["uses"]


def test_workflows_try_every_python():
    (low, high) = re.findall(r"3\.(\d+)", PROJECT["requires-python"])
    versions = [f"3.{minor}" for minor in range(int(low), int(high))]
    assert _workflows()["tests"]["jobs"]["tests"]["strategy"]["matrix"]["python"] == versions
    # Lint and types are those of the oldest, which the code is written for.
    steps = _workflows()["lint"]["jobs"]["lint"]["steps"]
    (set_up,) = (step for step in steps if "setup-python" in step.get("uses", ""))
    assert (
        set_up["with"]["python-version"]
        == versions[0]
        == SETTINGS["tool"]["mypy"]["python_version"]
    )


def test_commands_of_workflows_are_those_of_the_makefile():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {
        target
        for workflow in _workflows().values()
        for job in workflow["jobs"].values()
        for step in job["steps"]
        for target in re.findall(r"\bmake ([a-z]+)", step.get("run", ""))
    }
    assert named and named <= targets


def test_hooks_before_a_commit_are_tools_of_the_project():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    test_tools = {_name(line) for line in PROJECT["optional-dependencies"]["test"]}
    tools = test_tools | {_name(line) for line in PROJECT["optional-dependencies"]["course"]}
    (local,) = (repository for repository in hooks if repository["repo"] == "local")
    for hook in local["hooks"]:
        command = hook["entry"].split()[0]
        assert command.startswith(".venv/bin/"), hook
        assert command.removeprefix(".venv/bin/") in tools | {"lint-imports", "python"}, hook
    for repository in hooks:
        if repository is not local:
            assert re.fullmatch(r"v?\d+\.\d+\.\d+", repository["rev"]), repository


# -- what the texts name ------------------------------------------------------------------------


def newcomers_table() -> list[tuple[str, str]]:
    """Return the rows of CONTRIBUTING's table: what somebody looks for, and where it is."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    section = text.split("## You look for ... it is in ...")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (?!you look for|---)(.+?) \| (.+?) \|$", section, re.MULTILINE)
    return [(what, where) for what, where in rows]


def test_what_a_newcomer_looks_for_is_there():
    rows = newcomers_table()
    assert len(rows) >= 18
    for what, where in rows:
        paths = re.findall(r"`([^`]+)`", where)
        assert paths, what
        for path in paths:
            assert list(ROOT.glob(path)), f"{what}: {path}"


# Paths with a placeholder for what is yet to be made.
TO_BE_MADE = re.compile(r"[A-Z]{3}|[<>*{}]|06_mine|q3e|\s")
FOLDERS = (
    "autograder",
    "gan_helpers",
    "tests",
    "tools",
    "benchmarks",
    "notebooks",
    "docs",
    "source",
)


@pytest.mark.parametrize(
    "name", ["CONTRIBUTING.md", "SECURITY.md", "README.md", "docs/maintainers.md"]
)
def test_paths_in_the_texts_for_developers_exist(name):
    named = re.findall(r"`([\w./-]+/[\w./-]*)`", (ROOT / name).read_text())
    paths = [path for path in named if path.startswith(tuple(f"{top}/" for top in FOLDERS))]
    assert paths or name == "SECURITY.md"
    for path in paths:
        assert TO_BE_MADE.search(path) or (ROOT / path).exists(), path


def _slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def broken_links(path: Path) -> list[str]:
    """Return the links of a text to files and headings that are not there."""
    text = re.sub(r"^```.*?^```", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"https?:|mailto:|data:", link) or "/" in link[:1]:
            continue
        name, _, heading = link.partition("#")
        target = path.parent / name if name else path
        if not target.exists():
            broken.append(link)
        elif heading and target.suffix == ".md":
            headings = re.findall(r"^#+ (.+)$", target.read_text(), re.MULTILINE)
            if heading not in map(_slug, headings):
                broken.append(link)
    return broken


def test_links_of_the_texts_lead_somewhere():
    texts = [path for path in _tracked("*.md") if path.name != "student_repository.md"]
    assert len(texts) > 10
    broken = {str(path): links for path in texts if path.exists() and (links := broken_links(path))}
    assert not broken


def test_a_broken_link_is_noticed(tmp_path):
    (tmp_path / "other.md").write_text("# One Heading, and a half\n")
    text = tmp_path / "a.md"
    text.write_text(
        "[a](other.md) [b](other.md#one-heading-and-a-half) [c](https://example.org) [d](#here)\n"
        "# Here\n[e](missing.md) [f](other.md#missing)\n```\n[g](not_a_link.md)\n```\n"
    )
    assert broken_links(text) == ["missing.md", "other.md#missing"]
