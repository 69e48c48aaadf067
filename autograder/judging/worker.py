"""The process in which checks run: it answers one line of JSON per line of JSON.

It reads data only: it never imports, unpickles or executes anything from a student.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from autograder.course import Assignment
from autograder.judging.network_process import RebuildProcess
from autograder.judging.networks import Rebuilder
from autograder.judging.pytest_plugin import JudgeError, judge_here
from autograder.sandbox import SandboxPolicy


def serve(architectures: Path, policy: SandboxPolicy) -> None:
    """Answer one line of JSON on stdout per line of JSON on stdin."""
    # Checks and libraries may print; the answers need a channel of their own.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    rebuilder = Rebuilder(architectures, RebuildProcess(policy).build)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            assignment = Assignment.find(request["assignment"])
            answer = judge_here(assignment, Path(request["folder"]), rebuilder).to_record()
        except JudgeError as error:
            answer = {"error": str(error)}
        except Exception as error:  # whatever it is, the grader on the other side must hear of it
            answer = {"error": f"The judge failed with {type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Judge runs named on stdin.")
    parser.add_argument("--architectures", type=Path, required=True)
    parser.add_argument("--policy", type=json.loads, required=True)
    options = parser.parse_args()
    serve(options.architectures, SandboxPolicy.from_json(options.policy))
