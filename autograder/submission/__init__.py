"""Makes a submitted notebook fit to run and to grade, without running anything in it.

The way of a submission through this package:

1. `find` picks the notebook out of the folder a student handed in.
2. `parse` reads its bytes, and `clean` builds a valid notebook of the current format from them,
   whatever they are.
3. `split_merged` and `match` say which submitted cell stands for which of the course's cells
   (`course_cells`, `release`); `differences` and `copies` say what was changed about them.
4. `rebuild` puts the notebook together again: the course's text and marks, the student's answers,
   `extra_cells` where they were.
5. `safe_cells` keeps the student's text and pictures, within limits and without scripts (`outputs`,
   `sanitize`).

Everything that was changed is reported as a `Repair`, and what could not be put right as a
`Problem`, each with a kind for programs and a sentence for the student (`report`).
"""

from autograder.submission.find import PLACEHOLDER, find_submission, is_placeholder
from autograder.submission.parse import read_submission
from autograder.submission.rebuild import repair
from autograder.submission.release import gradebook_view, release_view
from autograder.submission.report import Problem, ProblemKind, Repair, RepairKind, RepairResult

__all__ = [
    "PLACEHOLDER",
    "Problem",
    "ProblemKind",
    "Repair",
    "RepairKind",
    "RepairResult",
    "find_submission",
    "gradebook_view",
    "is_placeholder",
    "read_submission",
    "release_view",
    "repair",
]
