"""Question 2.5: new optimizers, judged by how they change drawn weights."""

import numpy as np

from autograder.challenges.data_and_optimizers import adam
from autograder.checks.common import ADAM
from autograder.evidence.schema import Array, Bool, Number, Optimizer
from autograder.judging.assertions import explained_by
from autograder.judging.check import Drawn, Evidence, Unmet, check, require

NEW_LEARNING_RATE = 1e-3
OPTIMIZERS = ("generator_optimizer", "discriminator_optimizer")


@check("q2_5", points=0.5, title="Both optimizers are Adam with the new learning rate")
@explained_by("q2_5")
def test_learning_rates(evidence: Evidence, drawn: Drawn) -> None:
    recording = evidence.recorded("q2_5")
    lr = recording.get("lr", Number, Array)
    rate = lr.value if isinstance(lr, Number) else float(recording.array(lr).mean())
    # A number beyond all bounds is recorded as a text.
    right = not isinstance(rate, str) and abs(rate - NEW_LEARNING_RATE) < 1e-9
    require(right, f"lr is {rate}; compare it with the question.")
    for name in OPTIMIZERS:
        _require_adam(recording.get(name, Optimizer), name)
    steps = evidence.recorded("q2_5_steps")
    updated = adam(drawn("q2_5_steps"), learning_rate=NEW_LEARNING_RATE)
    for name in OPTIMIZERS:
        weights = steps.array(steps.get(name, Array))
        require(
            weights.shape == updated.shape and np.allclose(weights, updated, rtol=0, atol=2e-7),
            f"{name} does not change weights as Adam with the new learning rate does.",
        )


def _require_adam(optimizer: Optimizer, name: str) -> None:
    """Require that an optimizer is Adam with the new learning rate and defaults besides."""
    require(optimizer.class_name == "Adam", f"{name} is not Adam but {optimizer.class_name}.")
    rate = optimizer.learning_rate
    if not isinstance(rate, int | float):
        raise Unmet(f"The learning rate of {name} is not a number.")
    require(
        abs(rate - NEW_LEARNING_RATE) < 1e-6,
        f"The learning rate of {name} is {rate:.3g}; compare it with lr.",
    )
    config = optimizer.config
    require(
        not isinstance(config.get("learning_rate"), dict),  # what Keras makes of a schedule
        f"The learning rate of {name} is not fixed: it follows a schedule.",
    )
    other = [key for key, value in ADAM.items() if config.get(key, value) != value]
    require(not other, f"{name} should keep the default of {', '.join(other)}.")


@check("q2_5", points=0.5, title="Both optimizers are new, one for each network")
@explained_by("q2_5")
def test_optimizers_are_new(evidence: Evidence) -> None:
    recording = evidence.recorded("q2_5")
    for name in OPTIMIZERS:
        steps = recording.get(name, Optimizer).iterations
        require(steps == 0, f"{name} has taken {steps} steps already; make a new one.")
    apart = evidence.recorded("q2_5_apart").get("apart", Bool).value
    require(apart, "Each network needs an optimizer of its own, and none may be an old one.")
