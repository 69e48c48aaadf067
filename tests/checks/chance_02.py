"""Answers to assignment 02 over many drawn runs; see ``test_chance``."""

from __future__ import annotations

import numpy as np

from autograder.challenges.drawing import loss_inputs
from tests.checks.numerics import (
    bce,
    bce_of_probabilities,
    sigmoid,
)
from tests.support.drawn_runs import Case

CROSS_ENTROPY = Case(
    ("02_dcgan_experiments", "test_q2_4", "test_cross_entropy"),
    "q2_4_value",
    loss_inputs,
    right={
        "float32": lambda labels, logits: bce(labels, logits),
        "logarithms": lambda labels, logits: bce_of_probabilities(labels, sigmoid(logits)),
    },
    wrong={
        "smoothed": lambda labels, logits: bce(0.9 * labels + 0.05, logits),
        "ones smoothed": lambda labels, logits: bce(0.9 * labels, logits),
        "arguments exchanged": lambda labels, logits: bce(logits, labels),
        "labels swapped": lambda labels, logits: bce(1 - labels, logits),
        "sum": lambda labels, logits: 16 * bce(labels, logits),
        "half": lambda labels, logits: bce(labels, logits) / 2,
        "sigmoid twice": lambda labels, logits: bce(labels, sigmoid(logits)),
        "from probabilities": lambda labels, logits: bce_of_probabilities(labels, logits),
        "squares": lambda labels, logits: np.mean((labels - logits) ** 2),
        "hinge": lambda labels, logits: np.mean(np.maximum(1 - (2 * labels - 1) * logits, 0)),
    },
    beside=lambda challenge: {
        "q2_4": {"cross_entropy": {"kind": "loss"}},
        "q2_4_new": {"new": True},
    },
)

CASES = (CROSS_ENTROPY,)
