"""Time of a kernel, worked out from looks at its processor time."""

import pytest

from autograder.execution.limits import KernelTime, KernelTimer, RunLimits
from autograder.sandbox import KernelUse


def timed(*looks: tuple[float, float, float]) -> KernelTime:
    """Return the time after looks: on the wall clock, processor time and time in the queue."""
    now = [0.0]
    timer = KernelTimer(KernelUse(cpu_seconds=7, queued_seconds=3), lambda: now[0])
    for moment, cpu_seconds, queued_seconds in looks:
        now[0] = moment
        timer.look(KernelUse(cpu_seconds=7 + cpu_seconds, queued_seconds=3 + queued_seconds))
    return timer.time


def test_a_kernel_that_seldom_gets_its_turn_does_not_wait():
    looks = [(0.5 * number, 0.005 * number, 0.495 * number) for number in range(1, 401)]
    assert timed(*looks) == KernelTime(pytest.approx(2), pytest.approx(0), pytest.approx(200))


def test_a_kernel_that_looks_now_and_then_whether_something_has_happened_waits():
    looks = [(0.5 * number, 0.01 * number, 0.02 * number) for number in range(1, 401)]
    assert timed(*looks) == KernelTime(pytest.approx(4), pytest.approx(188), pytest.approx(200))


def test_a_machine_that_pauses_is_no_waiting_kernel():
    assert timed((0.2, 0.1, 0), (300, 0.1, 0), (300.2, 0.3, 0)).waiting < 2


def test_times_add_up_and_the_limit_that_is_reached_is_named():
    limit = RunLimits(cell_seconds=3, cell_wall_seconds=100).cell
    assert KernelTime(2, 2, 99).reached(limit) is None
    spent = KernelTime(2, 2, 50) + KernelTime(1, 0.5, 20)
    assert spent.reached(limit) == "3 seconds of processor time"
    assert KernelTime(0, 3, 3).reached(limit) == "3 seconds of waiting"
    assert KernelTime(1, 2, 101).reached(limit) == "100 seconds"
    assert (spent - KernelTime(1, 1, 60)) == KernelTime(2, 1.5, 10)


def test_limits_are_above_zero():
    with pytest.raises(ValueError, match="grace_seconds is 0"):
        RunLimits(grace_seconds=0)
