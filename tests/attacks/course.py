"""A course of one small notebook, and the form in which attacks on it are written down.

Its three questions stand for the three kinds that the real notebooks have: a function that is
called on drawn numbers, a value that is recorded, and pictures that are shown. None needs
TensorFlow, so that an attack costs a second.

An attack is a text file::

    Wants: marks for nothing, by tagging the check cells so that they never run.
    Says: a regular expression that one of the sentences about it must match
    Points: 0

    === tags q1_check skip-execution
    === q1
    code that is put into the solution cell q1
    === after imports
    code of an extra cell after the cell imports
    === metadata q1_check
    {"points": 100}

``Says`` and ``Points`` may be left out. ``@COURSE@`` in the code becomes the path of the course's
folder, where the attacker looks for the checks, the gradebook and the work of others.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
import shutil
import sqlite3
import textwrap
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from autograder.course import Assignment
from autograder.execution.course_policy import course_policy
from autograder.execution.limits import RunLimits
from autograder.grading.grader import Grader, Submission
from autograder.judging.networks import Rebuilder
from autograder.judging.pytest_plugin import judge_here
from autograder.sandbox import SandboxPolicy
from autograder.sandbox.policy import MIB
from autograder.submission import release_view
from autograder.verdict import Verdict

ATTACKS = Path(__file__).parent
SMALL_COURSE = ATTACKS / "small_course"
"""Plan, kernel files and checks of the small notebook, copied into each attacked course."""

#: A kernel without TensorFlow, and limits that are reached in a second.
POLICY = dataclasses.replace(
    course_policy(),
    imports=(
        "numpy",
        "IPython.core.completerlib",
        "ipykernel.kernelapp",
        "ipykernel.ipkernel",
        "ipykernel.zmqshell",
    ),
    memory_bytes=512 * MIB,
    disk_bytes=32 * MIB,
    file_bytes=8 * MIB,
    processes=64,
    message_bytes=16 * MIB,
    cpu_seconds=60,
    idle_seconds=60,
)
#: The times are those of the kernel, so a busy machine changes nothing: no attack comes near a
#: limit without going far beyond it.
LIMITS = RunLimits(cell_seconds=3, notebook_seconds=14, grace_seconds=1, output_bytes=2 * MIB)

RIGHT = {
    "q1": "def double(numbers):\n    return [2 * number for number in numbers]",
    "q2": "answer = 42",
    "q3": "display(Image(filename=image_dir / 'image_at_epoch_0002.png'))",
}

_PROVIDED = """
import pathlib
from IPython.display import Image, display

image_dir = pathlib.Path("pictures")
image_dir.mkdir(exist_ok=True)
"""

_RECORD = "from gan_helpers import evidence\n\nevidence.record({question!r}, {objects})"


def _cell(source: str, grade_id: str, **flags: object) -> NotebookNode:
    known = {"grade": False, "locked": False, "solution": False, "task": False, **flags}
    metadata = {"grade_id": grade_id, "schema_version": 3, **known}
    return new_code_cell(source.strip(), id=grade_id, metadata={"nbgrader": metadata})


def source_notebook() -> NotebookNode:
    """Return the instructor's version of the small notebook."""
    cells = [_cell(_PROVIDED, "imports", locked=True)]
    objects = {"q1": "double=double", "q2": "answer=answer", "q3": "image_dir=image_dir"}
    for question, answer in RIGHT.items():
        solution = f"### BEGIN SOLUTION\n{answer}\n### END SOLUTION"
        cells.append(_cell(solution, question, solution=True))
        recording = _RECORD.format(question=question, objects=objects[question])
        cells.append(_cell(recording, f"{question}_check", grade=True, locked=True, points=1))
    return new_notebook(cells=cells)


class SmallAssignment(Assignment):
    """The small notebook, with its checks in the course's own folder."""

    @property
    def checks_folder(self) -> Path:
        """The folder of the plan and the hidden checks."""
        return self.root / "checks"


class _JudgeHere:
    """A judge without a process of its own: the small checks need no TensorFlow."""

    def __init__(self) -> None:
        self._rebuilder = Rebuilder()

    def start(self) -> None:
        """Nothing is to be started."""

    def judge(self, assignment: Assignment, folder: Path) -> Verdict:
        """Return the verdict on a run."""
        return judge_here(assignment, folder, self._rebuilder)


class SmallGrader(Grader):
    """The grader as it is, with a judge in this process."""

    @cached_property
    def judge(self):
        """The judge."""
        return _JudgeHere()


@dataclass
class Course:
    """A course folder with everything that an attacker may want to read or change."""

    root: Path

    def __post_init__(self) -> None:
        """Write the folder."""
        source = self.root / "source" / "small" / "small.ipynb"
        checks = self.root / "checks"
        other = self.root / "submitted" / "ada" / "small" / "small.ipynb"
        for path in (source, other):
            path.parent.mkdir(parents=True)
        nbformat.write(source_notebook(), source)
        shutil.copytree(SMALL_COURSE, checks, ignore=shutil.ignore_patterns(".*", "__pycache__"))
        other.write_bytes(
            self.submission(**RIGHT).replace(b"answer =", b"# SECRET-07e45\\nanswer =")
        )
        with sqlite3.connect(self.gradebook) as gradebook:
            gradebook.execute("CREATE TABLE grade (student TEXT, manual_score REAL)")
            gradebook.execute("INSERT INTO grade VALUES ('ada SECRET-64adeb', 1.5)")
        gradebook.close()

    @property
    def gradebook(self) -> Path:
        """The file with everybody's marks."""
        return self.root / "gradebook.db"

    @cached_property
    def assignment(self) -> SmallAssignment:
        """The small assignment."""
        return SmallAssignment("small", self.root)

    @cached_property
    def release(self) -> NotebookNode:
        """What students get."""
        return release_view(self.assignment.source)

    def grader(self, *, policy: SandboxPolicy = POLICY) -> SmallGrader:
        """Return a grader that keeps its evidence in the course's folder."""
        return SmallGrader(self.assignment, self.root / "evidence", policy, LIMITS)

    def submission(self, **answers: str) -> bytes:
        """Return the release with some solution cells filled in, as a file's content."""
        notebook = nbformat.from_dict(json.loads(json.dumps(self.release)))
        for cell in notebook.cells:
            grade_id = cell.metadata.nbgrader.grade_id
            cell.source = answers.get(grade_id, cell.source)
        return nbformat.writes(notebook).encode()

    def state(self) -> dict[str, str]:
        """Return the hash of every file: what no attack may change."""
        return {
            str(path.relative_to(self.root)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(self.root.rglob("*"))
            if path.is_file()
        }

    def everything_about(self, submission: Submission, verdict: Verdict) -> str:
        """Return all text that came back from a run, in which a stolen secret would be."""
        texts = [verdict.to_json()]
        folder = self.grader().run_folder(submission)
        texts += [
            path.read_bytes().decode("latin-1") for path in folder.rglob("*") if path.is_file()
        ]
        return "\n".join(texts)


@dataclass
class Attack:
    """One attack, as its file says it.

    Attributes:
        name: The file's name without its ending.
        wants: One sentence on what the attacker wants.
        says: Regular expressions, each of which some sentence of the verdict must match.
        points: What the attacker gets all the same.
        sections: Pairs of headline and text.
    """

    name: str
    wants: str
    says: list[str] = field(default_factory=list)
    points: float = 0.0
    sections: list[tuple[str, str]] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path) -> Attack:
        """Read the file of an attack.

        Raises:
            ValueError: If it has an unknown line at its top or does not say what it wants.
        """
        head, *sections = re.split(r"^=== ", path.read_text(encoding="utf-8"), flags=re.M)
        found: dict[str, list[str]] = {"Wants": [], "Says": [], "Points": []}
        for line in filter(str.strip, head.splitlines()):
            key, separator, value = line.partition(": ")
            if not separator or key not in found:
                raise ValueError(f"{path.name}: unknown line {line!r}")
            found[key].append(value.strip())
        if not found["Wants"]:
            raise ValueError(f"{path.name} does not say what the attacker wants.")
        pairs = [section.partition("\n")[::2] for section in sections]
        return cls(
            path.stem,
            wants=" ".join(found["Wants"]),
            says=found["Says"],
            points=float(found["Points"][0]) if found["Points"] else 0.0,
            sections=[(headline.strip(), text.strip("\n")) for headline, text in pairs],
        )

    def notebook(self, release: NotebookNode, course: Path) -> NotebookNode:
        """Return the attacker's notebook.

        Args:
            release: What students get.
            course: The folder that ``@COURSE@`` stands for.
        """
        notebook = nbformat.from_dict(json.loads(json.dumps(release)))
        for headline, text in self.sections:
            text = text.replace("@COURSE@", str(course))
            kind, *rest = headline.split()
            wanted = rest[0] if rest else kind
            place, cell = next(
                (number, cell)
                for number, cell in enumerate(notebook.cells)
                if cell.metadata.get("nbgrader", {}).get("grade_id") == wanted
            )
            if kind == "tags":
                cell.metadata["tags"] = rest[1:]
            elif kind == "metadata":
                cell.metadata.nbgrader.update(json.loads(text))
            elif kind == "after":
                notebook.cells.insert(place + 1, new_code_cell(textwrap.dedent(text)))
            else:
                cell.source = textwrap.dedent(text)
        return notebook


def all_attacks(folder: str) -> list[Attack]:
    """Return the attacks whose files are in a folder beside this file, by name."""
    return [Attack.read(path) for path in sorted((ATTACKS / folder).glob("*.txt"))]
