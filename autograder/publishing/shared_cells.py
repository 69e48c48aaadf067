"""The parts that all notebooks share: the link to Colab, the installation, and the hand-in.

``course.toml`` says where students get the course from; what follows from it is written into
``notebooks/ASSIGNMENT/ASSIGNMENT.md`` here, and jupytext and nbgrader carry it on from there.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.course import COURSE_ROOT, Assignment

ADDRESS_FILE = "course.toml"
NOT_SET = "https://github.com/YOUR_GITHUB_NAME/YOUR_REPOSITORY"
"""No address: the owner of a GitHub repository has no underscore in the name."""

_REPOSITORY = re.compile(r"https://github\.com/[A-Za-z0-9-]+/[A-Za-z0-9._-]+")
_BRANCH = re.compile(r"[A-Za-z0-9._/-]+")
_MARKS = (
    '"grade": false, "grade_id": "{}", "locked": true, "schema_version": 3, "solution": false, '
    '"task": false'
)

_BADGE = (
    "[![Open this assignment in Google Colab](https://colab.research.google.com/assets/"
    "colab-badge.svg)]({link})"
)
_SAVE_A_COPY = (
    "In Colab, begin with *File → Save a copy in Drive*; a notebook opened from GitHub is not kept."
)
_INSTALL = """\
# Provided. In Google Colab this installs the course's package, and changes no other one.
import importlib.util
import subprocess
import sys

COURSE_URL = "{package}"

if importlib.util.find_spec("gan_helpers"):
    print("gan_helpers is there: nothing to install.")
elif "google.colab" in sys.modules:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", COURSE_URL]
    if subprocess.run(command).returncode:
        raise ImportError(f"{{COURSE_URL}} could not be installed; tell your instructor.")
    importlib.invalidate_caches()
    print("gan_helpers is installed.")
else:
    raise ImportError(
        "gan_helpers is not installed. Run `pip install .` in the folder with the course's"
        " pyproject.toml, then restart the kernel and run all cells."
    )
"""
_STEPS = """\
3. In JupyterLab, save the notebook (*Ctrl+S*) and run the last cell, below the signature, once \
more. In Colab it has just been run.
4. That cell says what is missing and packs the notebook, and what your trainings have left, into \
one file, `{name}_hand_in.zip`. Hand in this file. (If it cannot be made, hand in the notebook \
itself, *File → Download*; you lose no marks by it.)
"""
_HAND_IN = """\
# Provided. Says what is still missing, and packs what you hand in into one file.
from gan_helpers import hand_in

QUESTIONS = "{questions}"
packed = hand_in.pack("{name}", folder, questions=QUESTIONS)
"""


class AddressError(ValueError):
    """The address of the course is no good, or not set; the text says what to do."""


@dataclass(frozen=True)
class Address:
    """Where students get the course from.

    Attributes:
        repository: The GitHub repository, ``https://github.com/OWNER/NAME``.
        branch: Its branch.
    """

    repository: str
    branch: str = "main"

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            AddressError: If Colab could open no notebook from there.
        """
        if self.repository != NOT_SET and not _REPOSITORY.fullmatch(self.repository):
            raise AddressError(
                f"{self.repository!r} is no GitHub repository; give it as "
                "https://github.com/OWNER/NAME."
            )
        if not _BRANCH.fullmatch(self.branch):
            raise AddressError(f"{self.branch!r} cannot be the name of a branch.")

    @classmethod
    def read(cls, *, root: Path = COURSE_ROOT) -> Address:
        """Read the address from ``course.toml``.

        Raises:
            AddressError: If the file is damaged or its address is no good.
        """
        try:
            table = tomllib.loads((root / ADDRESS_FILE).read_text(encoding="utf-8"))
            return cls(str(table["student_repository"]), str(table["branch"]))
        except (OSError, tomllib.TOMLDecodeError, KeyError) as error:
            raise AddressError(
                f"{ADDRESS_FILE} cannot be read ({error}); it needs two lines, student_repository "
                "and branch, each with a text in quotes."
            ) from None

    def write(self, *, root: Path = COURSE_ROOT) -> None:
        """Write the address into ``course.toml``, whose comments stay."""
        path = root / ADDRESS_FILE
        text = path.read_text(encoding="utf-8")
        for key, value in (("student_repository", self.repository), ("branch", self.branch)):
            text = re.sub(rf"(?m)^{key} = .*$", f'{key} = "{value}"', text)
        path.write_text(text, encoding="utf-8")

    @property
    def is_set(self) -> bool:
        """Whether somebody has said where the course is."""
        return self.repository != NOT_SET

    @property
    def package(self) -> str:
        """What pip installs ``gan_helpers`` from."""
        return f"{self.repository}/archive/refs/heads/{self.branch}.zip"

    def colab_link(self, name: str) -> str:
        """Return the link that opens the release of an assignment in Colab."""
        place = self.repository.removeprefix("https://github.com/")
        base = "https://colab.research.google.com/github"
        return f"{base}/{place}/blob/{self.branch}/release/{name}/{name}.ipynb"

    def badge(self, name: str) -> str:
        """Return the link to Colab as a picture, in Markdown."""
        return _BADGE.format(link=self.colab_link(name))


def write_shared_cells(*, root: Path = COURSE_ROOT) -> list[Path]:
    """Bring the shared parts of all reviewed texts up to date.

    Args:
        root: The course.

    Returns:
        The files that were changed.

    Raises:
        AddressError: If the address is no good.
        ValueError: If a text is not built as expected.
    """
    address = Address.read(root=root)
    changed = []
    for name in Assignment.names(root=root):
        path = root / "notebooks" / name / f"{name}.md"
        text = path.read_text(encoding="utf-8")
        assignment = Assignment(name, root)
        questions = [*assignment.auto_points, *assignment.manual_points]
        new = with_shared_cells(text, name, questions=questions, address=address)
        if new != text:
            path.write_text(new, encoding="utf-8")
            changed.append(path)
    return changed


def with_shared_cells(text: str, name: str, *, questions: Sequence[str], address: Address) -> str:
    """Return the reviewed text of an assignment with the shared parts as they should be.

    Args:
        text: The text, in jupytext's Markdown. It needs a title, a cell ``install``, and at its end
            a signature and references; the rest is added if it is not there.
        name: The assignment.
        questions: Ids of all its questions.
        address: Where students get the course from.

    Raises:
        ValueError: If the text is not built like that.
    """
    install = _INSTALL.format(package=address.package)
    in_order = sorted(questions, key=lambda one: text.find(f'"grade_id": "{one}'))
    hand_in = _HAND_IN.format(name=name, questions=" ".join(in_order))
    text = _with_badge(text, f"{address.badge(name)} {_SAVE_A_COPY}")
    text = _with_cell(text, "install", install)
    text = _with_steps(text, _STEPS.format(name=name))
    if '"grade_id": "hand_in"' not in text:
        block = f"### Hand in\n\n```python nbgrader={{{_MARKS.format('hand_in')}}}\n```\n\n"
        text = _substituted(r"(?m)^## References$", block + "## References", text, "references")
    return _with_cell(text, "hand_in", hand_in)


def _with_badge(text: str, badge: str) -> str:
    text = re.sub(r"\n\[!\[Open this assignment[^\n]*\n", "", text, count=1)
    title = r"(?s)\A(?:---\n.*?\n---\n)?\s*# [^\n]+\n"
    return _substituted(title, lambda found: f"{found[0]}\n{badge}\n", text, "title")


def _with_cell(text: str, grade_id: str, source: str) -> str:
    cell = rf'(?ms)^(```python nbgrader=[^\n]*"grade_id": "{grade_id}"[^\n]*\n).*?^```$'
    return _substituted(cell, lambda found: f"{found[1]}{source}```", text, f"cell {grade_id}")


def _with_steps(text: str, steps: str) -> str:
    """Replace what the list before the signature says from its third step on."""
    pattern = r"(?ms)^3\. (?:[^\n]*\n)(?:4\. [^\n]*\n)?(?=\s*### Signature$)"
    return _substituted(pattern, lambda _: steps, text, "list of steps before the signature")


def _substituted(
    pattern: str, new: str | Callable[[re.Match[str]], str], text: str, what: str
) -> str:
    result, count = re.subn(pattern, new, text, count=1)
    if not count:
        raise ValueError(f"There is no {what} in the notebook's text where it is looked for.")
    return result
