"""How good generated images are, in numbers that mean something beside those of real images.

    reference = quality.reference(train_images, test_images)
    print(quality.evaluate(generated_images, reference))

Images are looked at through a scorer, a small classifier, and compared by the distances of
:mod:`gan_helpers.metrics`; docs/quality.md says in plain words what each number means. All images
are given as :func:`pixels` wants them; others raise a ``ValueError``.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from gan_helpers import metrics
from gan_helpers._scorer.model import Scorer, mnist_scorer, pixels
from gan_helpers._scorer.train import scorer_for

__all__ = [
    "QualityLog",
    "Reference",
    "Report",
    "Scorer",
    "evaluate",
    "mnist_scorer",
    "pixels",
    "reference",
    "scorer_for",
]

# Fewer images than this, and the Fréchet distance is mostly due to their small number.
_FEW = 500


@dataclass(frozen=True)
class Reference:
    """Real images, as the scorer sees them.

    Attributes:
        scorer: Through which they were looked at.
        training: ``(N, 64)`` features of the images that the GAN learns from, in mixed order.
        unseen: ``(M, 64)`` features of real images that it does not get to see, in mixed order.
        unseen_labels: ``(M,)`` their classes, according to the scorer.
        training_small: ``(N, 196)`` the training images in half their size, in their own order.
        unseen_small: ``(M, 196)`` the unseen ones, in the order of ``unseen``.
        digest: Changes with the images and with the scorer.
    """

    scorer: Scorer
    training: np.ndarray
    unseen: np.ndarray
    unseen_labels: np.ndarray
    training_small: np.ndarray
    unseen_small: np.ndarray
    digest: str


@dataclass(frozen=True)
class Report:
    """The quality of generated images; print it for a table.

    Attributes:
        distances: Fréchet and kernel distance, density and coverage, with their floors.
        classes: How the generated images spread over the classes.
        classes_floor: The same for as many unseen real images.
        memorisation: Whether they are copies of training images.
        scorer: Name of the scorer.
    """

    distances: metrics.Quality
    classes: metrics.ClassReport
    classes_floor: metrics.ClassReport
    memorisation: metrics.Memorisation
    scorer: str

    def to_dict(self) -> dict[str, float]:
        """Return all numbers by name, those of real images with ``_floor`` at the end."""
        numbers = {name: float(value) for name, value in vars(self.distances).items()}
        numbers["samples"] = self.distances.samples
        for ending, classes in (("", self.classes), ("_floor", self.classes_floor)):
            numbers[f"classes_covered{ending}"] = classes.covered
            numbers[f"class_entropy{ending}"] = classes.entropy
        numbers["memorisation_ratio"] = self.memorisation.ratio
        numbers["memorisation_suspicious"] = self.memorisation.suspicious
        # By the definition of these two, this is what unseen real images score.
        numbers["memorisation_ratio_floor"] = 1.0
        numbers["memorisation_suspicious_floor"] = 0.01
        return numbers

    def __str__(self) -> str:
        total = len(self.classes.counts)
        copies = self.memorisation
        classes = (self.classes, self.classes_floor)
        numbers = self.distances
        rows: list[tuple[str, ...]] = [
            ("Fréchet distance", f"{numbers.frechet:.4f}", f"{numbers.frechet_floor:.4f}", "lower"),
            ("kernel distance", f"{numbers.kernel:.4f}", f"{numbers.kernel_floor:.4f}", "lower"),
            ("density", f"{numbers.density:.4f}", f"{numbers.density_floor:.4f}", "higher"),
            ("coverage", f"{numbers.coverage:.4f}", f"{numbers.coverage_floor:.4f}", "higher"),
            ("classes covered", *[f"{side.covered} of {total}" for side in classes], "more"),
            ("class entropy", *[f"{side.entropy:.3f}" for side in classes], "near to real"),
            ("distance to training", f"{copies.ratio:.2f}", "1.00", "not far below 1"),
            ("suspiciously near", f"{copies.suspicious:.1%}", "1.0%", "not far above 1%"),
        ]
        lines = [
            f"{self.distances.samples:,} images on each side, seen by the scorer {self.scorer}.",
            f"{'':<22}{'generated':>12}{'real':>12}   better is",
            *(f"{name:<22}{value:>12}{real:>12}   {better}" for name, value, real, better in rows),
            f"Images per class: {', '.join(map(str, self.classes.counts))}.",
        ]
        if self.distances.samples < _FEW:
            lines.append(
                f"With fewer than {_FEW} images the Fréchet distance is mostly due to their small "
                "number: look at how far it is above that of real images."
            )
        return "\n".join(lines)


def reference(
    training: Any,
    unseen: Any,
    *,
    scorer: Scorer | None = None,
    value_range: tuple[float, float] = (-1.0, 1.0),
) -> Reference:
    """Look at the real images, once, so that generated ones can be compared with them often.

    Args:
        training: The images the GAN learns from.
        unseen: Real images it does not get to see, such as the test set; they say what a perfect
            generator would score.
        scorer: ``None`` is the shipped one, for MNIST. For other data take :func:`scorer_for`.
        value_range: Of black and white.
    """
    scorer = mnist_scorer() if scorer is None else scorer
    rng = np.random.default_rng(0)  # A file may be sorted by class.
    training, unseen = (pixels(images, value_range=value_range) for images in (training, unseen))
    if (count := len(training) + len(unseen)) > 20_000:
        print(f"Looking at {count:,} real images, once. This takes some seconds.")
    training_order, unseen_order = (rng.permutation(len(images)) for images in (training, unseen))
    features, _ = scorer.look_at(training[training_order], value_range=(0, 1))
    unseen = unseen[unseen_order]
    unseen_features, unseen_scores = scorer.look_at(unseen, value_range=(0, 1))
    digest = hashlib.sha256(scorer.digest.encode())
    for images in (training, unseen):
        digest.update(images.tobytes())
    return Reference(
        scorer=scorer,
        training=features,
        unseen=unseen_features,
        unseen_labels=unseen_scores.argmax(axis=1),
        training_small=_small(training),
        unseen_small=_small(unseen),
        digest=digest.hexdigest()[:16],
    )


def evaluate(
    images: Any,
    reference: Reference,
    *,
    value_range: tuple[float, float] = (-1.0, 1.0),
) -> Report:
    """Measure generated images, always beside as many real ones.

    The number of images is that of the smallest of the three sets: generated, training, unseen.
    For the check on copies, every training image is considered.

    Args:
        images: Generated ones, at least six and finite; a thousand or more are good.
        reference: From :func:`reference`.
        value_range: Of black and white.
    """
    inputs = pixels(images, value_range=value_range)
    features, scores = reference.scorer.look_at(inputs, value_range=(0, 1))
    size = min(len(features), len(reference.training), len(reference.unseen))
    classes = reference.scorer.classes
    return Report(
        distances=metrics.evaluate(reference.training, reference.unseen, features),
        classes=metrics.class_report(scores.argmax(axis=1)[:size], classes=classes),
        classes_floor=metrics.class_report(reference.unseen_labels[:size], classes=classes),
        memorisation=metrics.memorisation(
            reference.training_small, reference.unseen_small[:size], _small(inputs[:size])
        ),
        scorer=reference.scorer.name,
    )


def _small(images: np.ndarray) -> np.ndarray:
    """Halve the size of ``(N, 28, 28, 1)`` images and flatten them.

    Copies are looked for among pixels, where they are nearer than in the scorer's eyes, and at half
    the size, where a little noise or blur does not hide them.
    """
    return np.asarray(images.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4)).reshape(-1, 196))


class QualityLog:
    """Quality over the epochs of a run, in a file that a kill does not harm.

    The file has one line of JSON for each event. Lines are only ever added, so a kill can cut short
    the last one at most, and that one is then ignored. When a run goes on after epoch *n*, a
    line says so, and what was recorded for later epochs is void: they are trained again.

    Attributes:
        path: The file.
        records: The numbers of :meth:`Report.to_dict` by epoch, in the order of the epochs;
            ``None`` where the images were not finite.
        settings: What the numbers depend on.
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        """Read the file, if it exists; usually ``quality.jsonl`` in the folder of the run."""
        self.path = Path(path)
        self.records: dict[int, dict[str, float] | None] = {}
        self.settings: dict[str, Any] = {}
        if self.path.exists():
            for line in self.path.read_text(encoding="utf-8").splitlines():
                try:
                    event = json.loads(line)
                except ValueError:
                    continue  # Cut short by a kill: that epoch is trained, and recorded, again.
                self._apply(event)

    @property
    def epochs(self) -> list[int]:
        """The epochs that were recorded."""
        return list(self.records)

    def values(self, name: str) -> list[float]:
        """Return one number of :meth:`Report.to_dict` over the epochs, NaN where there is none."""
        records = self.records.values()
        return [math.nan if record is None else record[name] for record in records]

    def begin(self, *, after_epoch: int, settings: Mapping[str, Any]) -> None:
        """Note that a run begins (after epoch 0) or goes on.

        Args:
            after_epoch: The last epoch that is not trained again.
            settings: What the numbers depend on.

        Raises:
            ValueError: If the run goes on, but the numbers would not compare.
        """
        for name in settings if after_epoch and self.records else ():
            if self.settings.get(name) != settings[name]:
                raise ValueError(
                    f"The quality kept in {self.path} was measured with another {name} "
                    f"({self.settings.get(name)} then, {settings[name]} now). Go on with the same, "
                    "name another file, or delete this one."
                )
        self._write({"after_epoch": after_epoch, "settings": dict(settings)})

    def add(self, epoch: int, report: Report | None) -> None:
        """Add the numbers of an epoch, from 1; ``None`` if the images were not finite."""
        self._write({"epoch": epoch, "numbers": report and report.to_dict()})

    def _write(self, event: dict[str, Any]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            # The line break comes first: the line before may have been cut short.
            file.write(("\n" if file.tell() else "") + json.dumps(event))
        self._apply(event)

    def _apply(self, event: Mapping[str, Any]) -> None:
        if "epoch" in event:
            self.records[event["epoch"]] = event["numbers"]
            return
        self.settings = event["settings"]
        last = event["after_epoch"]
        self.records = {epoch: record for epoch, record in self.records.items() if epoch <= last}
