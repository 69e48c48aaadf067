"""What a stored run belongs to."""

from __future__ import annotations

from pathlib import Path

import pytest
from nbformat.v4 import new_notebook

from autograder import assignment
from autograder.assignment import Assignment
from autograder.grading import Grader, Submission


@pytest.mark.parametrize("file", ["probes.py", "in_kernel/stand_ins.py"])
def test_a_changed_probe_makes_stored_runs_stale(
    file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assignment, "CHECKS_ROOT", tmp_path)
    path = tmp_path / "small" / file
    path.parent.mkdir(parents=True)
    folders = []
    for content in ("a = 1", "a = 2", "a = 1"):
        path.write_text(content)
        grader = Grader(Assignment("small"), store=tmp_path)
        folders.append(grader.run_folder(Submission(new_notebook())))
    assert folders[0] == folders[2] != folders[1]
