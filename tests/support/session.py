"""How a session of tests begins and ends: what is selected, and what could not be tried here."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Generator, Iterable
from pathlib import Path

import pytest

# Whoever uses one of these waits for a kernel, also through another fixture.
KERNEL_FIXTURES = frozenset({"graders", "all_answer_runs"})


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out modules of which nothing is selected, before they import TensorFlow."""
    if collection_path.suffix != ".py":
        return None
    mark = whole_module_mark(collection_path.read_text(encoding="utf-8"))
    return True if mark and f"not {mark}" in config.getoption("markexpr") else None


def whole_module_mark(text: str) -> str | None:
    """Return the mark that all tests of a module have, by its text."""
    mark = re.search(r"^pytestmark = \[?\s*pytest\.mark\.(\w+)", text, re.MULTILINE)
    return mark[1] if mark else None


# Before pytest's own, which selects by marks.
@pytest.hookimpl(tryfirst=True)
def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark the tests that start kernels through the fixtures they use."""
    if KERNEL_FIXTURES & set(getattr(item, "fixturenames", ())):
        item.add_marker(pytest.mark.kernel)


# The outermost: pytest's list of failures comes before, its closing line after.
@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter,
) -> Generator[None, None, None]:
    """Say in one line what this machine lacks."""
    yield
    reasons = [
        report.longrepr[2]
        for report in terminalreporter.stats.get("skipped", ())
        if isinstance(report.longrepr, tuple)
    ]
    if reasons:
        terminalreporter.write_line(skips_in_a_line(reasons))


def skips_in_a_line(reasons: Iterable[str]) -> str:
    """Return how many tests were skipped for which reason."""
    counted = Counter(reason.removeprefix("Skipped: ") for reason in reasons)
    parts = (f"{reason} ({number})" for reason, number in counted.most_common())
    return f"Skipped here: {'; '.join(parts)}"
