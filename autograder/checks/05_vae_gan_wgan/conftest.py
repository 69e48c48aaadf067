"""Gives the checks the arrays that were drawn for the run they judge."""

import runpy
from pathlib import Path

import pytest


@pytest.fixture
def drawn(evidence):
    """A function ``drawn(name)`` that gives the arrays of the probe of that name."""
    draws = runpy.run_path(str(Path(__file__).with_name("probes.py")))["DRAWS"]
    return lambda name: draws[name](evidence.seed(name))
