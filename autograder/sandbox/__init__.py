"""Kernels for untrusted notebooks: quick to start, walled off, and watched.

See docs/sandbox.md for what the wall promises and what it does not.
"""

from autograder.sandbox.client import (
    KernelUse,
    SandboxedKernel,
    SandboxError,
    UnsafeFileError,
    explain_error,
    fork_server_process,
)
from autograder.sandbox.policy import SandboxPolicy

__all__ = [
    "KernelUse",
    "SandboxError",
    "SandboxPolicy",
    "SandboxedKernel",
    "UnsafeFileError",
    "explain_error",
    "fork_server_process",
]
