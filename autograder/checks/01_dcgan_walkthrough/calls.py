"""What came of the calls that the hooks make."""

from __future__ import annotations

from autograder.judging.check import Evidence, Recording, require


def finished(evidence: Evidence, hook: str, what: str) -> Recording:
    """Return what a hook recorded; a function that stops is told by its error.

    Args:
        evidence: The run's evidence.
        hook: Name of the hook and of its record.
        what: What it called, for the sentence.
    """
    error = evidence.run.hook_errors.get(hook)
    require(error is None, f"{what} did not finish: {str(error)[:150].rstrip('.')}.")
    return evidence.recorded(hook)
