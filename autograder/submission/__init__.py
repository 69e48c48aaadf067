"""Makes a submitted notebook fit to run and to grade, without running anything in it.

The way of a submission through this package:

1. `finding` picks the notebook out of the folder a student handed in.
2. `reading` turns its bytes into a valid notebook of the current format, whatever they are.
3. `matching` says which submitted cell stands for which cell of the course's notebook.
4. `rebuilding` puts the notebook together again: the course's text and marks, the student's
   answers, extra cells where they were.
5. `outputs` keeps the student's pictures and text, within limits and without scripts.

Everything that was changed is told in a `Repair`, in words meant for the student.
"""

from autograder.submission.find import PLACEHOLDER, find_submission, is_placeholder
from autograder.submission.parse import read_submission
from autograder.submission.rebuild import repair
from autograder.submission.release import gradebook_view, release_view
from autograder.submission.report import Repair, RepairResult

__all__ = [
    "PLACEHOLDER",
    "Repair",
    "RepairResult",
    "find_submission",
    "gradebook_view",
    "is_placeholder",
    "read_submission",
    "release_view",
    "repair",
]
