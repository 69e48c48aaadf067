"""Says what in a bundle students must not get.

A release must be, byte for byte, what nbgrader makes of ``source/`` now; folders that are the
instructor's are refused; and no file at all may hold what only the instructor has (leak_check).
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import nbformat
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config.loader import PyFileConfigLoader

from autograder.course import COURSE_ROOT, Assignment
from autograder.publishing.bundle_files import BundleError
from autograder.publishing.leak_check import Secrets, cell_name

_HELPER_FILES = (".py", ".npz", "py.typed")
_INSTRUCTORS = ("autograder", "benchmarks", "notebooks", "source", "submitted", "tests")
_SHOWN_PROBLEMS = 20


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
        generated = {name: _generated(name, root) for name in sources}
        self._generated = {name: generated[name] for name in assignments}
        releases = {
            name: nbformat.reads(data.decode(), as_version=4) for name, data in generated.items()
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
                problems += _release_problems(name, data, self._generated)
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


def _release_problems(name: str, data: bytes, generated: Mapping[str, bytes]) -> list[str]:
    assignment = name.split("/")[1]
    if assignment not in generated or name != f"release/{assignment}/{assignment}.ipynb":
        return [f"{name}: not a release of this bundle's assignments; take it out."]
    if data == generated[assignment]:
        return []
    advice = "run `make notebooks` and bundle again."
    try:
        cells = json.loads(data)["cells"]
        expected = json.loads(generated[assignment])["cells"]
        names = [cell_name(cell) for cell in cells]
    except (ValueError, KeyError, TypeError, AttributeError):
        return [f"{name}: cannot be read as a notebook; {advice}"]
    differing = next(
        (n for n, pair in enumerate(zip(cells, expected, strict=False)) if pair[0] != pair[1]),
        min(len(cells), len(expected)),
    )
    if differing < len(cells):
        where = f"cell {names[differing]} differs"
    elif differing < len(expected):
        where = f"cell {cell_name(expected[differing])} is missing"
    else:
        where = "its metadata differs"
    return [f"{name}: {where} from what nbgrader makes of source/; {advice}"]


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
