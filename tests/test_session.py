"""How a session of tests is selected, and how it ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.session import skips_in_a_line, whole_module_mark

ROOT = Path(__file__).resolve().parent.parent

MODULES = {
    "test_light.py": "def test_light(): pass\n",
    "test_heavy.py": (
        "import pathlib\nimport pytest\n\npytestmark = pytest.mark.slow  # imports TensorFlow\n\n"
        "pathlib.Path(__file__).with_name('imported').touch()\ndef test_heavy(): pass\n"
    ),
    "test_grader.py": (
        "import pytest\n@pytest.fixture\ndef graders(): pass\n@pytest.fixture\n"
        "def course(graders): pass\ndef test_class(course): pass\n"
    ),
    "test_page.py": (
        "import pytest\npytestmark = [pytest.mark.browser, pytest.mark.skipif(True, reason='no "
        "browser')]\ndef test_page(): pass\ndef test_other_page(): pass\n"
        "def test_python(): pytest.skip('needs Python 3.13')\n"
    ),
    "test_wrong.py": "def test_wrong(): assert False\n",
}
INI = "[pytest]\naddopts = -q\nmarkers =\n    slow\n    kernel\n    browser\n"


@pytest.fixture
def session(tmp_path):
    """A function that runs the tests of some modules and gives what pytest printed."""

    def run(*names: str, select: str = "") -> subprocess.CompletedProcess[str]:
        (tmp_path / "pytest.ini").write_text(INI)
        for name in names:
            (tmp_path / name).write_text(MODULES[name])
        command = [sys.executable, "-m", "pytest", "-p", "tests.support.session"]
        command += ["-p", "no:cacheprovider", "-m", select, "-c", str(tmp_path / "pytest.ini")]
        return subprocess.run(
            [*command, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
        )

    return run


@pytest.mark.slow
def test_what_is_skipped_stands_above_the_closing_line(session):
    *_, skipped, closing = session("test_light.py", "test_page.py").stdout.splitlines()
    assert skipped == "Skipped here: no browser (3)"
    assert closing.startswith("1 passed, 3 skipped in ")


@pytest.mark.slow
def test_failures_stand_above_it(session):
    lines = session("test_wrong.py", "test_page.py").stdout.splitlines()
    assert lines[-1].startswith("1 failed, 3 skipped in ")
    assert lines[-2] == "Skipped here: no browser (3)"
    assert lines[-3].startswith("FAILED ")


@pytest.mark.slow
def test_nothing_is_said_where_nothing_is_skipped(session):
    assert "Skipped" not in session("test_light.py").stdout


def test_reasons_are_counted():
    reasons = ["Skipped: no browser", "Skipped: needs 3.13", "Skipped: no browser"]
    assert skips_in_a_line(reasons) == "Skipped here: no browser (2); needs 3.13 (1)"


@pytest.mark.slow
def test_modules_of_which_nothing_is_selected_are_not_imported(session, tmp_path):
    fast = session("test_light.py", "test_heavy.py", select="not slow and not kernel")
    assert fast.stdout.splitlines()[-1].startswith("1 passed in ")
    assert not (tmp_path / "imported").exists()
    assert "1 passed, 1 deselected" in session(select="slow").stdout
    assert (tmp_path / "imported").exists()


@pytest.mark.slow
def test_a_fixture_that_starts_kernels_marks_the_test(session):
    assert "1 deselected" in session("test_light.py", "test_grader.py", select="not kernel").stdout
    assert "1 passed, 1 deselected" in session("test_grader.py", select="kernel").stdout


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("import a\n\npytestmark = pytest.mark.slow\n", "slow"),
        ("pytestmark = [\n    pytest.mark.browser,\n    pytest.mark.skipif(x)]\n", "browser"),
        ("@pytest.mark.slow\ndef test(): pass\n", None),
        ("    pytestmark = pytest.mark.slow\n", None),
    ],
)
def test_mark_of_a_whole_module(text, mark):
    assert whole_module_mark(text) == mark
