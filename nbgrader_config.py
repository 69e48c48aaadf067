"""nbgrader's configuration for this course: its own commands, with our steps in their lists."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))  # nbgrader imports the autograder from this checkout

c = get_config()  # noqa: F821 - given by traitlets

c.CourseDirectory.root = str(ROOT)
c.CourseDirectory.course_id = "gan_course"

# Nothing but the notebook is handed on from one stage to the next. A further file in a hand-in may
# be a link to something that is not the student's, and nbgrader would copy what it points to.
c.CourseDirectory.ignore = ["*"]

# The committed release is made anew each time, or a new gradebook would stay empty.
c.GenerateAssignment.force = True
c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE\nraise NotImplementedError()"}
c.ClearSolutions.text_stub = "YOUR ANSWER HERE"

# nbgrader's own steps, with the pictures put in before anything is taken out, locked or hashed.
c.GenerateAssignment.preprocessors = [
    "nbgrader.preprocessors.IncludeHeaderFooter",
    "autograder.nbgrader_plugins.EmbedFigures",
    "nbgrader.preprocessors.InstantiateTests",
    "nbgrader.preprocessors.LockCells",
    "nbgrader.preprocessors.ClearSolutions",
    "nbgrader.preprocessors.ClearOutput",
    "nbgrader.preprocessors.CheckCellMetadata",
    "nbgrader.preprocessors.ComputeChecksums",
    "nbgrader.preprocessors.SaveCells",
    "nbgrader.preprocessors.ClearHiddenTests",
    "nbgrader.preprocessors.ClearMarkScheme",
    "nbgrader.preprocessors.ComputeChecksums",
    "nbgrader.preprocessors.CheckCellMetadata",
]

# First repair, then run behind the wall and judge. Whatever a cell prints is never a mark.
c.Autograde.exporter_class = "autograder.nbgrader_plugins.SubmissionExporter"
c.Autograde.sanitize_preprocessors = [
    "nbgrader.preprocessors.DeduplicateIds",
    "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.Autograde.autograde_preprocessors = [
    "autograder.nbgrader_plugins.RunAndJudge",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.RunAndJudge.store = str(ROOT / "evidence")
c.Autograde.pre_convert_hook = "autograder.nbgrader_plugins.give_expected_name"

# Feedback is our own page; it takes the marks from the gradebook itself.
c.GenerateFeedback.exporter_class = "autograder.nbgrader_plugins.FeedbackExporter"
c.GenerateFeedback.preprocessors = []

# Beside each submission formgrader shows what grading found, and the marking schemes.
c.HTMLExporter.preprocessors = ["autograder.nbgrader_plugins.DeskNotes"]

# Downloads of an LMS in downloaded/ASSIGNMENT/archive/, for `nbgrader zip_collect ASSIGNMENT
# --LmsCollector.lms=canvas`; `python -m autograder collect` does the same and tells more.
c.ZipCollectApp.extractor_plugin = "autograder.nbgrader_plugins.SafeExtractor"
c.ZipCollectApp.collector_plugin = "autograder.nbgrader_plugins.LmsCollector"

# Hand-ins come through an LMS, so nbgrader's exchange is not used. Without its folder, formgrader
# opens with a warning.
c.Exchange.root = str(ROOT / "exchange")
Path(c.Exchange.root).mkdir(exist_ok=True)

# The page of assignments would begin with the whole configuration.
c.FormgradeExtension.debug = False
