"""From an LMS's download to ``submitted/``: every file is with its student, or on a list."""

from __future__ import annotations

import io
import json
import random
import struct
import unicodedata
import zipfile
from pathlib import Path

import pytest
from nbgrader.apps import ZipCollectApp

from autograder.cli import main
from autograder.course import Assignment
from autograder.lms import archives
from autograder.lms.archives import ArchiveError, Limits, unpack
from autograder.lms.collect import collect
from autograder.lms.collected import Collected
from autograder.lms.filenames import read_label
from autograder.lms.presets import SYSTEMS
from autograder.lms.roster import id_from_name
from autograder.lms.roster_file import read_roster
from autograder.submission import PLACEHOLDER

ROOT = Path(__file__).resolve().parents[2]
NAME = "02_dcgan_experiments"
FILE = f"{NAME}.ipynb"

BRIGHTSPACE = """OrgDefinedId,Username,Last Name,First Name,Email,End-of-Line Indicator
#1001,#adams.z,Adams,Zoë,z.adams@example.org,#
#1002,#obrien,O'Brien,Mary-Ann,m.obrien@example.org,#
#1003,#mueller,Müller,Jürgen,j.mueller@example.org,#
#1004,#muller,Muller,Jurgen,j.muller@example.org,#
#1005,#lee1,Lee,Kim,k.lee@example.org,#
#1006,#lee2,Lee,Kim,kim.lee@example.org,#
#1007,#garcia,"García, Jr.",José,j.garcia@example.org,#
"""
CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,Assignment 2 (77),Final Score
Manual Posting,,,,,,
"    Points Possible",,,,,25,(read only)
"Adams, Zoë",11,1001,adams.z,Group 1,,
"O'Brien, Mary-Ann",12,1002,obrien,Group 1,,
"Müller, Jürgen",13,1003,mueller,Group 2,,
"x_7, y",14,1004,muller,Group 2,,
"Seven",7,1007,seven,Group 2,,
"Student, Test",99,,,Group 2,,
"""
WORKSHEET = (
    "Identifier,Full name,ID number,Email address,Status,Grade,Maximum Grade,"
    "Grade can be changed,Last modified (submission),Last modified (grade),Feedback comments\n"
    "Participant 501,Zoë Adams,1001,z@example.org,Submitted for grading,,25.00,Yes,"
    '"Tuesday, 3 November 2026, 11:59 PM",-,\n'
    "Participant 502,Mary-Ann O'Brien,1002,m@example.org,Submitted for grading,,25.00,Yes,-,-,\n"
    "Participant 503,Kim Lee,1005,k@example.org,Submitted for grading,,25.00,Yes,-,-,\n"
    "Participant 504,Kim Lee,1006,kk@example.org,No submission,,25.00,Yes,-,-,\n"
)
ROSTERS = {"brightspace": BRIGHTSPACE, "canvas": CANVAS, "moodle": WORKSHEET}


def packed(files: dict[str, bytes | str]) -> bytes:
    """A zip file in memory; a name that ends in / is a folder."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


class Course:
    """A course folder and the download of an LMS."""

    def __init__(self, root: Path) -> None:
        self.root = root / "course"
        self.root.mkdir()

    def collect(
        self, system: str, files: dict[str, bytes | str] | bytes | Path, **options
    ) -> Collected:
        archive = files
        if not isinstance(files, Path):
            archive = self.root.parent / "download.zip"
            archive.write_bytes(files if isinstance(files, bytes) else packed(files))
        if isinstance(roster := options.get("roster"), str):
            options["roster"] = self.root.parent / "roster.csv"
            options["roster"].write_text(roster, encoding="utf-8")
        options.setdefault("timezone", "Europe/Vienna")
        collected = collect(
            Assignment.find(NAME), archive, system=system, course=self.root, **options
        )
        assert not list(self.root.glob(".collecting-*"))
        if isinstance(files, dict):
            assert places(collected) == sorted(inner_names(files))
        return collected

    def submitted(self) -> dict[str, list[str]]:
        """Maps students to their files."""
        folder = self.root / "submitted"
        return {
            student.name: sorted(
                path.relative_to(student / NAME).as_posix()
                for path in (student / NAME).rglob("*")
                if path.is_file()
            )
            for student in sorted(folder.iterdir() if folder.exists() else [])
        }

    def read(self, student: str, name: str = FILE) -> str:
        return (self.root / "submitted" / student / NAME / name).read_text()


def inner_names(files: dict[str, bytes | str]) -> list[str]:
    """The names of all files, in zip files too."""
    names = []
    for name, content in files.items():
        name = unicodedata.normalize("NFC", name)
        if name.lower().endswith(".zip") and isinstance(content, bytes):
            try:
                with zipfile.ZipFile(io.BytesIO(content)) as inner:
                    infos = inner.infolist()
                names += [f"{name}/{one.filename}" for one in infos if not one.is_dir()]
                continue
            except zipfile.BadZipFile:
                pass
        if not name.endswith("/"):
            names.append(name)
    return names


def places(collected: Collected) -> list[str]:
    """Where every file was found that is accounted for, each once."""
    result = collected.sorted
    listed = [note.place for note in (*result.superseded, *result.unmatched, *result.left_out)]
    for hand_in in result.hand_ins.values():
        for path in hand_in.files.values():
            _, _, place = path.as_posix().partition("/extracted/download.zip/")
            listed.append(place)
    return sorted(listed)


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return Course(tmp_path)


def test_brightspace_download(course):
    collected = course.collect(
        "brightspace",
        {
            "index.html": "<html>",
            f"81-9 - Zoë Adams - Nov 3, 2026 1159 PM - {FILE}": "old",
            f"81-9 - Zoë Adams - Nov 10, 2026 905 AM - {FILE}": "new",
            "81-9 - Zoë Adams - Nov 10, 2026 905 AM - history.json": "{}",
            "81-9 - Zoë Adams - Nov 10, 2026 905 AM - old.zip~": "a name like one of ours",
            f"82-9 - Mary-Ann O'Brien - Nov 3, 2026 105 AM - {NAME}-1.ipynb": "mary",
            f"83-9 - mueller Jürgen Müller - Nov 3, 2026 0741 PM- {FILE}": "username first",
            "87-9 - José García, Jr. - Nov 3, 2026 926 PM/work - final.ipynb": "in a folder",
            "88-9 - Nobody Known - Nov 3, 2026 926 PM - x.ipynb": "stranger",
            "85-9 - Kim Lee - Nov 3, 2026 926 PM - x.ipynb": "one of two",
            "notes from the instructor.txt": "?",
            "81-9 - Zoë Adams - 3 nov. 2026 23:59 - x.ipynb": "another language",
        },
        roster=BRIGHTSPACE,
    )
    assert course.submitted() == {
        "adams.z": [FILE, "history.json", "old.zip~", "timestamp.txt"],
        "garcia": ["timestamp.txt", "work - final.ipynb"],
        "mueller": [FILE, "timestamp.txt"],
        "obrien": [FILE, "timestamp.txt"],
    }
    assert course.read("adams.z") == "new"
    # nbgrader keeps UTC; Vienna is one hour ahead in November.
    assert course.read("adams.z", "timestamp.txt") == "2026-11-10 08:05:00"
    assert course.read("obrien", "timestamp.txt") == "2026-11-03 00:05:00"
    (old,) = collected.sorted.superseded
    assert "1159 PM" in old.place and "2026-11-10 08:05 UTC" in old.reason
    reasons = {note.place: note.reason for note in collected.sorted.unmatched}
    assert len(reasons) == 4
    assert "2 students called" in reasons["85-9 - Kim Lee - Nov 3, 2026 926 PM - x.ipynb"]
    assert "lee1, lee2" in reasons["85-9 - Kim Lee - Nov 3, 2026 926 PM - x.ipynb"]
    assert [note.place for note in collected.sorted.left_out] == ["index.html"]
    assert collected.absent == ("muller", "lee1", "lee2")
    assert collected.needs_attention
    text = "\n".join(collected.lines())
    for expected in ("Collected: 4;", "files not understood: 4.", "  muller"):
        assert expected in text


def test_accents_tell_students_apart_where_the_lms_keeps_them(course):
    course.collect(
        "brightspace",
        {
            f"1-9 - Jürgen Müller - Nov 3, 2026 926 PM - {FILE}": "with",
            f"2-9 - Jurgen Muller - Nov 3, 2026 926 PM - {FILE}": "without",
            f"3-9 - Zoe Adams - Nov 3, 2026 926 PM - {FILE}": "accent lost",
        },
        roster=BRIGHTSPACE,
    )
    assert course.read("mueller") == "with"
    assert course.read("muller") == "without"
    assert course.read("adams.z") == "accent lost"


@pytest.mark.parametrize(
    ("written", "student"),
    [
        ("Mary-Ann O’Brien", "obrien"),
        ("MARY-ANN OBRIEN", "obrien"),
        ("O'Brien, Mary-Ann", "obrien"),
        ("obrien Mary-Ann O'Brien", "obrien"),
        (unicodedata.normalize("NFD", "Jürgen Müller"), "mueller"),
        ("José García Jr", "garcia"),
    ],
)
def test_spellings_of_a_name(course, written, student):
    course.collect(
        "brightspace",
        {f"1-2 - {written} - Nov 3, 2026 926 PM - {FILE}": "x"},
        roster=BRIGHTSPACE,
    )
    assert list(course.submitted()) == [student]


def test_username_of_another_student_before_the_name(course):
    collected = course.collect(
        "brightspace",
        {f"1-2 - obrien Zoë Adams - Nov 3, 2026 926 PM - {FILE}": "x"},
        roster=BRIGHTSPACE,
    )
    assert course.submitted() == {} and len(collected.sorted.unmatched) == 1


def test_two_people_of_one_name_without_a_roster(course):
    collected = course.collect(
        "brightspace",
        {
            f"1-9 - Kim Lee - Nov 3, 2026 926 PM - {FILE}": "one",
            f"2-9 - Kim Lee - Nov 4, 2026 926 PM - {FILE}": "the other",
            f"3-9 - Zoë O'Neil - Nov 4, 2026 926 PM - {FILE}": "clear",
        },
    )
    assert list(course.submitted()) == ["zoë-oneil"]
    assert ["several people" in note.reason for note in collected.sorted.unmatched] == [
        True,
        True,
    ]


def test_a_file_added_after_the_notebook_does_not_replace_it(course):
    collected = course.collect(
        "brightspace",
        {
            f"1-9 - Zoë Adams - Nov 3, 2026 926 PM - {FILE}": "notebook",
            "1-9 - Zoë Adams - Nov 4, 2026 926 PM - sorry.pdf": "late addition",
        },
        roster=BRIGHTSPACE,
    )
    assert course.read("adams.z") == "notebook"
    assert "earlier, with the notebook" in collected.sorted.superseded[0].reason


def test_canvas_download(course):
    collected = course.collect(
        "canvas",
        {
            f"adamszoë_11_900_{FILE}": "first upload",
            f"adamszoë_11_901_{NAME}-1.ipynb": "second upload",
            "adamszoë_11_902_history.json": "{}",
            f"obrienmaryann_LATE_12_903_{FILE}": "late",
            "müllerjürgen_13_text.html": "<p>typed into the page</p>",
            f"x_7y_14_904_{FILE}": "name with a number",
            f"adamszoë_12_905_{FILE}": "number of another student",
            f"somebody_55_906_{FILE}": "not in the roster",
            f"studenttest_99_907_{FILE}": "the test student",
            f"anon_x1Y2z_908_{FILE}": "anonymous",
            f"LATE_anon_x1Y2z_908_{FILE}": "anonymous and late",
            "sub/adamszoë_11_909_x/y.ipynb": "a folder",
        },
        roster=CANVAS,
    )
    assert course.submitted() == {
        "adams.z": [FILE, "history.json"],
        "mueller": ["text.html"],
        "muller": [FILE],
        "obrien": [FILE],
    }
    assert course.read("adams.z") == "second upload"
    assert course.read("muller") == "name with a number"
    assert [note.place for note in collected.sorted.superseded] == [f"adamszoë_11_900_{FILE}"]
    reasons = {note.place.split("_9")[0]: note.reason for note in collected.sorted.unmatched}
    assert "does not fit the name" in reasons["adamszoë_12"]
    assert "nobody with the number 55" in reasons["somebody_55"]
    assert "nothing in the roster's column" in reasons["studenttest"]
    assert "end anonymous grading" in reasons["anon_x1Y2z"]
    assert len(collected.sorted.unmatched) == 6
    text = "\n".join(collected.lines())
    assert "Late, says the LMS:\n  obrien" in text
    assert "Handed in without a notebook:\n  mueller" in text


def test_canvas_without_a_roster_goes_by_numbers(course):
    course.collect("canvas", {f"doejane_11_900_{FILE}": "a", f"doejane_12_901_{FILE}": "b"})
    assert list(course.submitted()) == ["11", "12"]


def test_name_that_imitates_another_students_number_in_canvas(course):
    # A student may call herself "x_7" to look like number 7; the roster knows better.
    collected = course.collect("canvas", {f"x_7_14_900_{FILE}": "?"}, roster=CANVAS)
    assert course.submitted() == {}
    assert "does not fit the name" in collected.sorted.unmatched[0].reason


@pytest.mark.parametrize("ending", ["", "_"])
def test_moodle_download_in_folders(course, ending):
    kind = f"assignsubmission_file{ending}"
    collected = course.collect(
        "moodle",
        {
            f"Zoë Adams_501_{kind}/{FILE}": "x",
            f"Zoë Adams_501_{kind}/samples/one.png": "png",
            f"Zoë Adams_501_assignsubmission_onlinetext{ending}/onlinetext.html": "<p>",
            f"Mary-Ann OBrien_502_{kind}/{FILE}": "apostrophe lost",
            f"Kim Lee_503_{kind}/{FILE}": "first of two of one name",
            f"Kim Lee_777_{kind}/{FILE}": "of another worksheet",
            f"Group A_12_{kind}/{FILE}": "a group",
            f"Default group_{kind}/{FILE}": "of no group",
        },
        roster=WORKSHEET,
    )
    assert course.submitted() == {
        "1001": [FILE, "onlinetext.html", "samples/one.png", "timestamp.txt"],
        "1002": [FILE],
        "1005": [FILE],
    }
    assert course.read("1001", "timestamp.txt") == "2026-11-03 22:59:00"
    assert len(collected.sorted.unmatched) == 3
    assert collected.absent == ("1006",)


def test_moodle_download_in_one_folder_and_blind_marking(course):
    course.collect(
        "moodle",
        {
            f"Participant_501_assignsubmission_file_{FILE}": "blind",
            f"Mary-Ann OBrien_502_assignsubmission_file_{FILE}": "flat",
            "Mary-Ann OBrien_502_assignsubmission_file_a_503_assignsubmission_file_b.txt": "trick",
        },
        roster=WORKSHEET,
    )
    assert list(course.submitted()) == ["1001", "1002"]
    assert course.submitted()["1002"] == [FILE, "a_503_assignsubmission_file_b.txt"]


def test_folders_without_an_lms(course):
    files: dict[str, bytes | str] = {f"anna/{FILE}": "a", f"ben.k/{NAME}/{FILE}": "b"}
    files |= {"ben.k/notes.txt": "n", "top.txt": ""}
    files["carl.zip"] = packed({"deep/er/my.ipynb": "c"})
    files["not an id!/x.ipynb"] = "?"
    collected = course.collect("folder", files)
    assert course.submitted() == {
        "anna": [FILE],
        "ben.k": [FILE, "notes.txt"],
        "carl": ["my.ipynb"],
    }
    assert len(collected.sorted.unmatched) == 2


def test_students_folders_in_a_folder_of_their_own(course):
    files = {f"class/1001/{FILE}": "by number", f"class/Kim Lee/{FILE}": "two of them"}
    files[f"class/obrien/{FILE}"] = "by username"
    with pytest.raises(ValueError, match='one folder "class".*--roster'):
        course.collect("folder", files)
    collected = course.collect("folder", files, roster=BRIGHTSPACE)
    assert list(course.submitted()) == ["adams.z", "obrien"]
    assert len(collected.sorted.unmatched) == 1


def test_download_that_was_unpacked_already(course, tmp_path):
    folder = tmp_path / "unpacked" / "deeper"
    folder.mkdir(parents=True)
    (folder / f"adamszoë_11_900_{FILE}").write_text("x")
    (folder / "obrienmaryann_12_901_work.zip").write_bytes(packed({FILE: "zipped"}))
    (folder / f"müllerjürgen_13_902_{FILE}").symlink_to("/etc/passwd")
    collected = course.collect("canvas", folder.parent, roster=CANVAS)
    assert list(course.submitted()) == ["adams.z", "obrien"]
    assert course.read("obrien") == "zipped"
    assert "it is a link" in collected.sorted.unmatched[0].reason
    assert (folder / "obrienmaryann_12_901_work.zip").is_file(), "the download is left as it is"


def test_hand_in_as_one_zip(course):
    inside = {
        "hand-in/": "",
        f"hand-in/{FILE}": "notebook",
        "hand-in/history.json": "{}",
        "hand-in/samples/1.png": "png",
        f"hand-in/.ipynb_checkpoints/{NAME}-checkpoint.ipynb": "junk",
        f"__MACOSX/hand-in/._{FILE}": "junk",
        "hand-in/timestamp.txt": "1999-01-01 00:00:00",
        "hand-in/more.zip": packed({"inner.ipynb": "stays closed"}),
        f"smith_7_1_{FILE}": "imitates another student",
    }
    collected = course.collect(
        "canvas", {"adamszoë_11_900_My Hand-in.ZIP": packed(inside)}, roster=CANVAS
    )
    assert course.submitted() == {
        "adams.z": [
            FILE,
            "hand-in/handed_in_timestamp.txt",
            "hand-in/history.json",
            "hand-in/more.zip",
            "hand-in/samples/1.png",
            f"smith_7_1_{FILE}",
        ]
    }
    assert len(collected.sorted.left_out) == 2


def test_zip_of_the_hand_in_cell_and_a_second_one(course):
    """What the notebook packs: the recordings stay beside the notebook they belong to."""

    def hand_in(what: str) -> bytes:
        files: dict[str, bytes | str] = {FILE: f"notebook {what}"}
        files["recorded/history.json"] = json.dumps({"baseline": what})
        files["recorded/samples/baseline.png"] = what
        return packed(files)

    name = f"{NAME}_hand_in"
    collected = course.collect(
        "canvas",
        {
            f"adamszoë_11_900_{name}.zip": hand_in("first"),
            f"adamszoë_11_901_{name}-1.zip": hand_in("second"),
            f"obrienmaryann_12_902_{name}.zip": hand_in("only"),
            f"müllerjürgen_13_903_{name}.zip": hand_in("packed"),
            f"müllerjürgen_13_904_{FILE}": "changed afterwards",
        },
        roster=CANVAS,
    )
    recorded = ["recorded/history.json", "recorded/samples/baseline.png"]
    assert course.submitted() == {
        "adams.z": [FILE, *recorded],
        "mueller": [FILE],
        "obrien": [FILE, *recorded],
    }
    assert course.read("adams.z") == "notebook second"
    assert json.loads(course.read("adams.z", recorded[0])) == {"baseline": "second"}
    assert course.read("mueller") == "changed afterwards"
    reasons = [note.reason for note in collected.sorted.superseded]
    assert len(reasons) == 6 and sum("packed with a notebook" in one for one in reasons) == 4


def test_student_cannot_set_the_time_of_the_hand_in(course):
    course.collect(
        "brightspace",
        {
            "1-9 - Zoë Adams - Nov 3, 2026 926 PM - a.zip": packed(
                {FILE: "x", "timestamp.txt": "1999-01-01 00:00:00", "Submission_secret.TXT": "s"}
            )
        },
        roster=BRIGHTSPACE,
    )
    assert course.submitted()["adams.z"] == [
        FILE,
        "handed_in_Submission_secret.TXT",
        "handed_in_timestamp.txt",
        "timestamp.txt",
    ]
    assert course.read("adams.z", "timestamp.txt") == "2026-11-03 20:26:00"


def test_several_notebooks_of_one_student_all_stay_in_sight_of_grading(course):
    files = {
        f"anna/{FILE}": "one",
        f"anna/draft/{FILE}": "another of that name",
        f"anna/same/{FILE}": "one",
        "anna/draft.ipynb": "draft",
        "anna/lab (1).ipynb": "lab again",
        "anna/lab.ipynb": "lab",
        "anna/x.ipynb.txt": "ending of a mail program",
        "anna/Draft": "a file",
    }
    collected = course.collect("folder", files)
    assert course.submitted()["anna"] == [
        FILE,
        "Draft",
        "draft.ipynb",
        f"draft_{FILE}",
        "lab (1).ipynb",
        "x.ipynb.txt",
    ]
    assert {note.place for note in collected.sorted.superseded} == {
        f"anna/same/{FILE}",
        "anna/lab.ipynb",
    }


def test_collecting_again_changes_nothing_and_replaces_nothing_unasked(course):
    first = {f"anna/{FILE}": "1", f"ben/{FILE}": "1"}
    course.collect("folder", first)
    again = {**first, f"ben/{FILE}": "2", f"carl/{FILE}": "new"}
    collected = course.collect("folder", again)
    assert [one.student for one in collected.new] == ["carl"]
    assert [one.student for one in collected.unchanged] == ["anna"]
    assert [one.student for one in collected.already_submitted] == [
        "ben"
    ] and collected.needs_attention
    assert course.read("ben") == "1"
    collected = course.collect("folder", again, replace=True)
    assert [one.student for one in collected.new] == ["ben"] and not collected.needs_attention
    assert course.read("ben") == "2"


def test_what_is_there_stays_until_everything_is_copied(course, monkeypatch):
    course.collect("folder", {f"anna/{FILE}": "first"})

    def full(source, target):
        raise OSError("No space left on device")

    monkeypatch.setattr("autograder.lms.collect.shutil.copy", full)
    with pytest.raises(OSError, match="No space left"):
        course.collect("folder", {f"anna/{FILE}": "second"}, replace=True)
    assert course.read("anna") == "first"
    monkeypatch.undo()
    course.collect("folder", {f"anna/{FILE}": "second"}, replace=True)
    assert course.read("anna") == "second"


def test_late_hand_in_takes_the_place_of_graders_stand_in(course):
    folder = course.root / "submitted" / "anna" / NAME
    folder.mkdir(parents=True)
    (folder / FILE).write_bytes(PLACEHOLDER)
    course.collect("folder", {f"anna/{FILE}": "late", f"ben/{FILE}": "b"})
    assert course.read("anna") == "late"


def _link(name: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        info = zipfile.ZipInfo(name)
        info.create_system, info.external_attr = 3, 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    return data.getvalue()


def _of_stated_size(content: bytes, size: int) -> bytes:
    """A zip file with one entry that says it unpacks to so many bytes."""
    data = bytearray(packed({"zeros": content}))
    for signature, offset in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        position = data.index(signature) + offset
        data[position : position + 4] = struct.pack("<L", size)
    return bytes(data)


def _encrypted() -> bytes:
    data = bytearray(packed({FILE: "x"}))
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.index(signature) + offset] |= 1
    return bytes(data)


def _unknown_compression() -> bytes:
    data = bytearray(packed({FILE: "x"}))
    for signature, offset in ((b"PK\3\4", 8), (b"PK\1\2", 10)):
        data[data.index(signature) + offset] = 99
    return bytes(data)


def _twice() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("a/x", "1")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a/x", "2")
    return data.getvalue()


HOSTILE = {
    "parent folder": (lambda: packed({"../../out.txt": "x"}), "outside of its folder"),
    "hidden parent folder": (lambda: packed({"a/../../out.txt": "x"}), "outside of its folder"),
    "windows parent folder": (lambda: packed({"a\\..\\..\\out.txt": "x"}), "outside"),
    "absolute": (lambda: packed({"/tmp/out.txt": "x"}), "outside of its folder"),
    "drive": (lambda: packed({"C:/out.txt": "x"}), "outside of its folder"),
    "link": (lambda: _link("a"), "a link or device"),
    "bomb": (lambda: _of_stated_size(bytes(10**6), 300 * 2**20), "MB when unpacked"),
    "lying bomb": (lambda: _of_stated_size(bytes(10**6), 10), "damaged"),
    "many entries": (
        lambda: packed({f"{n}/": "" for n in range(archives.HAND_IN_LIMITS.entries + 1)}),
        "more than 500 entries",
    ),
    "deep": (lambda: packed({"/".join("d" * 30): "x"}), "nested more than"),
    "control characters": (lambda: packed({"a\nb": "x"}), "control characters"),
    "password": (_encrypted, "password"),
    "compression": (_unknown_compression, "cannot be opened"),
    "twice": (_twice, "twice"),
    "file and folder": (lambda: packed({"a": "x", "a/b": "y"}), "as a file and as a folder"),
    "no zip": (lambda: b"PK, but no zip", "not a zip file"),
    "empty": (lambda: b"", "not a zip file"),
    "cut off": (lambda: packed({FILE: random.Random(0).randbytes(5000)})[:3000], "not a zip file"),
    "overwritten": (lambda: packed({FILE: "x"}).replace(b"PK\3\4", b"XX\3\4"), "damaged"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_zip_of_a_student_is_refused_and_the_others_go_on(course, kind):
    make, sentence = HOSTILE[kind]
    hostile = make()
    course.root.parent.joinpath("download.zip").write_bytes(
        packed({"adamszoë_11_900_work.zip": hostile, f"obrienmaryann_12_901_{FILE}": "fine"})
    )
    collected = course.collect("canvas", course.root.parent / "download.zip", roster=CANVAS)
    assert course.submitted() == {"adams.z": ["work.zip"], "obrien": [FILE]}
    assert (course.root / "submitted/adams.z" / NAME / "work.zip").read_bytes() == hostile
    (note,) = collected.refused
    assert sentence in note.reason and note.place == "adamszoë_11_900_work.zip"
    assert collected.needs_attention
    assert not list(course.root.parent.rglob("out.txt")) and not Path("/tmp/out.txt").exists()


@pytest.mark.parametrize("kind", sorted(set(HOSTILE) - {"bomb", "many entries"}))
def test_hostile_download_is_refused_and_nothing_is_written(course, kind):
    make, sentence = HOSTILE[kind]
    with pytest.raises(ArchiveError, match=f"download.zip .*{sentence}"):
        course.collect("canvas", make())
    assert list(course.root.iterdir()) == []


def test_download_with_too_much_in_it(course, monkeypatch):
    monkeypatch.setattr("autograder.lms.extract.CLASS_LIMITS", Limits(entries=3, size=1000))
    with pytest.raises(ArchiveError, match="more than 3 entries"):
        course.collect("canvas", {f"x_{n}_1_a": "x" for n in range(4)})
    with pytest.raises(ArchiveError, match="MB when unpacked"):
        course.collect("canvas", {"x_1_1_a": "x" * 1001})
    # What is left over for the class bounds each student's zip.
    files = {"a_1_1_a.zip": packed({"a": bytes(700)}), "b_2_2_b.zip": packed({"b": bytes(700)})}
    collected = course.collect("canvas", packed(files))
    assert [note.place for note in collected.refused] == ["b_2_2_b.zip"]


def test_table_of_contents_that_would_fill_the_memory(tmp_path):
    (tmp_path / "a.zip").write_bytes(
        b"PK\5\6" + struct.pack("<HHHHLLH", 0, 0, 3, 3, 900_000_000, 0, 0)
    )
    with pytest.raises(ArchiveError, match="more than 10 entries"):
        unpack(tmp_path / "a.zip", tmp_path / "out", limits=Limits(10, 10**6))
    assert not (tmp_path / "out").exists()


def test_names_of_old_zip_programs(course):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        # macOS: UTF-8, decomposed, without saying so. zipfile would say so; take the mark away.
        name = unicodedata.normalize("NFD", "müllerjürgen_13_900_x.ipynb")
        archive.writestr(name, "mac")
    marked = bytearray(data.getvalue())
    for signature, offset in ((b"PK\3\4", 7), (b"PK\1\2", 9)):
        marked[marked.index(signature) + offset] &= ~8
    course.collect("canvas", bytes(marked), roster=CANVAS)
    assert course.submitted() == {"mueller": ["x.ipynb"]}


def test_very_long_names(course):
    name = "ä" * 180 + ".ipynb"
    collected = course.collect("canvas", packed({f"adamszoë_11_900_{name}": "x"}), roster=CANVAS)
    ((stored,),) = course.submitted().values()
    assert stored.endswith(".ipynb") and len(stored.encode()) <= 255
    assert not collected.needs_attention


def test_download_that_is_not_there(course):
    with pytest.raises(ValueError, match="no file or folder"):
        course.collect("canvas", course.root / "nothing.zip")


@pytest.mark.parametrize(
    ("text", "options", "sentence"),
    [
        ("", {}, "no students below its header row"),
        ("Nom,Prénom\nA,B\n", {}, "no column that identifies students; name one with --id-column"),
        ("Username\na\n", {"id_column": "Login"}, 'no column "Login"'),
        ("Username\na\nb\na\n", {}, "several rows for a in the column"),
        ("Username\n../etc\n", {}, "cannot be the name"),
        ("Username\n.hidden\n", {}, "cannot be the name"),
        ("Username,Username\na,b\n", {}, "two columns of the same name"),
        ('Username\n"a\n', {}, "no proper CSV"),
    ],
)
def test_roster_that_is_no_good(tmp_path, text, options, sentence):
    (tmp_path / "roster.csv").write_text(text)
    with pytest.raises(ValueError, match=sentence):
        read_roster(tmp_path / "roster.csv", **options)


def test_roster_in_another_encoding_or_missing(tmp_path):
    (tmp_path / "roster.csv").write_bytes("Username,Name\nz,Zoë\n".encode("latin-1"))
    with pytest.raises(ValueError, match="save it as 'CSV UTF-8'"):
        read_roster(tmp_path / "roster.csv")
    with pytest.raises(ValueError, match="cannot be read"):
        read_roster(tmp_path / "none.csv")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_roster_as_spreadsheets_save_it(tmp_path, delimiter):
    (tmp_path / "roster.csv").write_text(
        BRIGHTSPACE.replace('"García, Jr."', "García").replace(",", delimiter),
        encoding="utf-8-sig",
    )
    roster = read_roster(tmp_path / "roster.csv")
    assert roster.id_column == "Username"
    assert [one.id for one in roster.students][:2] == ["adams.z", "obrien"]
    assert read_roster(tmp_path / "roster.csv", id_column="OrgDefinedId").students[0].id == "1001"


@pytest.mark.parametrize(("name", "expected"), [("O'Brien, Mary-Ann", "obrien-mary-ann")])
def test_ids_from_names(name, expected):
    assert id_from_name(name) == expected


def test_no_name_makes_any_lms_reader_fail():
    chosen = random.Random(0)
    pieces = ["12", "_", "-", " - ", "a", "LATE", "assignsubmission", "file", "Nov 3, 2026"]
    pieces += [" PM", "926", ".zip", ".ipynb", "anon", "text.html", "é", "\u05d0", "x" * 50]
    for _ in range(3000):
        parts = tuple(
            "".join(chosen.choices(pieces, k=chosen.randint(1, 9)))
            for _ in range(chosen.randint(1, 3))
        )
        for system in SYSTEMS:
            try:
                label = read_label(parts, system)
            except ValueError:
                continue
            assert label.file and all(label.file)


def test_command(course, tmp_path, capsys):
    (tmp_path / "a.zip").write_bytes(packed({f"doe_11_900_{FILE}": "x", "?": "y"}))
    arguments = ["collect", NAME, str(tmp_path / "a.zip"), "--lms", "canvas"]
    assert main([*arguments, "--course", str(course.root)]) == 1
    out = capsys.readouterr().out
    assert "Collected: 1;" in out
    assert "?: its name is not in the form of Canvas's downloads." in out
    assert main([*arguments, "--course", str(course.root), "--timezone", "Nowhere/Land"]) == 2
    assert "There is no time zone" in capsys.readouterr().err


def test_nbgraders_own_command_uses_the_plugins(course, monkeypatch):
    archive = course.root / "downloaded" / NAME / "archive"
    archive.mkdir(parents=True)
    (archive / "class.zip").write_bytes(packed({f"doe_11_900_{FILE}": "x", "odd name": "y"}))
    (archive / f"roe_12_901_{FILE}").write_text("a single download")
    monkeypatch.chdir(ROOT)  # where nbgrader_config.py names the plugins
    app = ZipCollectApp()
    app.initialize([NAME, "--LmsCollector.lms=canvas", f"--CourseDirectory.root={course.root}"])
    app.start()
    assert course.submitted() == {"11": [FILE], "12": [FILE]}
