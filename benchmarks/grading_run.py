"""What one run of an assignment costs in the grading budget, besides importing TensorFlow."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from autograder.challenges.hooks import load_plan
from autograder.course import Assignment
from autograder.execution.runner import run_notebook
from autograder.grading.grader import Grader

LIMIT = 20.0  # CPU-seconds that a run may cost, from the course plan
_IMPORT = """
import json, resource, time
wall = time.perf_counter()
import tensorflow
use = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps([time.perf_counter() - wall, use.ru_utime + use.ru_stime]))
"""


def report(*, runs: int) -> None:
    """Print CPU and wall time of importing TensorFlow and of a whole run of each assignment."""
    imports = [_import_tensorflow() for _ in range(runs)]
    print(f"import tensorflow ({runs} runs)")
    print(f"  wall {_spread([wall for wall, _ in imports])} s")
    print(f"  CPU  {_spread([cpu for _, cpu in imports])} s")
    for name in Assignment.names():
        _report_assignment(name, runs)


def _report_assignment(name: str, runs: int) -> None:
    assignment = Assignment.find(name)
    grader = Grader(assignment)
    submission = grader.read(assignment.source_path)
    plan = load_plan(assignment.checks_folder)
    walls, cpus, graders, memory, private = [], [], [], [], []
    for number in range(runs + 1):
        with tempfile.TemporaryDirectory() as folder:
            started, busy = time.perf_counter(), time.process_time()
            run_notebook(submission.notebook, Path(folder), plan=plan)
            wall, busy = time.perf_counter() - started, time.process_time() - busy
            resources = json.loads((Path(folder) / "run.json").read_text())["resources"]
        if number:  # the first one starts the fork server, which imports TensorFlow
            walls.append(wall)
            cpus.append(resources["cpu_seconds"])
            graders.append(busy)
            memory.append(resources["peak_memory"] / 2**20)
            private.append(resources["private_memory"] / 2**20)
    print(f"{name}: a whole run in the grading budget, TensorFlow imported before ({runs} runs)")
    print(f"  wall   {_spread(walls)} s")
    kept = "kept" if statistics.median(cpus) <= LIMIT else "NOT KEPT"
    print(f"  CPU    {_spread(cpus)} s; at most {LIMIT:g} s: {kept}")
    print(f"         {_spread(graders)} s more in the grader")
    print(f"  memory {_spread(memory)} MiB at most, pages shared with the fork server included")
    print(f"         {_spread(private)} MiB at the end, without them")


def _import_tensorflow() -> tuple[float, float]:
    result = subprocess.run(
        [sys.executable, "-c", _IMPORT], capture_output=True, text=True, check=True
    )
    wall, cpu = json.loads(result.stdout.splitlines()[-1])
    return wall, cpu


def _spread(values: list[float]) -> str:
    return f"{statistics.median(values):.1f} ({min(values):.1f} to {max(values):.1f})"
