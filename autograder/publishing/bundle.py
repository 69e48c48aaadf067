"""Makes what students get, as a folder or a zip file.

A release that is not what nbgrader makes of ``source/``, or any file with something in it that only
the instructor has, is refused before anything is written.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

from autograder.course import COURSE_ROOT, Assignment
from autograder.publishing.address import ADDRESS_FILE, Address
from autograder.publishing.bundle_files import BundleError, gather
from autograder.publishing.inspector import Inspector

_FOLDERS = ("gan_helpers/", "release/")  # what is old in them is taken out of a bundle
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the same tree gives the same file


def make_bundle(
    target: Path,
    *,
    root: Path = COURSE_ROOT,
    assignments: Sequence[str] = (),
    replace: bool = False,
    without_address: bool = False,
) -> tuple[str, ...]:
    """Make the student repository.

    Args:
        target: A folder, or a zip file if the name says so. In an earlier bundle or a git
            repository, whatever else is there stays.
        root: The course.
        assignments: Names of those to put in; all if left out.
        replace: Whether to write where something is already.
        without_address: Whether to make it although no address is set, so that students cannot work
            in Colab.

    Returns:
        The names of its files.

    Raises:
        BundleError: If something in it is not for students, or no address is set.
        UnknownAssignmentError: If there is no such assignment.
        ValueError: If the target is taken.
    """
    _require_free(target, root, replace)
    address = Address.read(root=root)
    if not (without_address or address.is_set):
        raise BundleError(
            "Nobody has said where students get the course, so that Colab could not open it: run "
            "`python -m autograder address https://github.com/OWNER/NAME` and `make notebooks`. If "
            "nobody is to use Colab, give --without-address."
        )
    names = [Assignment.find(name, root=root).name for name in assignments]
    names = names or Assignment.names(root=root)
    files = gather(root, names)
    for name in names:
        if address.package.encode() not in files[f"release/{name}/{name}.ipynb"]:
            raise BundleError(
                f"release/{name}: has another address than {ADDRESS_FILE}; run `make notebooks`."
            )
    present = _read(target) if target.is_dir() else {}
    others = {name: data for name, data in present.items() if not name.startswith(_FOLDERS)}
    Inspector(root, names).require_clean({**others, **files})
    if target.suffix.lower() == ".zip":
        target.write_bytes(_zipped(files))
        return tuple(files)
    for name in present.keys() - others.keys() - files.keys():
        (target / name).unlink()
    for name, data in files.items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_bytes(data)
    return tuple(files)


def check_bundle(target: Path, *, root: Path = COURSE_ROOT) -> None:
    """Look through a bundle that was made before.

    Args:
        target: The folder or zip file.
        root: The course that it was made of.

    Raises:
        BundleError: If something in it is not for students.
        ValueError: If there is no bundle.
    """
    if not target.exists():
        raise ValueError(f"There is no bundle {target}.")
    files = _read(target)
    released = {name.split("/")[1] for name in files if name.startswith("release/")}
    Inspector(root, sorted(released & set(Assignment.names(root=root)))).require_clean(files)


def _require_free(target: Path, root: Path, replace: bool) -> None:
    names = {path.name for path in target.iterdir()} if target.is_dir() else set()
    is_ours = ".git" in names or {"gan_helpers", "release", "README.md"} <= names
    if names and (not is_ours or names & {"source", "autograder"}):
        raise ValueError(
            f"{target} is neither empty nor a bundle nor a git repository; name another folder."
        )
    if (names - {".git"} or target.is_file()) and not replace:
        raise ValueError(f"{target} exists already; replace it with --force.")
    if target.resolve().is_relative_to(root) and target.resolve().parent != root:
        raise ValueError(f"{target} is inside of the course's own folders; name another place.")


def _read(target: Path) -> dict[str, bytes]:
    """Return all files of a bundle by name, without those of git."""
    if target.is_dir():
        paths = (path for path in sorted(target.rglob("*")) if path.is_file())
        files = {path.relative_to(target).as_posix(): path for path in paths}
        return {name: path.read_bytes() for name, path in files.items() if name[:5] != ".git/"}
    try:
        with zipfile.ZipFile(target) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    except zipfile.BadZipFile:
        raise ValueError(f"{target} is no zip file.") from None


def _zipped(files: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return data.getvalue()
