"""How long a notebook may run, in time that does not depend on how busy the machine is.

A clock on the wall would make marks depend on what else runs on the machine: a training run that
takes one minute alone takes five beside four others. So what counts is what the kernel itself does:

- the processor time of all its processes, which is the same however long it had to wait for its
  turn;
- the time in which it waits for something else than a processor, as in ``sleep``: what is left of
  the time on the wall without its processor time, and without the time that its threads were ready
  and waited for their turn.

A limit on the wall clock, far above the others, ends what hides from both.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from autograder.sandbox import KernelUse

# What passes on the wall between two looks at the kernel counts up to this, in seconds. More means
# that the machine itself has paused.
_LONGEST_PAUSE = 1.0


@dataclass(frozen=True, kw_only=True)
class RunLimits:
    """Limits that the runner keeps itself; those of the kernel are in ``SandboxPolicy``.

    All times are in seconds.

    Attributes:
        cell_seconds: Longest processor time of one cell, and also the longest time in which it
            waits. It is then interrupted, and the notebook goes on.
        notebook_seconds: The same for the whole notebook, which is then ended.
        cell_wall_seconds: Longest time of one cell on the wall clock.
        notebook_wall_seconds: Longest time of the whole notebook on the wall clock.
        grace_seconds: How long a cell may take to obey an interrupt before its kernel is ended,
            counted like ``cell_seconds``.
        output_seconds: How long a cell's output may come after its end, on the wall clock.
        output_bytes: Most output of one cell; the cell is interrupted beyond it.
    """

    cell_seconds: float = 180.0
    notebook_seconds: float = 600.0
    cell_wall_seconds: float = 1200.0
    notebook_wall_seconds: float = 3600.0
    grace_seconds: float = 5.0
    output_seconds: int = 30
    output_bytes: int = 16 * 2**20

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            ValueError: If one is not positive.
        """
        for name, value in vars(self).items():
            if value <= 0:
                raise ValueError(f"{name} is {value}; give a number above zero.")

    @property
    def cell(self) -> KernelTime:
        """The longest times of one cell."""
        return KernelTime(self.cell_seconds, self.cell_seconds, self.cell_wall_seconds)

    @property
    def notebook(self) -> KernelTime:
        """The longest times of the whole notebook."""
        return KernelTime(self.notebook_seconds, self.notebook_seconds, self.notebook_wall_seconds)

    @property
    def grace(self) -> KernelTime:
        """The longest times that a cell may take to obey an interrupt."""
        wall = self.grace_seconds * self.cell_wall_seconds / self.cell_seconds
        return KernelTime(self.grace_seconds, self.grace_seconds, max(wall, self.grace_seconds))


@dataclass(frozen=True)
class KernelTime:
    """Seconds that something took in a kernel, or may take.

    Attributes:
        computing: Processor time of all processes of the kernel.
        waiting: Time in which none of them used a processor or waited for one.
        wall: Time on the wall clock.
    """

    computing: float = 0.0
    waiting: float = 0.0
    wall: float = 0.0

    def __add__(self, other: KernelTime) -> KernelTime:
        return KernelTime(
            self.computing + other.computing,
            self.waiting + other.waiting,
            self.wall + other.wall,
        )

    def __sub__(self, other: KernelTime) -> KernelTime:
        return KernelTime(
            self.computing - other.computing,
            self.waiting - other.waiting,
            self.wall - other.wall,
        )

    def reached(self, limit: KernelTime) -> str | None:
        """Return which of some limits has been reached, in words, or None if none has.

        The words go on from "after", such as ``180 seconds of processor time``.
        """
        if self.computing >= limit.computing:
            return f"{limit.computing:.0f} seconds of processor time"
        if self.waiting >= limit.waiting:
            return f"{limit.waiting:.0f} seconds of waiting"
        if self.wall >= limit.wall:
            return f"{limit.wall:.0f} seconds"
        return None


class KernelTimer:
    """Adds up the time of a kernel from looks at what it has used.

    Args:
        use: What the kernel has used at the start.
        clock: Gives the time on the wall clock, in seconds.
    """

    def __init__(self, use: KernelUse, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._start = self._last_look = clock()
        self._first = self._last = use
        self._counted = 0.0  # seconds on the wall up to the last look, without pauses

    @property
    def time(self) -> KernelTime:
        """The time until now; what the kernel did, until the last look."""
        computing = self._last.cpu_seconds - self._first.cpu_seconds
        queued = self._last.queued_seconds - self._first.queued_seconds
        return KernelTime(
            computing=computing,
            waiting=max(self._counted - computing - queued, 0.0),
            wall=self._clock() - self._start,
        )

    def look(self, use: KernelUse) -> None:
        """Take in what the kernel has used by now."""
        now = self._clock()
        self._counted += min(now - self._last_look, _LONGEST_PAUSE)
        self._last_look, self._last = now, use
