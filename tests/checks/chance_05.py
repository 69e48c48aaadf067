"""Answers to assignment 05 over many drawn runs; see ``test_chance``."""

from __future__ import annotations

from tests.checks import chance_05_gan, chance_05_vae, chance_05_wgan

CASES = (*chance_05_vae.CASES, *chance_05_gan.CASES, *chance_05_wgan.CASES)
