"""Gives the checks what the probes draw for a run."""

import importlib.util
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def probes():
    """The module with this assignment's probes."""
    path = Path(__file__).with_name("probes.py")
    spec = importlib.util.spec_from_file_location("probes_of_01_dcgan_walkthrough", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
