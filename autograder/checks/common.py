"""Facts that the checks of several assignments share."""

from __future__ import annotations

ADAM = {
    "beta_1": 0.9,
    "beta_2": 0.999,
    "epsilon": 1e-7,
    "amsgrad": False,
    "weight_decay": None,
    "clipnorm": None,
    "clipvalue": None,
    "global_clipnorm": None,
    "use_ema": False,
    "gradient_accumulation_steps": None,
}
"""Keras' defaults of everything that changes what Adam does."""

KEY_EPOCHS = (10, 20, 30, 40, 50)
"""Epochs whose samples are looked at in a training run of 50 epochs."""

LONG_RUN = 100
"""Epochs of a training run in assignments 04 and 05."""

EPOCHS = tuple(range(1, 51))
"""All epochs of such a training run."""
