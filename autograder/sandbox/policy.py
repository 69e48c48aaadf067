"""What a kernel for untrusted code may use, as one frozen dataclass."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

MIB = 1024**2
GIB = 1024**3

Isolation = Literal["namespaces", "none"]

_LEAST = {
    "memory_bytes": 256 * MIB,
    "processes": 64,
    "file_bytes": MIB,
    "disk_bytes": MIB,
    "files": 100,
    "open_files": 128,
    "sockets": 100,
    "cpu_seconds": 1,
    "message_bytes": MIB,
    "threads": 1,
    "idle_seconds": 1,
    "start_seconds": 1,
}
_FOLDERS = ("packages", "read_only", "hidden")

KERNEL_IMPORTS = (
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.logger",
    "IPython.core.oinspect",
    "IPython.core.pylabtools",
    "IPython.extensions.storemagic",
    "ipykernel.debugger",
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "ipykernel.zmqshell",
    "tornado.platform.asyncio",
    "zmq.utils.garbage",
)
"""What every kernel imports at its start.

Matplotlib's inline backend is left to the kernel, because importing it is what connects it to the
running IPython.
"""


def plain_size(size: int) -> str:
    """Return a number of bytes as people write it, for example ``4 GiB``."""
    for unit, name in ((GIB, "GiB"), (MIB, "MiB"), (1024, "KiB")):
        if size >= unit:
            return f"{size / unit:.3g} {name}"
    return f"{size} bytes"


@dataclasses.dataclass(frozen=True, kw_only=True)
class SandboxPolicy:
    """Limits and surroundings of one sandboxed kernel.

    The time of a cell and of a notebook is not here: the runner, which sends the cells, keeps it.

    Attributes:
        isolation: ``"namespaces"`` puts the kernel behind the wall of docs/sandbox.md.
            ``"none"`` accepts the risk that untrusted code reads and writes everything that the
            user who starts it can; limits on memory, processes and CPU time still hold, a limit
            on disk does not.
        memory_bytes: Memory of all processes of the kernel together. A single process is also
            refused (``MemoryError``) when it asks for more than this at once.
        processes: Processes and threads together, as Linux counts them. A kernel with a library
            for numerics needs about 40, and some more on machines with many processors.
        file_bytes: Largest single file.
        disk_bytes: All files together: working folder, ``/tmp`` and ``/dev/shm``. They are kept
            in memory, which is in addition to ``memory_bytes``.
        files: Number of files and folders.
        open_files: Open files of one process.
        sockets: Sockets of all processes together; data waiting in them is memory that belongs
            to no process. The kernel itself needs about 40.
        cpu_seconds: CPU time of all processes of the kernel together.
        message_bytes: Largest single message that is accepted from the kernel, which is also
            the largest single output. A larger one closes its channel before it is taken in:
            the outputs of the kernel end there, and the runner sees no cell come to its end.
        threads: Threads that OpenMP and BLAS compute with. One makes results repeatable and is
            the fastest setting when as many kernels run as there are processors.
        outputs: Name of the empty folder that is made in the working folder for what the code
            shall leave there. Inputs of the same name are not copied.
        outputs_variable: Environment variable that tells the kernel the path of ``outputs``.
        data: Folder with data sets, shown read-only as ``/data``.
        data_variable: Environment variable that tells the kernel the path of its data sets.
        packages: Folders of Python packages that kernels may import besides the installed ones.
            Of what else lies beside a package, kernels see nothing.
        read_only: Further folders that kernels may read, each under its own path.
        hidden: Further folders that kernels must not see, even where they lie within a folder
            that kernels can see (``/usr``, the Python installation).
        environment: Further environment variables. Nothing of the environment of the process
            that starts the kernel is passed on.
        imports: Modules that the fork server imports once, so that no kernel pays for it again.
        idle_seconds: The fork server exits after this time without a kernel.
        start_seconds: How long a start may take, the fork server's imports included.
    """

    isolation: Isolation = "namespaces"
    memory_bytes: int = 4 * GIB
    processes: int = 512
    file_bytes: int = 256 * MIB
    disk_bytes: int = GIB
    files: int = 10_000
    open_files: int = 1024
    sockets: int = 500
    cpu_seconds: float = 1800.0
    message_bytes: int = 64 * MIB
    threads: int = 1
    outputs: str = "outputs"
    outputs_variable: str | None = None
    data: Path | None = None
    data_variable: str | None = None
    packages: tuple[Path, ...] = ()
    read_only: tuple[Path, ...] = ()
    hidden: tuple[Path, ...] = ()
    environment: Mapping[str, str] = dataclasses.field(default_factory=dict)
    imports: tuple[str, ...] = KERNEL_IMPORTS
    idle_seconds: float = 900.0
    start_seconds: float = 240.0

    def __post_init__(self) -> None:
        """Refuse values that would switch a limit off or make a kernel impossible.

        Raises:
            ValueError: If a value is out of range; the sentence says which and what fits.
        """
        if self.isolation not in ("namespaces", "none"):
            raise ValueError(
                f"isolation is {self.isolation!r}; write 'namespaces', or 'none' to run untrusted "
                "code without a wall."
            )
        if not re.fullmatch(r"\w[\w.-]*", self.outputs):
            raise ValueError(f"outputs is {self.outputs!r}; write the plain name of a folder.")
        for name, least in _LEAST.items():
            if getattr(self, name) < least:
                raise ValueError(
                    f"{name} is {getattr(self, name)}; a kernel needs at least {least}."
                )

    @property
    def walled(self) -> bool:
        """Whether kernels get namespaces of their own."""
        return self.isolation == "namespaces"

    def data_folder(self) -> Path | None:
        """Return the absolute data folder, or None if there is none.

        Raises:
            ValueError: If the folder does not exist.
        """
        if self.data is None:
            return None
        folder = self.data.resolve()
        if not folder.is_dir():
            raise ValueError(
                f"The data folder {folder} does not exist; correct SandboxPolicy(data=...)."
            )
        return folder

    def conditions(self) -> dict[str, Any]:
        """Return what the outcome of a run may depend on, as plain JSON values.

        Left out are the places of data sets and packages, of which the content counts, and the
        times of the fork server.
        """
        values = self.to_json()
        for name in ("data", "packages", "idle_seconds", "start_seconds"):
            del values[name]
        return values

    def to_json(self) -> dict[str, Any]:
        """Return the policy as plain JSON values, with absolute paths."""
        values = dataclasses.asdict(self)
        data = self.data_folder()
        values["data"] = None if data is None else str(data)
        for name in _FOLDERS:
            values[name] = [str(Path(path).resolve()) for path in values[name]]
        values["environment"] = dict(self.environment)
        values["imports"] = list(self.imports)
        return values

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> SandboxPolicy:
        """Rebuild a policy from ``to_json``."""
        values = dict(values)
        values["data"] = None if values["data"] is None else Path(values["data"])
        for name in _FOLDERS:
            values[name] = tuple(Path(path) for path in values[name])
        values["imports"] = tuple(values["imports"])
        return cls(**values)


def explain_error(name: str, text: str, policy: SandboxPolicy) -> str | None:
    """Return which limit an error raised in a cell comes from, in plain words, or None.

    Some limits are felt only inside: the refused call raises there and nothing can be seen from
    outside. The error's name and text come from the kernel, so this is an explanation for a
    person and never something to decide by.

    Args:
        name: Name of the exception class, such as ``MemoryError``.
        text: The message of the exception.
        policy: The kernel's policy.
    """
    signs = {
        f"The notebook asked for more than {plain_size(policy.memory_bytes)} of memory.": (
            name == "MemoryError" or "Cannot allocate memory" in text or "bad_alloc" in text
        ),
        f"The notebook tried to write a file of more than {plain_size(policy.file_bytes)}.": (
            "File too large" in text
        ),
        f"The notebook filled the {plain_size(policy.disk_bytes)} of disk space or the "
        f"{policy.files} files it may use.": "No space left on device" in text,
        f"The notebook had {policy.open_files} files open, which is the limit.": (
            "Too many open files" in text
        ),
        f"The notebook reached the limit of {policy.processes} processes and threads.": (
            "Resource temporarily unavailable" in text or "can't start new thread" in text
        ),
        "The notebook tried to use the network, which does not exist while grading.": (
            "Network is unreachable" in text
            or "Temporary failure in name resolution" in text
            or "Name or service not known" in text
        ),
    }
    return next((sentence for sentence, present in signs.items() if present), None)
