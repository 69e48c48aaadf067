"""Runs nbgrader's commands on a course folder, as in an activated environment."""

from __future__ import annotations

import csv
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

from nbgrader.api import Gradebook

ROOT = Path(__file__).resolve().parents[2]
NAME = "02_dcgan_experiments"

# Without the columns that are drawn (ids) and the table of the database's version.
_ROWS = {
    "students": "SELECT id, first_name, last_name FROM student",
    "courses": "SELECT id FROM course",
    "submissions": """
        SELECT student_id, assignment.name, timestamp, extension
        FROM submitted_assignment JOIN assignment ON assignment.id = assignment_id""",
    "notebooks": """
        SELECT student_id, notebook.name, late_submission_penalty FROM submitted_notebook
        JOIN notebook ON notebook.id = notebook_id
        JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id""",
    "grades": """
        SELECT student_id, base_cell.name, auto_score, manual_score, extra_credit,
               needs_manual_grade
        FROM grade JOIN base_cell ON base_cell.id = cell_id
        JOIN submitted_notebook ON submitted_notebook.id = grade.notebook_id
        JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id""",
    "comments": """
        SELECT student_id, base_cell.name, auto_comment, manual_comment
        FROM comment JOIN base_cell ON base_cell.id = cell_id
        JOIN submitted_notebook ON submitted_notebook.id = comment.notebook_id
        JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id""",
}


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
        check=False,
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


def gradebook_rows(course: Path) -> dict[str, list[tuple]]:
    """Return what a gradebook says of students and submissions, sorted."""
    with sqlite3.connect(course / "gradebook.db") as database:
        return {what: sorted(database.execute(query), key=repr) for what, query in _ROWS.items()}
