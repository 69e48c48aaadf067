"""What a student's kernel may use, as one frozen dataclass."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

MIB = 1024**2
GIB = 1024**3

#: Imported once by the fork server, so that no kernel pays for it again. Every module of
#: ``gan_helpers`` is added to these. Matplotlib's inline backend is left to the kernel, because
#: importing it is what connects it to the running IPython.
IMPORTS = (
    "tensorflow",
    "keras",
    "matplotlib.pyplot",
    "matplotlib.backends.backend_agg",
    "PIL.BmpImagePlugin",
    "PIL.GifImagePlugin",
    "PIL.JpegImagePlugin",
    "PIL.PngImagePlugin",
    "PIL.PpmImagePlugin",
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
    "rich._emoji_codes",
    "tensorflow.keras",
    "tornado.platform.asyncio",
    "zmq.utils.garbage",
    "gan_helpers",
)


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
            ``"none"`` accepts the risk that student code reads and writes everything that the
            grading user can; limits on memory, processes and CPU time still hold, a limit on
            disk does not.
        memory_bytes: Memory of all processes of the kernel together. A single process is also
            refused (``MemoryError``) when it asks for more than this at once.
        processes: Processes and threads together, as Linux counts them. TensorFlow and the
            kernel need about 40, and some more on machines with many processors.
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
        threads: Threads that TensorFlow and BLAS compute with. One makes results repeatable
            and is the fastest setting when as many kernels run as there are processors.
        data: Folder with the course's data sets, shown read-only as ``/data``. ``None`` takes
            the folder that ``GAN_HELPERS_DATA`` names, if it is set.
        read_only: Further folders that kernels may read, each under its own path.
        hidden: Further folders that kernels must not see, even where they lie within a folder
            that kernels can see (``/usr``, the Python installation).
        environment: Further environment variables. Nothing of the grading process's own
            environment is passed on.
        imports: Modules that the fork server imports.
        idle_seconds: The fork server exits after this time without a kernel.
        start_seconds: How long a start may take, the fork server's imports included.
    """

    isolation: Literal["namespaces", "none"] = "namespaces"
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
    data: Path | None = None
    read_only: tuple[Path, ...] = ()
    hidden: tuple[Path, ...] = ()
    environment: Mapping[str, str] = dataclasses.field(default_factory=dict)
    imports: tuple[str, ...] = IMPORTS
    idle_seconds: float = 900.0
    start_seconds: float = 240.0

    def __post_init__(self) -> None:
        """Refuse values that would switch a limit off or make a kernel impossible.

        Raises:
            ValueError: If a value is out of range; the sentence says which and what fits.
        """
        if self.isolation not in ("namespaces", "none"):
            raise ValueError(
                f"isolation is {self.isolation!r}; write 'namespaces', or 'none' to run student "
                "code without a wall."
            )
        lowest = {
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
        for name, low in lowest.items():
            if getattr(self, name) < low:
                raise ValueError(f"{name} is {getattr(self, name)}; a kernel needs at least {low}.")

    def data_folder(self) -> Path | None:
        """Return the absolute data folder, or None if neither policy nor environment names one.

        Raises:
            ValueError: If the folder does not exist.
        """
        named = self.data or os.environ.get("GAN_HELPERS_DATA")
        if not named:
            return None
        folder = Path(named).resolve()
        if not folder.is_dir():
            raise ValueError(
                f"The data folder {folder} does not exist; correct GAN_HELPERS_DATA or "
                "SandboxPolicy(data=...)."
            )
        return folder

    def to_json(self) -> dict[str, Any]:
        """Return the policy as plain JSON values, with the data folder resolved."""
        values = dataclasses.asdict(self)
        data = self.data_folder()
        values["data"] = None if data is None else str(data)
        values["read_only"] = [str(Path(path).resolve()) for path in self.read_only]
        values["hidden"] = [str(Path(path).resolve()) for path in self.hidden]
        values["environment"] = dict(self.environment)
        return values

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> SandboxPolicy:
        """Rebuild a policy from ``to_json``."""
        values = dict(values)
        values["data"] = None if values["data"] is None else Path(values["data"])
        for name in ("read_only", "hidden"):
            values[name] = tuple(Path(path) for path in values[name])
        values["imports"] = tuple(values["imports"])
        return cls(**values)
