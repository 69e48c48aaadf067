"""Kernels for untrusted notebooks: quick to start, walled off, and watched.

The package does not know what the notebooks are about or what happens to their outputs: what
kernels import, see and are told comes in as a :class:`SandboxPolicy`. See docs/sandbox.md for what
the wall promises and what it does not. In the order of a kernel's life:

- ``policy`` says what a kernel may use;
- ``launcher`` finds or starts the ``forkserver``, which has imported everything;
- ``supervisor`` is the trusted process beside each kernel, which counts its ``usage``;
- ``kernel`` is what runs inside, in the file system of ``mounts``, behind ``seccomp`` and
  ``syscalls``;
- ``client`` is the trusted side of one kernel, and ``files`` its way to the kernel's files;
- ``manager`` makes it a kernel for jupyter_client, nbclient and nbconvert.
"""

from autograder.sandbox.client import SandboxedKernel
from autograder.sandbox.files import UnsafeFileError
from autograder.sandbox.launcher import SandboxError, fork_server_process
from autograder.sandbox.policy import SandboxPolicy, explain_error
from autograder.sandbox.usage import KernelUse

__all__ = [
    "KernelUse",
    "SandboxError",
    "SandboxPolicy",
    "SandboxedKernel",
    "UnsafeFileError",
    "explain_error",
    "fork_server_process",
]
