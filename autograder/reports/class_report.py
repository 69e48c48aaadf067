"""Gathers what there is to say about a class; ``class_page`` shows it.

It is made from what grading leaves (gradebook, graded notebooks, runs), so it runs no student code
and judges nothing. What students' files report about their own training runs is in it too, and is
called what it is: their word.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec
import numpy as np

from autograder.course import Assignment, ClassFolder
from autograder.evidence.schema import Resources
from autograder.grading.graded_notebook import Graded, answers_in, read_graded
from autograder.grading.marks import StudentMarks, read_class_marks
from autograder.grading.outline import Outline, Question
from autograder.grading.stored_runs import read_resources
from autograder.reports.pictures import pictures_of
from autograder.reports.reported_training import (
    RealImages,
    ReportedTraining,
    read_reported_training,
)
from autograder.reports.sample_wall import Tile, tiles_of
from autograder.reports.similarity import Answers, Similarity, find_similarities
from autograder.submission import release_view
from autograder.verdict import NoteKind


@dataclass(frozen=True)
class Entry:
    """One student in the report.

    Attributes:
        graded: The graded notebook.
        marks: What the gradebook says.
        resources: What the run used; None if there was no run or it is no longer stored.
        reported: What the hand-in reports about the student's training runs.
        tiles: The student's pictures for the wall.
    """

    graded: Graded
    marks: StudentMarks
    resources: Resources | None
    reported: ReportedTraining
    tiles: tuple[Tile, ...]

    @property
    def student(self) -> str:
        """The student."""
        return self.graded.student

    @property
    def notes(self) -> list[str]:
        """What went wrong, or needs the instructor, without what was merely repaired."""
        notes = self.graded.record.verdict.notes
        return [str(note) for note in notes if note.kind is NoteKind.PROBLEM]


class StudentExcerpt(msgspec.Struct, frozen=True):
    """What formgrader shows of the report beside a submission, in sentences.

    Attributes:
        similarities: What others have handed in alike.
        doubts: What does not fit together in what was reported.
        qualities: How far samples are from real images.
    """

    similarities: list[str]
    doubts: list[str]
    qualities: list[str]


class ReportExcerpt(msgspec.Struct, frozen=True):
    """What formgrader shows of a report; it lies beside the page, in ``.json``.

    Attributes:
        made: When the report was made.
        students: The excerpts by student.
    """

    made: str
    students: dict[str, StudentExcerpt]

    @classmethod
    def read(cls, path: Path) -> ReportExcerpt | None:
        """Return what is in a file; None if there is none, or one of another version."""
        try:
            return msgspec.json.decode(path.read_bytes(), type=cls)
        except (OSError, msgspec.DecodeError):
            return None


@dataclass(frozen=True)
class ClassReport:
    """All that the report shows.

    Attributes:
        assignment: Name of the assignment.
        questions: Its questions.
        entries: The students, by name.
        missing: Who is not in it, and why, in sentences.
        similarities: Work that is alike.
        made: When.
        floor: Distance of real images from other real ones, to compare those of samples with.
    """

    assignment: str
    questions: tuple[Question, ...]
    entries: tuple[Entry, ...]
    missing: tuple[str, ...]
    similarities: tuple[Similarity, ...]
    made: datetime
    floor: float = 0.0

    @property
    def usual_epochs(self) -> tuple[int, ...]:
        """Epochs of the training runs that most hand-ins report, if more than half agree."""
        counts = Counter(entry.reported.epochs for entry in self.entries if entry.reported.epochs)
        for epochs, agreeing in counts.most_common(1):
            if 2 * agreeing > counts.total() > 1:
                return epochs
        return ()

    def doubts(self, entry: Entry) -> list[str]:
        """Return what does not fit together in what a hand-in reports about its training runs."""
        doubts = list(entry.reported.doubts)
        epochs, usual = entry.reported.epochs, self.usual_epochs
        if epochs and usual and epochs != usual:
            doubts.append(
                f"Epochs of its training runs: {', '.join(map(str, epochs))}; in most hand-ins: "
                f"{', '.join(map(str, usual))}."
            )
        return doubts

    def qualities(self, entry: Entry) -> list[str]:
        """Return a sentence on each set of samples that was packed with a notebook."""
        return [
            f"{run.name}: the samples are at a Fréchet distance of {run.distance:.2g} from real "
            f"images, over plain features of brightness and edges; other real images are at "
            f"{self.floor:.2g}."
            for run in entry.reported.runs
            if run.distance is not None
        ]

    def excerpt(self) -> ReportExcerpt:
        """Return what formgrader shows beside each submission."""
        students = {
            entry.student: StudentExcerpt(
                [
                    group.sentence_for(entry.student)
                    for group in self.similarities
                    if entry.student in group.students
                ],
                self.doubts(entry),
                self.qualities(entry),
            )
            for entry in self.entries
        }
        return ReportExcerpt(self.made.isoformat(timespec="minutes"), students)


def gather(assignment: Assignment, folder: ClassFolder, *, data: Path | None) -> ClassReport:
    """Gather what there is to report on a class.

    Args:
        assignment: The assignment.
        folder: Where the class is.
        data: Folder with the data sets, to compare students' samples with; None not to.

    Raises:
        ValueError: If nobody has been graded, or the gradebook does not know the assignment.
    """
    name = assignment.name
    students = folder.graded(name)
    if not students:
        raise ValueError(
            f"Nobody has been graded in {name}; run `python -m autograder grade {name}` first."
        )
    marks = read_class_marks(folder.gradebook_url, name)
    outline, real = Outline.of(assignment), RealImages.read(data, name)
    entries, missing = [], []
    for student in students:
        try:
            graded = read_graded(folder.graded_notebook(name, student), outline, student)
        except ValueError as error:
            missing.append(str(error))
        else:
            entries.append(_entry(graded, marks.get(student, StudentMarks()), folder, real))
    ungraded = sorted(set(folder.submitters(name)) - set(students))
    if ungraded:
        missing.append(f"Handed in and not graded yet: {', '.join(ungraded)}.")
    similarities = find_similarities(
        _answers(entries, outline, assignment),
        {entry.student: _fingerprints(entry) for entry in entries},
    )
    return ClassReport(
        name,
        outline.questions,
        tuple(entries),
        tuple(missing),
        tuple(similarities),
        datetime.now().astimezone(),
        real.floor if real is not None else 0.0,
    )


def _entry(
    graded: Graded, marks: StudentMarks, folder: ClassFolder, real: RealImages | None
) -> Entry:
    assignment = graded.record.verdict.assignment
    reported = read_reported_training(
        graded, folder.submission(assignment, graded.student), real=real
    )
    resources = read_resources(folder, assignment, graded.record.run)
    return Entry(graded, marks, resources, reported, tiles_of(graded, reported))


def _answers(entries: Sequence[Entry], outline: Outline, assignment: Assignment) -> list[Answers]:
    stubs, models = (
        {answer.question.id: answer.text for answer in answers_in(notebook, outline)}
        for notebook in (release_view(assignment.source), assignment.source)
    )
    texts: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for entry in entries:
        if entry.graded.record.run:  # what could not be read has nobody's answers in it
            for answer in entry.graded.answers:
                texts[answer.question.id][entry.student] = answer.text
    return [
        Answers(
            question.name,
            question.manual,
            texts[question.id],
            stubs[question.id],
            models[question.id],
        )
        for question in outline.questions
    ]


def _fingerprints(entry: Entry) -> dict[str, str]:
    """Return hashes of what a student's machine has generated, by a phrase for each."""
    hashes = {}
    for answer in entry.graded.answers:
        digests = [picture.digest for cell in answer.cells for picture in pictures_of(cell)]
        if digests:
            hashes[f"{answer.question.name}: the very same pictures"] = " ".join(digests)
    for run in entry.reported.runs:
        hashes[f"{run.name}: the very same time and last losses"] = run.description
    for name, images in entry.reported.samples.items():
        digest = hashlib.sha256(np.ascontiguousarray(images).tobytes()).hexdigest()
        hashes[f"{name}: the very same samples"] = digest
    return hashes
