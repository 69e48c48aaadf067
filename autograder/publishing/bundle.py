"""Makes what students get: the releases, the helpers to install, a guide; nothing else.

A release that is not what nbgrader makes of ``source/``, or any file with something in it that only
the instructor has, is refused before anything is written.
"""

from __future__ import annotations

import io
import json
import re
import tempfile
import tomllib
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import nbformat
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config.loader import PyFileConfigLoader

from autograder.course import COURSE_ROOT, Assignment
from autograder.publishing.leak_check import Secrets, cell_name
from autograder.publishing.shared_cells import ADDRESS_FILE, Address

_COPIED = ("LICENSE", "LICENSE-course-text", "docs/students.md", "docs/generated_digits.png")
_README = "docs/student_repository.md"
_ASSIGNMENTS_GO_HERE = "<!-- assignments -->"
_HELPER_FILES = (".py", ".npz", "py.typed")
_INSTRUCTORS = ("autograder", "benchmarks", "notebooks", "source", "submitted", "tests")
_OWN_FOLDERS = ("gan_helpers/", "release/")  # what is old in them is taken out of a bundle
_SHOWN_PROBLEMS = 20
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the same tree gives the same file


class BundleError(ValueError):
    """A bundle that students must not get; the text says why, a line for each reason."""


def make_bundle(
    target: Path,
    *,
    root: Path = COURSE_ROOT,
    assignments: Sequence[str] = (),
    replace: bool = False,
    without_address: bool = False,
) -> tuple[str, ...]:
    """Make the student repository.

    Args:
        target: A folder, or a zip file if the name says so. In an earlier bundle or a git
            repository, whatever else is there stays.
        root: The course.
        assignments: Names of those to put in; all if left out.
        replace: Whether to write where something is already.
        without_address: Whether to make it although nobody has said where students will get it, so
            that they cannot work in Colab.

    Returns:
        The names of its files.

    Raises:
        BundleError: If something in it is not for students, or no address is set.
        UnknownAssignmentError: If there is no such assignment.
        ValueError: If the target is taken.
    """
    _require_free(target, root, replace)
    address = Address.read(root=root)
    if not (without_address or address.is_set):
        raise BundleError(
            "Nobody has said where students get the course, so that Colab could not open it: run "
            "`python -m autograder address https://github.com/OWNER/NAME` and `make notebooks`. If "
            "nobody is to use Colab, give --without-address."
        )
    names = [Assignment.find(name, root=root).name for name in assignments]
    names = names or Assignment.names(root=root)
    files = gather(root, names)
    for name in names:
        if address.package.encode() not in files[f"release/{name}/{name}.ipynb"]:
            raise BundleError(
                f"release/{name}: has another address than {ADDRESS_FILE}; run `make notebooks`."
            )
    there = _read(target) if target.is_dir() else {}
    kept = {name: data for name, data in there.items() if not name.startswith(_OWN_FOLDERS)}
    Inspector(root, names).require_clean({**kept, **files})
    if target.suffix.lower() == ".zip":
        target.write_bytes(_zipped(files))
        return tuple(files)
    for name in there.keys() - kept.keys() - files.keys():
        (target / name).unlink()
    for name, data in files.items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_bytes(data)
    return tuple(files)


def check_bundle(target: Path, *, root: Path = COURSE_ROOT) -> None:
    """Look through a bundle that was made before.

    Args:
        target: The folder or zip file.
        root: The course that it was made of.

    Raises:
        BundleError: If something in it is not for students.
        ValueError: If there is no bundle.
    """
    if not target.exists():
        raise ValueError(f"There is no bundle {target}.")
    files = _read(target)
    released = {name.split("/")[1] for name in files if name.startswith("release/")}
    Inspector(root, sorted(released & set(Assignment.names(root=root)))).require_clean(files)


def _require_free(target: Path, root: Path, replace: bool) -> None:
    names = {one.name for one in target.iterdir()} if target.is_dir() else set()
    is_ours = ".git" in names or {"gan_helpers", "release", "README.md"} <= names
    if names and (not is_ours or names & {"source", "autograder"}):
        raise ValueError(
            f"{target} is neither empty nor a bundle nor a git repository; name another folder."
        )
    if (names - {".git"} or target.is_file()) and not replace:
        raise ValueError(f"{target} exists already; replace it with --force.")
    if target.resolve().is_relative_to(root) and target.resolve().parent != root:
        raise ValueError(f"{target} is inside of the course's own folders; name another place.")


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
    kept = ("build-system", "project", "tool.setuptools")
    tables = re.split(r"(?m)^(?=\[)", text)
    own = [table for table in tables if table.startswith(tuple(f"[{name}]" for name in kept))]
    result = "".join(own).rstrip() + "\n"
    whole, part = tomllib.loads(text), tomllib.loads(result)
    whole["project"].pop("optional-dependencies", None)
    if part["project"] != whole["project"] or part["build-system"] != whole["build-system"]:
        raise ValueError("The project's table in pyproject.toml is not in one piece; make it so.")
    return result


class Inspector:
    """Knows what of a course students may have.

    Args:
        root: The course.
        assignments: Names of those that they get.

    Raises:
        BundleError: If nbgrader cannot make a release.
    """

    def __init__(self, root: Path, assignments: Sequence[str]) -> None:
        sources = {name: Assignment(name, root).source for name in Assignment.names(root=root)}
        made = {name: _generated(name, root) for name in sources}
        self._made = {name: made[name] for name in assignments}
        releases = {
            name: nbformat.reads(data.decode(), as_version=4) for name, data in made.items()
        }
        hidden = [
            *sorted((root / "autograder").rglob("*.py")),
            *sorted((root / "tests" / "submissions").rglob("*.py")),
        ]
        self._secrets = Secrets(sources, releases, public=assignments, hidden=hidden)

    def problems(self, files: Mapping[str, bytes]) -> list[str]:
        """Return a sentence for everything that students must not get.

        Args:
            files: The files of a bundle, by name.
        """
        problems: list[str] = []
        for name, data in files.items():
            top = name.split("/")[0]
            if top in _INSTRUCTORS:
                problems.append(f"{name}: {top}/ is not for students; take it out.")
            elif top == "release":
                problems += _release_problems(name, data, self._made)
            elif top == "gan_helpers" and not name.endswith(_HELPER_FILES):
                problems.append(f"{name}: no module of gan_helpers; take it out.")
            problems += map(str, self._secrets.search(name, data))
        return problems

    def require_clean(self, files: Mapping[str, bytes]) -> None:
        """Refuse a bundle with problems.

        Raises:
            BundleError: If there are any.
        """
        problems = self.problems(files)
        if problems:
            more = len(problems) - _SHOWN_PROBLEMS
            problems = problems[:_SHOWN_PROBLEMS] + ([f"... and {more} more."] if more > 0 else [])
            raise BundleError("This bundle is not for students.\n  " + "\n  ".join(problems))


def _release_problems(name: str, data: bytes, made: Mapping[str, bytes]) -> list[str]:
    assignment = name.split("/")[1]
    if assignment not in made or name != f"release/{assignment}/{assignment}.ipynb":
        return [f"{name}: not a release of this bundle's assignments; take it out."]
    if data == made[assignment]:
        return []
    again = "run `make notebooks` and bundle again."
    try:
        cells = json.loads(data)["cells"]
        expected = json.loads(made[assignment])["cells"]
        names = [cell_name(cell) for cell in cells]
    except (ValueError, KeyError, TypeError, AttributeError):
        return [f"{name}: cannot be read as a notebook; {again}"]
    differing = next(
        (n for n, (one, other) in enumerate(zip(cells, expected, strict=False)) if one != other),
        min(len(cells), len(expected)),
    )
    if differing < len(cells):
        where = f"cell {names[differing]} differs"
    elif differing < len(expected):
        where = f"cell {cell_name(expected[differing])} is missing"
    else:
        where = "its metadata differs"
    return [f"{name}: {where} from what nbgrader makes of source/; {again}"]


def _generated(name: str, root: Path) -> bytes:
    """Return the release as ``nbgrader generate_assignment`` makes it now."""
    config = PyFileConfigLoader("nbgrader_config.py", path=str(COURSE_ROOT)).load_config()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "source").symlink_to((root / "source").resolve())
        config.CourseDirectory.root = folder
        config.GenerateAssignment.no_database = True
        config.SaveCells.enabled = False  # without a database there is nowhere to save to
        api = NbGraderAPI(CourseDirectory(config=config), config=config)
        result = api.generate_assignment(name)
        if not result["success"]:
            reason = result["error"].strip().splitlines()[-1]
            raise BundleError(f"nbgrader cannot make the release of {name}: {reason}")
        return Path(folder, "release", name, f"{name}.ipynb").read_bytes()


def _read(target: Path) -> dict[str, bytes]:
    """Return all files of a bundle by name, without those of git."""
    if target.is_dir():
        paths = (path for path in sorted(target.rglob("*")) if path.is_file())
        files = {path.relative_to(target).as_posix(): path for path in paths}
        return {name: path.read_bytes() for name, path in files.items() if name[:5] != ".git/"}
    try:
        with zipfile.ZipFile(target) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    except zipfile.BadZipFile:
        raise ValueError(f"{target} is no zip file.") from None


def _zipped(files: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return data.getvalue()
