"""The commands of the instructors' guide, one after the other, in a copy of the repository."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

pytestmark = pytest.mark.kernel

ROOT = Path(__file__).resolve().parent.parent
GUIDE = ROOT / "docs" / "instructors.md"
NAME = "02_dcgan_experiments"


def commands() -> list[str]:
    """Return the commands under the guide's heading for a whole term."""
    section = GUIDE.read_text(encoding="utf-8").split("## A term, ")[1].split("\n## ")[0]
    (block,) = re.findall(r"```sh\n(.*?)```", section, flags=re.S)
    lines = (re.sub(r"(^|\s)#.*", "", line).strip() for line in block.splitlines())
    return [line for line in lines if line and not line.startswith("make setup")]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A copy of the files that git knows, with the environment of the tests as its own."""
    clone = tmp_path / "course"
    known = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    for name in known:
        if (ROOT / name).is_file():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, clone / name)
    (clone / ".venv").mkdir()
    for part in Path(sys.prefix).iterdir():
        if part.name != ".ready":
            (clone / ".venv" / part.name).symlink_to(part)
    (clone / ".venv" / ".ready").touch()
    return clone


def mark_by_hand(course: Path) -> None:
    """Give every free-text answer one mark, as a person does in formgrader."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "gan_course") as gradebook:
        for submission in gradebook.assignment_submissions(NAME):
            for grade in submission.notebooks[0].grades:
                if grade.cell.cell_type == "markdown":
                    grade.manual_score, grade.needs_manual_grade = 1.0, False
        gradebook.db.commit()


def test_a_term_by_the_guide(clone: Path) -> None:
    lines = commands()
    assert len(lines) == 9 and "jupyter lab" in lines
    notebooks = {"ada": ROOT / "source" / NAME, "ben": ROOT / "release" / NAME}
    with zipfile.ZipFile(clone / "download.zip", "w") as download:
        for student, folder in notebooks.items():
            download.write(folder / f"{NAME}.ipynb", f"{student}/{NAME}.ipynb")

    environment = {
        **os.environ,
        "PATH": f"{clone / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(clone),
    }
    for line in lines:
        if line == "jupyter lab":  # which other tests try in a browser
            mark_by_hand(clone)
            continue
        done = subprocess.run(
            line,
            shell=True,
            cwd=clone,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"

    with (clone / "marks.csv").open(newline="", encoding="utf-8-sig") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert set(rows) == set(notebooks)
    marks = {
        student: [float(row[part]) for part in ("automatic", "manual", "total")]
        for student, row in rows.items()
    }
    assert marks == {"ada": [10, 9, 19], "ben": [0, 9, 9]}
    release = (clone / "release" / NAME / f"{NAME}.ipynb").read_text(encoding="utf-8")
    assert "github.com/OWNER/NAME" in release
    assert (clone.parent / "student-repo" / "release" / NAME / f"{NAME}.ipynb").is_file()
    assert (clone / "reports" / f"{NAME}.html").is_file()
    assert list((clone / "feedback" / "ada").rglob("*.html"))
