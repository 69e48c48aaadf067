"""Seeds that follow from a run's secret challenge, the same for the run and for the judge."""

from __future__ import annotations

import hashlib


def seed_for(challenge: str, purpose: str) -> int:
    """Return the seed that a run's challenge gives for a purpose."""
    return int.from_bytes(hashlib.sha256(f"{challenge}/{purpose}".encode()).digest()[:8], "big")
