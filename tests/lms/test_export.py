"""Marks for an LMS and for a spreadsheet: complete, quoted, final only if they are, no formulas."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_notebook
from nbgrader.api import Gradebook
from nbgrader.apps import ExportApp

from autograder.cli import main
from autograder.course import Assignment
from autograder.grading.graded_notebook import Record
from autograder.lms.csv_table import Table, harmless
from autograder.lms.export import export_marks
from autograder.verdict import CheckResult, CheckStatus, QuestionVerdict, Verdict
from tests.lms.test_collect import BRIGHTSPACE, CANVAS, WORKSHEET

ROOT = Path(__file__).resolve().parents[2]
NAME = "02_dcgan_experiments"
ASSIGNMENT = Assignment.find(NAME)


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gradebook as grading leaves it, with one student of every kind."""
    course = tmp_path_factory.mktemp("course")
    with pytest.MonkeyPatch.context() as patch:
        # nbgrader starts a program to ask for it, which takes seconds.
        patch.setattr("nbgrader.api.get_alembic_version", lambda: "any")
        _fill(course)
    return course


def _fill(course: Path) -> None:
    manual, auto = ASSIGNMENT.manual_points, ASSIGNMENT.auto_points
    with Gradebook(f"sqlite:///{course}/gradebook.db", "gan_course") as gradebook:
        gradebook.add_assignment(NAME)
        gradebook.add_notebook(NAME, NAME)
        for grade_id, question in ASSIGNMENT.grade_ids.items():
            gradebook.add_grade_cell(
                grade_id, NAME, NAME, max_score=auto[question], cell_type="code"
            )
        for question, points in manual.items():
            gradebook.add_grade_cell(question, NAME, NAME, max_score=points, cell_type="markdown")
        for student in ("adams.z", "obrien", "mueller", "muller", "seven", "absent", "stranger"):
            gradebook.add_student(student)
        gradebook.update_or_create_student("obrien", last_name="O'Brien", first_name='=M"A')
        for student in ("adams.z", "obrien", "mueller", "muller", "seven", "stranger"):
            gradebook.add_submission(NAME, student)
            (notebook,) = gradebook.find_submission(NAME, student).notebooks
            for grade in notebook.grades:
                if grade.cell_type == "code":
                    grade.auto_score, grade.needs_manual_grade = grade.max_score, False
                else:
                    grade.manual_score, grade.needs_manual_grade = grade.max_score / 2, False
            if student == "obrien":  # one question is still to be marked
                waiting = next(one for one in notebook.grades if one.name == "q1b")
                waiting.manual_score, waiting.needs_manual_grade = None, True
            if student == "mueller":
                notebook.late_submission_penalty = 1.25
            if student == "muller":  # tampering: marks wait for the instructor
                for grade in notebook.grades:
                    if grade.cell_type == "code":
                        grade.auto_score = 0.0
                _write_withheld(course, student)
            if student == "seven":  # the instructor has read that code and entered the marks
                for grade in notebook.grades:
                    grade.manual_score = grade.max_score
                _write_withheld(course, student)
        gradebook.db.commit()


def _write_withheld(course: Path, student: str) -> None:
    folder = course / "autograded" / student / NAME
    folder.mkdir(parents=True)
    check = CheckResult("A check", CheckStatus.WITHHELD, "Not marked yet.", 1.0)
    notebook = new_notebook()
    Record(Verdict(NAME, (QuestionVerdict("q1a", 1.0, (check,)),))).write_to(notebook)
    nbformat.write(notebook, folder / f"{NAME}.ipynb")


@pytest.fixture
def export(course, tmp_path):
    def run(system: str, roster: str = "", **options) -> tuple[list[list[str]], Table, bytes]:
        path = None
        if roster:
            path = tmp_path / "roster.csv"
            path.write_text(roster, encoding="utf-8")
        out = tmp_path / "out.csv"
        table = export_marks(ASSIGNMENT, out, system=system, course=course, roster=path, **options)
        data = out.read_bytes()
        return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))), table, data

    return run


TOTAL = 10 + 15 / 2


def test_brightspace(export):
    rows, table, data = export("brightspace", BRIGHTSPACE)
    assert rows == [
        ["OrgDefinedId", "Username", f"{NAME} Points Grade", "End-of-Line Indicator"],
        ["#1001", "#adams.z", "17.5", "#"],
        ["#1003", "#mueller", "16.25", "#"],
    ]
    assert not data.startswith(b"\xef\xbb\xbf") and data.isascii()
    notes = "\n".join(table.notes)
    assert "obrien is not in the file: needs manual marking: q1b." in notes
    assert "muller is not in the file: marks withheld" in notes
    assert "absent is not in the file: nothing handed in, or not graded." in notes
    assert "stranger is not in the file: the roster has no such student." in notes


def test_brightspace_without_a_roster_goes_by_usernames(export):
    rows, _, _ = export("brightspace", item="Assignment 2")
    assert rows[0] == ["Username", "Assignment 2 Points Grade", "End-of-Line Indicator"]
    assert ["adams.z", "17.5", "#"] in rows


def test_canvas_fills_the_column_of_its_own_export(export):
    rows, table, data = export("canvas", CANVAS, item="Assignment 2")
    assert rows == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Assignment 2 (77)"],
        ["Points Possible", "", "", "", "", "25"],
        ["Adams, Zoë", "11", "1001", "adams.z", "Group 1", "17.5"],
        ["Müller, Jürgen", "13", "1003", "mueller", "Group 2", "16.25"],
        ["Seven", "7", "1007", "seven", "Group 2", "25.0"],
    ]
    # Canvas finds "Student" in the first cell behind the mark, as long as that is not quoted.
    assert data.startswith(b"\xef\xbb\xbfStudent,ID,")
    assert not any("no assignment" in note for note in table.notes)


def test_canvas_with_another_number_of_points_or_a_new_assignment(export):
    _, table, _ = export("canvas", CANVAS.replace(",25,", ",100,"), item="Assignment 2 (77)")
    assert "Canvas gives 100 points for Assignment 2 (77); the marks are out of 25." in table.notes
    # An item that is called like a column of the roster gets one of its own all the same.
    rows, _, _ = export("canvas", CANVAS, item="ID")
    assert rows[0][1] == rows[0][-1] == "ID" and rows[2][1] == "11" and rows[2][-1] == "17.5"
    rows, table, _ = export("canvas", CANVAS)
    assert rows[0][-1] == NAME and rows[1][-1] == "25"
    assert "will offer to make one" in table.notes[0]


def test_canvas_needs_its_own_export(export):
    for roster in ("", BRIGHTSPACE):
        with pytest.raises(ValueError, match="export the gradebook"):
            export("canvas", roster)


def test_moodles_grading_worksheet_is_filled_in(export):
    worksheet = WORKSHEET.replace(",1001,", ",adams.z,").replace(",1002,", ",mueller,")
    rows, table, _ = export("moodle", worksheet)
    header = ["Identifier", "Full name", "Grade", "Maximum Grade", "Last modified (grade)"]
    assert rows == [
        header,
        ["Participant 501", "Zoë Adams", "17.5", "25.00", "-"],
        ["Participant 502", "Mary-Ann O'Brien", "16.25", "25.00", "-"],
    ]
    _, table, _ = export("moodle", worksheet.replace("25.00", "10.00"))
    assert "Moodle gives 10.00 points; the marks are out of 25." in table.notes


def test_moodles_gradebook_import(export):
    rows, _, _ = export("moodle", "Username,Email address\nadams.z,z@example.org\n", item="A 2")
    assert rows == [["Username", "Email address", "A 2"], ["adams.z", "z@example.org", "17.5"]]
    rows, _, _ = export("moodle")
    assert rows[0] == ["student_id", NAME] and ["adams.z", "17.5"] in rows
    with pytest.raises(ValueError, match="no username, ID number or e-mail"):
        export("moodle", "Code,Full name\nadams.z,Zoë Adams\n", id_column="Code")


def test_spreadsheet_has_everybody_and_every_question(export):
    rows, table, data = export("folder", BRIGHTSPACE)
    header, *students = rows
    assert data.startswith(b'\xef\xbb\xbf"student_id","last_name"')
    worth = {**ASSIGNMENT.auto_points, **ASSIGNMENT.manual_points}
    assert header[4:7] == [f"{one} (of {worth[one]:g})" for one in ("q1a", "q1b", "q1c")]
    assert len(header) == 4 + len(worth) + 6
    by_id = {row[0]: dict(zip(header, row, strict=True)) for row in students}
    assert set(by_id) == {
        *("adams.z", "obrien", "mueller", "muller", "seven", "absent", "stranger"),
        *("garcia", "lee1", "lee2"),
    }
    assert by_id["adams.z"]["last_name"] == "Adams" and by_id["adams.z"]["state"] == "complete"
    assert by_id["adams.z"]["automatic"] == "10.0" and by_id["adams.z"]["manual"] == "7.5"
    assert by_id["mueller"]["late_penalty"] == "1.25" and by_id["mueller"]["total"] == "16.25"
    assert by_id["obrien"][header[5]] == "" and by_id["obrien"]["total"] == ""
    assert by_id["obrien"]["state"] == "needs manual marking: q1b"
    assert by_id["obrien"]["first_name"] == "'=M\"A"
    assert by_id["muller"]["state"].startswith("marks withheld")
    assert (
        by_id["absent"]["state"] == by_id["garcia"]["state"] == "nothing handed in, or not graded"
    )
    assert len(table.notes) == 6
    sums = [float(row[header.index("maximum")]) for row in students]
    assert set(sums) == {25.0}


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "=cmd|' /C calc'!A0", "\n@x"],
)
def test_formulas_are_defused(cell):
    text = harmless(cell)
    assert text.startswith("'") and not set(text) & set("\t\r\n")


@pytest.mark.parametrize("cell", ["Zoë", "O'Brien, M.", "#1001", "1-2", "a=b", "-", ""])
def test_ordinary_texts_stay_as_they_are(cell):
    assert harmless(cell) == cell


def test_student_whose_key_is_a_formula_is_not_exported_under_another(export):
    roster = CANVAS.replace('"Adams, Zoë",11,1001', '"=Adams",11,"=1001"')
    rows, table, _ = export("canvas", roster, item="Assignment 2")
    assert [row[1] for row in rows[2:]] == ["13", "7"]
    assert any('would take "=1001" for a formula' in note for note in table.notes)
    # The name is no key in Canvas.
    rows, _, _ = export("canvas", CANVAS.replace('"Adams, Zoë"', '"=Adams"'))
    assert rows[2][:2] == ["'=Adams", "11"]


def test_command(course, tmp_path, capsys):
    out = tmp_path / "marks.csv"
    arguments = ["export", NAME, "--out", str(out), "--course"]
    assert main([*arguments, str(course), "--lms", "folder"]) == 1
    assert "obrien: needs manual marking: q1b." in capsys.readouterr().out
    assert out.is_file()
    assert main([*arguments, str(tmp_path), "--lms", "folder"]) == 2
    assert "There is no gradebook" in capsys.readouterr().err
    assert main([*arguments, str(course), "--lms", "canvas"]) == 2


def test_nbgraders_own_export_command(course, tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    out = tmp_path / "marks.csv"
    app = ExportApp()
    app.initialize(
        [
            *("--exporter=autograder.lms.export.LmsExporter", f"--to={out}"),
            *("--LmsExporter.lms=brightspace", f"--assignment={NAME}"),
            *(f"--db=sqlite:///{course}/gradebook.db", f"--CourseDirectory.root={course}"),
        ]
    )
    app.start()
    assert "adams.z,17.5,#" in out.read_text()
    assert "obrien" not in out.read_text()
