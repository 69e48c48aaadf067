"""One page on a whole class: marks, failed checks, everybody's pictures, runs, likenesses, repairs.

It is made from what grading keeps (gradebook, graded notebooks, runs), so it runs no student code
and judges nothing. What students' files say about their own trainings is on it too, and is called
what it is: their word. The page is one file without scripts, and holds no file of a student's:
pictures are decoded and drawn anew.
"""

from __future__ import annotations

import hashlib
import io
import json
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from autograder.course import Assignment, ClassFolder
from autograder.evidence.images import load_picture
from autograder.grading.graded_notebook import Graded, answers_in, read_graded
from autograder.grading.marks import StudentMarks, read_class_marks
from autograder.grading.outline import Outline, Question
from autograder.reports.pictures import data_uri, pictures_of
from autograder.reports.render import environment
from autograder.reports.reported_training import RealImages, SaidRuns, read_said_runs
from autograder.reports.similarity import Answers, Likeness, find_likenesses
from autograder.submission import release_view
from autograder.verdict import NoteKind
from gan_helpers.sampling import image_grid

_SIDE = 128  # pixels of a picture on the wall
_PICTURES = 3  # on the wall, of each student
_LIT = 230  # brightness from which a pixel is paper
_BINS = 10
_SLOWEST = 10


@dataclass(frozen=True)
class Tile:
    """A picture on the wall.

    Attributes:
        source: Address that holds the picture itself.
        title: The question or run that it belongs to.
        words: What it shows, in the student's words if there are any.
    """

    source: str
    title: str
    words: str


@dataclass(frozen=True)
class Entry:
    """One student in the report.

    Attributes:
        graded: The graded notebook.
        marks: What the gradebook says.
        resources: What the run used: ``cpu_seconds``, ``wall_seconds``, ``peak_memory`` in bytes;
            empty if there was no run or it is no longer kept.
        said: What the hand-in says about trainings.
        tiles: The student's pictures for the wall.
    """

    graded: Graded
    marks: StudentMarks
    resources: Mapping[str, float]
    said: SaidRuns
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


@dataclass(frozen=True)
class ClassReport:
    """All that the report shows.

    Attributes:
        assignment: Name of the assignment.
        questions: Its questions.
        entries: The students, by name.
        missing: Who is not in it, and why, in sentences.
        likenesses: Work that is alike.
        made: When.
        floor: Distance of real images from other real ones, to compare those of samples with.
    """

    assignment: str
    questions: tuple[Question, ...]
    entries: tuple[Entry, ...]
    missing: tuple[str, ...]
    likenesses: tuple[Likeness, ...]
    made: datetime
    floor: float = 0.0

    @property
    def usual_sizes(self) -> tuple[int, ...]:
        """Epochs of the trainings that most hand-ins tell of, if more than half agree."""
        counts = Counter(entry.said.sizes for entry in self.entries if entry.said.sizes)
        sizes, agreeing = max(counts.items(), key=lambda one: one[1], default=((), 0))
        return sizes if 2 * agreeing > counts.total() > 1 else ()

    def doubts(self, entry: Entry) -> list[str]:
        """Return what does not fit together in what a hand-in says about its trainings."""
        doubts = list(entry.said.doubts)
        sizes, usual = entry.said.sizes, self.usual_sizes
        if usual and sizes != usual:
            own = ", ".join(map(str, sizes)) or "none"
            doubts.append(
                f"Epochs of its trainings: {own}; in most hand-ins: {', '.join(map(str, usual))}."
            )
        return doubts

    def qualities(self, entry: Entry) -> list[str]:
        """Return a sentence on each set of samples that was packed with a notebook."""
        return [
            f"{one.name}: the samples are at a Fréchet distance of {one.distance:.2g} from real "
            f"images, over plain features of brightness and edges; other real images are at "
            f"{self.floor:.2g}."
            for one in entry.said.recorded
            if one.distance is not None
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return what formgrader shows beside each submission, as plain JSON values."""
        return {
            "made": self.made.isoformat(timespec="minutes"),
            "students": {
                entry.student: {
                    "likenesses": [
                        one.words_to(entry.student)
                        for one in self.likenesses
                        if entry.student in one.students
                    ],
                    "doubts": self.doubts(entry),
                    "qualities": self.qualities(entry),
                }
                for entry in self.entries
            },
        }


def gather(assignment: Assignment, folder: ClassFolder, *, data: Path | None) -> ClassReport:
    """Gather what there is to report on a class.

    Args:
        assignment: The assignment.
        folder: Where the class is.
        data: Folder with the data sets, to compare students' samples with; None not to.

    Raises:
        ValueError: If nobody has been graded, or the gradebook does not know the assignment.
    """
    students = folder.graded(assignment.name)
    if not students:
        raise ValueError(
            f"Nobody has been graded in {assignment.name}; run `python -m autograder grade "
            f"{assignment.name}` first."
        )
    marks = read_class_marks(folder.gradebook_url, assignment.name)
    outline, real = Outline.of(assignment), RealImages.read(data, assignment.name)
    entries, missing = [], []
    for student in students:
        try:
            graded = read_graded(folder.graded_notebook(assignment.name, student), outline, student)
        except ValueError as error:
            missing.append(str(error))
            continue
        said = read_said_runs(graded, folder.submission(assignment.name, student), real=real)
        run = folder.run_record(assignment.name, graded.record.run or "-")
        resources = (
            json.loads(run.read_text(encoding="utf-8"))["resources"] if run.is_file() else {}
        )
        entries.append(
            Entry(
                graded,
                marks.get(student, StudentMarks()),
                resources,
                said,
                tuple(_tiles(graded, said)),
            )
        )
    ungraded = sorted(set(folder.submitters(assignment.name)) - set(students))
    if ungraded:
        missing.append(f"Handed in and not graded yet: {', '.join(ungraded)}.")
    likenesses = find_likenesses(
        _answers(entries, outline, assignment), {one.student: _prints(one) for one in entries}
    )
    return ClassReport(
        assignment.name,
        outline.questions,
        tuple(entries),
        tuple(missing),
        tuple(likenesses),
        datetime.now().astimezone(),
        real.floor if real is not None else 0.0,
    )


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
        Answers(one.name, one.manual, texts[one.id], stubs[one.id], models[one.id])
        for one in outline.questions
    ]


def _prints(entry: Entry) -> dict[str, str]:
    """Return hashes of what a student's machine has generated, by words for it."""
    prints = {}
    for answer in entry.graded.answers:
        shown = [picture.digest for cell in answer.cells for picture in pictures_of(cell)]
        if shown:
            prints[f"{answer.question.name}: the very same pictures"] = " ".join(shown)
    for place, one in enumerate(entry.said.printed, 1):
        if one.losses:
            prints[f"training {place} in the outputs: the very same time and last losses"] = (
                one.words
            )
    for one in entry.said.recorded:
        prints[f"{one.name}: the very same time and last losses"] = one.words
    for name, images in entry.said.samples.items():
        digest = hashlib.sha256(np.ascontiguousarray(images).tobytes()).hexdigest()
        prints[f"{name}: the very same samples"] = digest
    return prints


# The wall


def _tiles(graded: Graded, said: SaidRuns) -> Iterable[Tile]:
    """Return a student's newest generated pictures, small and drawn anew."""
    if said.samples:
        for name, images in list(said.samples.items())[-_PICTURES:]:
            grid = image_grid(images[:16], pad=1, scale=1, value_range=(0.0, 1.0))
            yield Tile(_drawn(Image.fromarray(grid)), name, "Sixteen samples")
        return
    found = []
    for place, answer in enumerate(graded.answers):
        # Before the first answer the course's own cells show the data; later, what was trained.
        cells = (*answer.provided_cells, *answer.cells) if place else answer.cells
        pictures = [picture for cell in cells for picture in pictures_of(cell)]
        for picture in reversed(pictures):
            try:
                small = _small(_newest_of(load_picture(picture.content)))
            except ValueError:  # animations are left out, and what is damaged
                continue
            if not _is_plot(small):
                found.append(Tile(_drawn(small), answer.question.name, picture.alt or "Picture"))
                break
    yield from found[-_PICTURES:]


def _newest_of(picture: Image.Image) -> Image.Image:
    """Return the right end of a strip of samples, which is its last epoch; else the picture."""
    width, height = picture.size
    return picture.crop((width - height, 0, width, height)) if width > 4 * height else picture


def _small(picture: Image.Image) -> Image.Image:
    if "A" in picture.getbands() or picture.mode == "P":
        shown = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", shown.size, "white"), shown)
    picture = picture.convert("RGB")
    picture.thumbnail((_SIDE, _SIDE))
    return picture


def _is_plot(picture: Image.Image) -> bool:
    """Whether a picture is mostly paper, as curves and tables are."""
    return float((np.asarray(picture.convert("L")) >= _LIT).mean()) > 0.6


def _drawn(picture: Image.Image) -> str:
    buffer = io.BytesIO()
    _small(picture).save(buffer, "JPEG", quality=70)
    return data_uri("image/jpeg", buffer.getvalue())


# The page


def render(report: ClassReport) -> str:
    """Return the report as a page."""
    template = environment().get_template("report.html.j2")
    used = [entry for entry in report.entries if entry.resources]
    slowest = sorted(used, key=lambda entry: -entry.resources["wall_seconds"])[:_SLOWEST]
    return template.render(
        report=report,
        max_total=sum(question.points for question in report.questions),
        totals=_totals(report),
        spread=_spread(report),
        questions=[_question_row(report, question) for question in report.questions],
        checks=_failed_checks(report),
        uses=_uses(used),
        slowest=slowest,
        repairs=_grouped({one.student: one.graded.record.repairs for one in report.entries}),
        notes=_grouped({one.student: one.notes for one in report.entries}),
    )


def _totals(report: ClassReport) -> dict[str, float] | None:
    totals = [entry.marks.total for entry in report.entries]
    return (
        {
            "median": statistics.median(totals),
            "mean": statistics.fmean(totals),
            "lowest": min(totals),
            "highest": max(totals),
        }
        if totals
        else None
    )


def _spread(report: ClassReport) -> list[dict[str, Any]]:
    """Return how many have how many marks, in ten steps."""
    most = sum(question.points for question in report.questions) or 1.0
    counts = Counter(
        min(int(_BINS * entry.marks.total / most), _BINS - 1) for entry in report.entries
    )
    highest = max(counts.values(), default=1)
    return [
        {
            "words": f"{most * step / _BINS:g} to {most * (step + 1) / _BINS:g}",
            "count": counts[step],
            "share": 100 * counts[step] / highest,
        }
        for step in range(_BINS)
    ]


def _question_row(report: ClassReport, question: Question) -> dict[str, Any]:
    scores = [
        entry.marks.scores.get(question.grade_id, 0.0)
        for entry in report.entries
        if not (question.manual and question.grade_id in entry.marks.waiting)
    ]
    full = sum(score >= question.points - 1e-6 for score in scores)
    none = sum(score <= 1e-6 for score in scores)
    return {
        "question": question,
        "marked": len(scores),
        "waiting": len(report.entries) - len(scores),
        "mean": statistics.fmean(scores) if scores else None,
        "full": full,
        "part": len(scores) - full - none,
        "none": none,
        "share": 100 * statistics.fmean(scores) / question.points if scores else 0.0,
    }


def _failed_checks(report: ClassReport) -> list[dict[str, Any]]:
    """Return the checks that somebody failed, those first that most failed."""
    names = {question.id: question.name for question in report.questions}
    failed: defaultdict[tuple[str, str, float], dict[str, str]] = defaultdict(dict)
    for entry in report.entries:
        if not entry.graded.record.run:  # nothing could be read, which the problems say
            continue
        for question in entry.graded.record.verdict.questions:
            for check in question.checks:
                if not check.passed:
                    key = (names.get(question.id, question.id), check.name, check.max_points)
                    failed[key][entry.student] = check.message
    return sorted(
        (
            {
                "question": question,
                "name": name,
                "points": points,
                "students": students,
                "reasons": Counter(students.values()).most_common(5),
                "share": 100 * len(students) / len(report.entries),
            }
            for (question, name, points), students in failed.items()
        ),
        key=lambda row: -len(row["students"]),
    )


def _uses(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    rows = []
    for key, words, unit, scale in (
        ("wall_seconds", "Time", "s", 1.0),
        ("cpu_seconds", "Processor time", "s", 1.0),
        ("peak_memory", "Memory at most", "MB", 1e-6),
    ):
        values = [entry.resources[key] * scale for entry in entries if key in entry.resources]
        if values:
            rows.append(
                {
                    "words": words,
                    "unit": unit,
                    "median": statistics.median(values),
                    "highest": max(values),
                    "sum": sum(values) if scale == 1.0 else None,
                }
            )
    return rows


def _grouped(sentences: Mapping[str, Iterable[str]]) -> list[tuple[list[str], list[str]]]:
    """Return groups of students with the sentences that are about just them, the largest first."""
    about: defaultdict[str, list[str]] = defaultdict(list)
    for student, own in sentences.items():
        for sentence in own:
            about[sentence].append(student)
    groups: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for sentence, students in about.items():
        groups[tuple(students)].append(sentence)
    found = [(list(students), own) for students, own in groups.items()]
    return sorted(found, key=lambda item: (-len(item[0]), item[0]))


def write_report(assignment: Assignment, folder: ClassFolder, *, data: Path | None) -> Path:
    """Write the report, and what formgrader shows of it, into ``reports/`` of the class.

    Args:
        assignment: The assignment.
        folder: Where the class is.
        data: Folder with the data sets, or None.

    Returns:
        The page.

    Raises:
        ValueError: See :func:`gather`.
    """
    report = gather(assignment, folder, data=data)
    page = folder.report_page(assignment.name)
    page.parent.mkdir(exist_ok=True)
    page.with_suffix(".json").write_text(
        json.dumps(report.to_dict(), ensure_ascii=False, indent=1), encoding="utf-8"
    )
    page.write_text(render(report), encoding="utf-8")
    return page
