"""What the student's functions gave when a hook called them, each as one function."""

from __future__ import annotations

from autograder.evidence.schema import Array, Described, Number
from autograder.judging.check import Evidence, Recording, require


def require_finished(evidence: Evidence, hook: str, call: str) -> None:
    """Require that a hook ran to its end.

    Args:
        evidence: The run's evidence.
        hook: Name of the hook.
        call: The call that it made, for the sentence, such as ``kl_divergence(mu, log_sigma)``.
    """
    error = evidence.run.hook_errors.get(hook)
    require(error is None, f"{call} did not finish: {error}.")


def returned_number(
    recording: Recording,
    name: str,
    *kinds: type[Described],
    no_number: str,
    not_one: str,
    unusable: str,
) -> float:
    """Return the one number that a function gave, as a number or as an array of one.

    Args:
        recording: Where it was recorded.
        name: Its name there.
        kinds: Kinds that are accepted, ``Array`` and ``Number`` among them.
        no_number: Said where it is of another one of these kinds.
        not_one: Said where it is an array of another size.
        unusable: Said where it is infinite or not a number, with ``{}`` for its value.

    Raises:
        Unmet: If it is none, with one of these sentences.
    """
    value = recording.get(name, *kinds)
    if isinstance(value, Number):
        require(value.finite is not None, unusable.format(value.value))
        return float(value.value)
    require(isinstance(value, Array), no_number)
    numbers = recording.array(value).astype(float)
    require(numbers.size == 1, not_one)
    return float(numbers.reshape(-1)[0])
