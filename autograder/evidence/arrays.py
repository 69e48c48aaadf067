"""Read the arrays that an untrusted kernel recorded: sizes may lie, and nothing is unpickled."""

from __future__ import annotations

import io
import zipfile

import numpy as np
from numpy.lib import format as npy_format

MAX_ARRAYS_BYTES = 64 * 2**20


def read_arrays(data: bytes) -> dict[str, np.ndarray]:
    """Read an ``.npz`` file of plain numbers without trusting it.

    Args:
        data: The file's bytes.

    Returns:
        Maps names to arrays of numbers or booleans.

    Raises:
        ValueError: If it is damaged, holds anything else, or would unpack to more than 64 MiB.
    """
    arrays: dict[str, np.ndarray] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > 1000:
                raise ValueError("too many arrays")
            left = MAX_ARRAYS_BYTES
            for entry in entries:
                # The size in the directory may be a lie, so no more than that is ever read.
                if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                    raise ValueError("it is packed in an unusual way")  # LZMA can ask for GiBs
                if entry.file_size > left:
                    raise ValueError("it would unpack to too much")
                with archive.open(entry) as packed:
                    content = packed.read(entry.file_size + 1)
                if len(content) > entry.file_size:
                    raise ValueError("it is larger than it says")
                left -= len(content)
                arrays[entry.filename.removesuffix(".npy")] = _read_array(content)
    except ValueError:
        raise
    except Exception as error:  # zipfile and zlib raise many types on damaged files
        raise ValueError(f"it is damaged ({type(error).__name__})") from None
    return arrays


def _read_array(content: bytes) -> np.ndarray:
    stream = io.BytesIO(content)
    version = npy_format.read_magic(stream)
    if version not in ((1, 0), (2, 0)):
        raise ValueError("an array has an unknown format")
    reader = (
        npy_format.read_array_header_1_0 if version == (1, 0) else npy_format.read_array_header_2_0
    )
    shape, fortran, dtype = reader(stream, max_header_size=4096)
    count = int(np.prod(shape, dtype=np.int64)) if shape else 1
    if dtype.kind not in "biuf" or dtype.hasobject or count < 0:
        raise ValueError("an array holds something other than numbers")
    rest = content[stream.tell() :]
    if len(rest) != count * dtype.itemsize:
        raise ValueError("an array has the wrong size")
    return np.frombuffer(rest, dtype).reshape(shape, order="F" if fortran else "C")
