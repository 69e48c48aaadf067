"""What the grading machine runs in the student's kernel between the cells.

A hook sets something up that could not be known beforehand (marker pictures, a checkpoint with
drawn weights), records what the notebook has at that point, or puts a correct stand-in where an
earlier answer is missing, so that later answers can stand alone. The kernel is untrusted, so a hook
proves nothing by what it reports; it proves by challenges that only a working answer meets.

An assignment lists its hooks in ``autograder/checks/<assignment>/plan.py`` as ``PLAN``. The modules
beside this one make hooks, one module for each kind of challenge.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from autograder.challenges.rendering import KERNEL, Step, render
from autograder.evidence.seeds import seed_for

When = Literal["before", "after"]
Draw = Callable[[int], Mapping[str, Any]]


@dataclass(frozen=True)
class Hook:
    """One piece of trusted code and its place.

    Attributes:
        name: Unique within the assignment; errors and pictures are filed under it.
        when: Before or after the cell.
        cell: Grade id of the cell.
        steps: The kernel files that it runs, for a run's challenge. What the last one returns is
            displayed, as the value of a cell's last line is.
        records: Names under which they call ``evidence.record``.
        pictures: Whether to keep what they display.
        draw: Draws, from a seed, what the answer cannot know; the last step gets it as ``drawn``.
    """

    name: str
    when: When
    cell: str
    steps: Callable[[str], Iterable[Step]]
    records: tuple[str, ...] = ()
    pictures: bool = False
    draw: Draw | None = None

    def code(self, challenge: str) -> str:
        """Return the text that is sent to the kernel in a run with this challenge."""
        *before, last = self.steps(challenge)
        if self.draw is not None:
            drawn = dict(self.draw(seed_for(challenge, self.name)))
            last = Step(last.file, {**last.arguments, "drawn": drawn})
        return render([*before, last])


@dataclass(frozen=True)
class Watch:
    """Keeps the pictures that a solution cell displays.

    The student's other cells between it and its grade cell count as part of it.

    Attributes:
        cell: Grade id of the solution cell; the pictures are filed under it.
        until: Grade id of the next graded cell.
    """

    cell: str
    until: str


@dataclass(frozen=True)
class Plan:
    """Everything that is added to the run of an assignment."""

    hooks: tuple[Hook, ...] = ()
    watches: tuple[Watch, ...] = ()

    def __post_init__(self) -> None:
        """Check the names.

        Raises:
            ValueError: If two hooks have the same name.
        """
        names = [hook.name for hook in self.hooks]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise ValueError(f"Several hooks are called {', '.join(sorted(twice))}.")

    def at(self, when: str, cell: str) -> Iterator[Hook]:
        """Yield the hooks at one place, in order."""
        return (hook for hook in self.hooks if (hook.when, hook.cell) == (when, cell))

    def drawn(self, name: str, challenge: str) -> dict[str, Any]:
        """Return what a hook draws in a run with this challenge.

        Raises:
            KeyError: If there is no hook of that name, or it draws nothing.
        """
        for hook in self.hooks:
            if hook.name == name and hook.draw is not None:
                return dict(hook.draw(seed_for(challenge, name)))
        raise KeyError(name)

    def rendered(self, challenge: str) -> list[object]:
        """Return all that decides what the hooks do in a run with this challenge, to be hashed."""
        hooks = [
            [hook.name, hook.when, hook.cell, hook.records, hook.pictures, hook.code(challenge)]
            for hook in self.hooks
        ]
        return [*hooks, *([watch.cell, watch.until] for watch in self.watches)]


def run_file(
    name: str,
    when: When,
    cell: str,
    file: Path | str,
    *,
    records: tuple[str, ...] | bool = (),
    draw: Draw | None = None,
    pictures: bool = False,
    **arguments: Any,
) -> Hook:
    """Return a hook that runs one kernel file.

    Args:
        name: Name of the hook.
        when: Before or after the cell.
        cell: Grade id of the cell.
        file: The file, or the name of one of ``autograder.challenges.kernel``.
        records: What it records; True for a record under the hook's name. In either case its
            ``main`` gets the hook's name as ``record``.
        draw: See :class:`Hook`.
        pictures: Whether to keep what it displays.
        arguments: Passed to its ``main``, the same in every run.
    """
    path = KERNEL / f"{file}.py" if isinstance(file, str) else file
    names = records if isinstance(records, tuple) else (name,) if records else ()
    steps = (Step(path, {"record": name, **arguments} if records else arguments),)
    return Hook(name, when, cell, lambda challenge: steps, names, pictures, draw)


def load_plan(checks_folder: Path) -> Plan:
    """Return the plan of an assignment, read afresh; an empty one if it has no ``plan.py``."""
    path = checks_folder / "plan.py"
    if not path.is_file():
        return Plan()
    spec = importlib.util.spec_from_file_location(f"plan_of_{checks_folder.name}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    plan = module.PLAN
    if not isinstance(plan, Plan):
        raise TypeError(f"PLAN in {path} is a {type(plan).__name__}; it should be a Plan.")
    return plan
