"""What the runner writes down when a kernel does not behave."""

import dataclasses
import json
import os
import subprocess
import sys

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from autograder.challenges.hooks import Plan
from autograder.execution import runner
from autograder.execution.course_policy import course_policy
from autograder.execution.limits import RunLimits

pytestmark = pytest.mark.kernel

# A fork server without TensorFlow, ready in two seconds.
LIGHT = dataclasses.replace(
    course_policy(),
    imports=("numpy", "ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.zmqshell"),
    idle_seconds=30,
)

# The kernel says that it is idle again through this method; the cell's reply still comes.
WITHHELD = """
kernel = get_ipython().kernel
kernel._publish_status = kernel._publish_status_and_flush = lambda *args, **kwargs: None
"""


def test_output_that_does_not_arrive_is_reported(tmp_path):
    cell = new_code_cell(WITHHELD, metadata={"nbgrader": {"grade_id": "q1"}})
    notebook = new_notebook(cells=[new_code_cell("1 + 1"), cell])
    limits = RunLimits(output_seconds=4)
    runner.run_notebook(notebook, tmp_path, plan=Plan(), policy=LIGHT, limits=limits)
    record = json.loads((tmp_path / "run.json").read_text())
    assert record["cells"]["cell 1"]["status"] == "ok"
    assert record["cells"]["q1"]["status"] == "error"
    assert "did not arrive within 4 seconds" in record["cells"]["q1"]["error"]
    sentences = [note["text"] for note in record["notes"] if note["audience"] == "instructor"]
    assert any(text.startswith("the kernel ended the cell q1") for text in sentences)


def test_an_error_is_reported_in_one_line(tmp_path):
    notebook = new_notebook(cells=[new_code_cell("def half(x):\n    return x / 0\n\nhalf(1)")])
    runner.run_notebook(notebook, tmp_path, plan=Plan(), policy=LIGHT)
    record = json.loads((tmp_path / "run.json").read_text())["cells"]["cell 1"]
    assert (record["status"], record["error"]) == ("error", "ZeroDivisionError: division by zero")


def run_cells(folder, *cells: str, limits: RunLimits) -> tuple[dict, list[str]]:
    """Return the records of cells and the sentences about their run."""
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells])
    runner.run_notebook(notebook, folder, plan=Plan(), policy=LIGHT, limits=limits)
    record = json.loads((folder / "run.json").read_text())
    return record["cells"], [note["text"] for note in record["notes"]]


def test_a_cell_that_computes_or_waits_for_too_long_is_interrupted(tmp_path):
    cells, notes = run_cells(
        tmp_path,
        "while True: pass",
        "import time; time.sleep(3600)",
        "print('the notebook goes on')",
        limits=RunLimits(cell_seconds=2, notebook_seconds=60),
    )
    statuses = [cell["status"] for cell in cells.values()]
    assert statuses == ["too slow", "too slow", "ok"], cells
    assert notes == [
        "Code cell number 1 was interrupted after 2 seconds of processor time; it was still "
        "running.",
        "Code cell number 2 was interrupted after 2 seconds of waiting; it was still running.",
    ]


def test_the_time_of_a_notebook_is_that_of_its_cells_together(tmp_path):
    computing = (
        "import time\nuntil = time.process_time() + 1.5\nwhile time.process_time() < until: pass"
    )
    limits = RunLimits(cell_seconds=60, notebook_seconds=2)
    cells, notes = run_cells(tmp_path, computing, computing, "1 + 1", limits=limits)
    assert [cell["status"] for cell in cells.values()] == ["ok", "too slow", "not run"], cells
    assert notes == [
        "The notebook was ended after 2 seconds of processor time, in code cell number 2."
    ]


def test_the_wall_clock_ends_what_hides_from_the_other_limits(tmp_path):
    cells, notes = run_cells(
        tmp_path,
        "import time\nwhile True: time.sleep(0.1); sum(range(10**5))",
        limits=RunLimits(cell_wall_seconds=4),
    )
    assert cells["cell 1"]["status"] == "too slow"
    assert notes == ["Code cell number 1 was interrupted after 4 seconds; it was still running."]


def test_other_programs_on_the_machine_cost_a_cell_nothing(tmp_path):
    """Beside two busy processes per processor, a second of computing takes several on the wall."""
    command = [sys.executable, "-c", "while True: pass"]
    others = [subprocess.Popen(command) for _ in range(2 * (os.cpu_count() or 1))]
    try:
        cells, notes = run_cells(
            tmp_path,
            "import time\nuntil = time.process_time() + 1\nwhile time.process_time() < until: pass",
            limits=RunLimits(cell_seconds=2),
        )
    finally:
        for other in others:
            other.kill()
            other.wait()
    assert cells["cell 1"]["status"] == "ok" and not notes, (cells, notes)


def test_a_cell_that_ends_the_kernel_is_the_last_one(tmp_path):
    cells, notes = run_cells(tmp_path, "quit()", "1 + 1", limits=RunLimits())
    assert [cell["status"] for cell in cells.values()] == ["kernel died", "not run"]
    assert notes == ["The kernel ended in code cell number 1."]
