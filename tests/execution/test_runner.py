"""What the runner writes down when a kernel does not behave."""

import dataclasses
import json

from nbformat.v4 import new_code_cell, new_notebook

from autograder.challenges.hooks import Plan
from autograder.execution import runner
from autograder.execution.course_policy import course_policy
from autograder.execution.limits import RunLimits

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


def test_output_that_does_not_arrive_is_told(tmp_path):
    cell = new_code_cell(WITHHELD, metadata={"nbgrader": {"grade_id": "q1"}})
    notebook = new_notebook(cells=[new_code_cell("1 + 1"), cell])
    limits = RunLimits(output_seconds=1)
    runner.run_notebook(notebook, tmp_path, plan=Plan(), policy=LIGHT, limits=limits)
    found = json.loads((tmp_path / "run.json").read_text())
    assert found["cells"]["cell 1"]["status"] == "ok"
    assert found["cells"]["q1"]["status"] == "error"
    assert "did not arrive within 1 seconds" in found["cells"]["q1"]["error"]
    told = [note["text"] for note in found["notes"] if note["audience"] == "instructor"]
    assert any(text.startswith("the kernel ended the cell q1") for text in told)


def test_an_error_is_told_in_one_line(tmp_path):
    notebook = new_notebook(cells=[new_code_cell("def half(x):\n    return x / 0\n\nhalf(1)")])
    runner.run_notebook(notebook, tmp_path, plan=Plan(), policy=LIGHT)
    record = json.loads((tmp_path / "run.json").read_text())["cells"]["cell 1"]
    assert (record["status"], record["error"]) == ("error", "ZeroDivisionError: division by zero")
