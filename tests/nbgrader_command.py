"""Runs nbgrader's commands on a course folder, as in an activated environment."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

from nbgrader.api import Gradebook

ROOT = Path(__file__).resolve().parent.parent
NAME = "02_dcgan_experiments"


def nbgrader(course: Path, command: str, *arguments: str) -> str:
    """Run a command with the course's configuration and return what it printed."""
    place = [] if command == "export" else [f"--course-dir={course}"]
    result = subprocess.run(
        [
            *(sys.executable, "-m", "nbgrader", command, *arguments, *place),
            f"--db=sqlite:///{course}/gradebook.db",
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        },
    )
    assert result.returncode == 0, result.stdout[-4000:]
    return result.stdout


def export(course: Path) -> dict[str, dict[str, str]]:
    marks = course / "grades.csv"
    nbgrader(course, "export", f"--to={marks}")
    with marks.open(newline="") as file:
        return {row["student_id"]: row for row in csv.DictReader(file)}


def forget_students(course: Path) -> None:
    """Leave nothing in a course's gradebook but the assignments."""
    with Gradebook(f"sqlite:///{course}/gradebook.db", "gan_course") as gradebook:
        for student in gradebook.students:
            gradebook.remove_student(student.id)
