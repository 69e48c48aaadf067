"""What happened in a training run: losses, times and settings, epoch by epoch."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any


@dataclass
class History:
    """What happened in a training run.

    Attributes:
        epochs: Numbers of the epochs, from 1.
        losses: For each loss its mean over every epoch, e.g. ``{"generator_loss": [...]}``.
        seconds: How long each epoch's training steps took; pictures and saving are not included,
            compiling the first step is (see ``first_step_seconds``).
        steps_per_epoch: Training steps in one epoch.
        batch_size: Images in one batch of the dataset.
        budget: Name of the budget.
        first_step_seconds: How long the very first step took, which includes tracing and compiling
            it.
    """

    epochs: list[int] = field(default_factory=list)
    losses: dict[str, list[float]] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    steps_per_epoch: int = 0
    batch_size: int = 0
    budget: str = ""
    first_step_seconds: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain lists, numbers and strings."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> History:
        """Build a history from :meth:`to_dict`'s result.

        Raises:
            ValueError: If ``values`` are not the fields of a history.
        """
        try:
            return cls(**values)
        except TypeError as error:
            raise ValueError(f"This is not a training history: {error}.") from error

    def to_json(self, path: str | PathLike[str]) -> None:
        """Write the history to a JSON file."""
        Path(path).write_text(json.dumps(self.to_dict(), indent=1), encoding="utf-8")

    @classmethod
    def from_json(cls, path: str | PathLike[str]) -> History:
        """Read a history that :meth:`to_json` wrote.

        Raises:
            ValueError: If the file is not a training history.
        """
        return cls.from_dict(json.loads(Path(path).read_text(encoding="utf-8")))
