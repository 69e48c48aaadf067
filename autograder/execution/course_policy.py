"""What this course adds to the sandbox, which by itself knows of no course."""

from __future__ import annotations

import os
import pkgutil
from pathlib import Path

from autograder.course import COURSE_ROOT
from autograder.sandbox import SandboxPolicy
from autograder.sandbox.policy import KERNEL_IMPORTS, Isolation

_PACKAGE = COURSE_ROOT / "gan_helpers"
_LIBRARIES = (
    "tensorflow",
    "tensorflow.keras",
    "keras",
    "matplotlib.pyplot",
    "matplotlib.backends.backend_agg",
    "PIL.BmpImagePlugin",
    "PIL.GifImagePlugin",
    "PIL.JpegImagePlugin",
    "PIL.PngImagePlugin",
    "PIL.PpmImagePlugin",
    "rich._emoji_codes",
)
_THREADS = 1


def course_policy(*, isolation: Isolation = "namespaces") -> SandboxPolicy:
    """Return what kernels of this course may use.

    Args:
        isolation: See :class:`SandboxPolicy`.

    Raises:
        ValueError: If ``GAN_HELPERS_DATA`` names a folder that does not exist.
    """
    modules = [module.name for module in pkgutil.iter_modules([str(_PACKAGE)])]
    return SandboxPolicy(
        isolation=isolation,
        threads=_THREADS,
        imports=(*_LIBRARIES, *KERNEL_IMPORTS, *(f"gan_helpers.{name}" for name in modules)),
        packages=(_PACKAGE,),
        outputs="evidence",
        outputs_variable="GAN_HELPERS_EVIDENCE",
        data=data_folder(),
        data_variable="GAN_HELPERS_DATA",
        environment={
            "GAN_HELPERS_BUDGET": "grading",
            "NBGRADER_EXECUTION": "autograde",
            "TF_NUM_INTRAOP_THREADS": str(_THREADS),
            "TF_NUM_INTEROP_THREADS": str(_THREADS),
        },
    )


def data_folder() -> Path | None:
    """Return the folder that ``GAN_HELPERS_DATA`` names, or None if it is not set.

    Raises:
        ValueError: If the folder does not exist.
    """
    name = os.environ.get("GAN_HELPERS_DATA")
    if not name:
        return None
    folder = Path(name).resolve()
    if not folder.is_dir():
        raise ValueError(f"The data folder {folder} does not exist; correct GAN_HELPERS_DATA.")
    return folder
