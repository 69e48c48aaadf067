"""Measures quality while a GAN is being trained."""

from __future__ import annotations

import hashlib
import time
from os import PathLike
from typing import Any

import keras
import numpy as np

from gan_helpers import quality, sampling


class QualityCallback(keras.callbacks.Callback):  # type: ignore[misc]
    """Measures images from the same noise after every few epochs, and after the last one.

    Give it to :func:`gan_helpers.training.fit` (or ``Model.fit``) in ``callbacks``. It draws from
    no random stream and changes no network, so the run stays the same to the last bit.

    What is measured is written to a file at once. A run that is killed and goes on neither loses
    nor doubles a value, and a run begun again in the same folder begins a new series.

    Attributes:
        log: A :class:`gan_helpers.quality.QualityLog`, also for :func:`plots.quality_curves`.
        seconds: How long each measurement of this session took.
    """

    def __init__(
        self,
        generator: keras.Model,
        noise: Any,
        reference: quality.Reference,
        *,
        log: str | PathLike[str],
        every: int = 5,
        value_range: tuple[float, float] = (-1.0, 1.0),
    ) -> None:
        """Prepare the measurement; the log of an earlier session is read.

        Args:
            generator: Makes images from ``noise``.
            noise: ``(N, noise_dim)``, such as ``sampling.latent((1000, noise_dim), seed=1)``.
                The number of images that are measured is N.
            reference: From :func:`gan_helpers.quality.reference`.
            log: The file, usually ``quality.jsonl`` in the folder of the run.
            every: Measure after so many epochs.
            value_range: Of the generator's images; see :func:`gan_helpers.quality.pixels`.

        Raises:
            ValueError: If ``every`` is less than 1.
        """
        super().__init__()
        if every < 1:
            raise ValueError("every must be at least 1: measure after so many epochs.")
        self.log = quality.QualityLog(log)
        self.seconds: list[float] = []
        self._generator = generator
        self._noise = np.asarray(noise)
        self._reference = reference
        self._every = every
        self._value_range = value_range
        self._begun = False

    def on_train_begin(self, logs: Any = None) -> None:
        """Forget nothing yet: only the first epoch tells whether a run goes on."""
        self._begun = False

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Note in the log after which epoch the run goes on."""
        if self._begun:
            return
        self._begun = True
        settings = {
            "set of real images or scorer": self._reference.digest,
            "noise": hashlib.sha256(self._noise.tobytes()).hexdigest()[:16],
            "value_range": list(self._value_range),
        }
        self.log.begin(after_epoch=epoch, settings=settings)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Measure, if it is time to."""
        number = epoch + 1
        if number % self._every and number != self.params.get("epochs"):
            return
        started = time.perf_counter()
        images = sampling.generate(self._generator, self._noise)
        if not np.isfinite(images).all():
            print(f"\nQuality after epoch {number}: none, the images contain NaN or infinity.")
            self.log.add(number, None)
            return
        report = quality.evaluate(images, self._reference, value_range=self._value_range)
        self.log.add(number, report)
        self.seconds.append(time.perf_counter() - started)
        distances, classes = report.distances, report.classes
        print(
            f"\nQuality after epoch {number}: Fréchet distance {distances.frechet:.2f} (real "
            f"images {distances.frechet_floor:.2f}), coverage {distances.coverage:.2f} "
            f"({distances.coverage_floor:.2f}), {classes.covered} of {len(classes.counts)} classes "
            f"[{self.seconds[-1]:.1f} s]."
        )
