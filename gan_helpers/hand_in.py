"""Packs what is handed in into one zip file: the notebook, and what the trainings have left.

The zip holds ``ASSIGNMENT.ipynb`` with its outputs, and in ``recorded/``

- ``manifest.json``: what was packed when and with which versions, and what was missing;
- ``history.json``: the history of each run, by its name;
- ``samples/RUN.npz`` and ``samples/RUN.png``: images of the finished generator and the last
  picture of the training; ``generators/RUN.npz``: the generator (``_training/run_results``).
"""

from __future__ import annotations

import dataclasses
import importlib.metadata
import io
import json
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gan_helpers import budget as budgets
from gan_helpers import workspace
from gan_helpers._hand_in import checklist, notebook_source
from gan_helpers._training import run_results

MAX_BYTES = 10_000_000
"""Size of the zip file at most: small enough for any LMS."""

_FORMAT = 1
_PACKAGES = ("gan-helpers", "tensorflow", "keras")
# A notebook shrinks when it is packed; pictures and numbers hardly do.
_FOR_THE_ENTRIES = 20_000


@dataclasses.dataclass(frozen=True)
class _Part:
    """A file for the zip; of those that do not all fit in, the first ones count."""

    name: str
    words: str
    content: bytes


def pack(assignment: str, folder: Path, *, questions: str | Sequence[str]) -> Path | None:
    """Looks through the notebook, says what is missing, and packs one file to hand in.

    Args:
        assignment: Name of the assignment, such as ``"02_dcgan_experiments"``.
        folder: The workspace, from :func:`gan_helpers.workspace.open_workspace`.
        questions: Ids of all questions, such as ``"q1a q1b"``.

    Returns:
        The zip file, ``ASSIGNMENT_hand_in.zip``: in the workspace in Colab, which then downloads
        it, and elsewhere in the current folder. ``None`` if there is none; what to do is printed.
    """
    if budgets.is_grading():
        print("Nothing is packed while the notebook is being graded.")
        return None
    names = questions.split() if isinstance(questions, str) else questions
    marker = f'hand_in.pack("{assignment}"'
    try:
        notebook = notebook_source.read(marker)
    except notebook_source.NotebookUnavailableError as error:
        print(f"Nothing was packed. {error}")
        return None
    missing = checklist.findings(notebook, names, marker=marker)
    histories = _histories(folder)
    _print_findings(missing, histories)
    content = json.dumps(notebook, ensure_ascii=False, indent=1).encode()
    manifest: dict[str, Any] = {
        "format": _FORMAT,
        "assignment": assignment,
        "packed": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {name: _version(name) for name in _PACKAGES},
        "findings": missing,
    }
    parts = [
        _Part(f"{assignment}.ipynb", "the notebook", content),
        _Part("recorded/history.json", "", json.dumps(histories).encode()),
        *_files(folder, histories),
    ]
    data, left_out = _zipped(parts, manifest)
    if data is None:
        print(
            f"Nothing was packed: the notebook alone is {len(content) / 1e6:.0f} MB. Clear the"
            f" output of {_largest(notebook)}, save, and run this cell again."
        )
        return None
    target = (folder if workspace.in_colab() else Path.cwd()) / f"{assignment}_hand_in.zip"
    target.write_bytes(data)
    print(f"\nPacked: {target} ({len(data) / 1e6:.1f} MB). Hand in this one file.")
    if left_out:
        print(f"To stay below {MAX_BYTES // 10**6} MB, left out: {', '.join(left_out)}.")
    _offer(target)
    return target


def _histories(folder: Path) -> dict[str, dict[str, Any]]:
    """Reads the history of every run in a workspace, in the order in which they ended."""
    files = list(Path(folder).glob(f"*/{run_results.FOLDER}/{run_results.HISTORY}"))
    found = {}
    for path in sorted(files, key=lambda path: (path.stat().st_mtime, path)):
        try:
            history = dict(json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, TypeError):
            print(f"{path} is damaged and is not packed; the marks do not depend on it.")
        else:
            found[path.parent.parent.name] = history
    return found


def _files(folder: Path, histories: dict[str, Any]) -> list[_Part]:
    """Reads what the runs have left: pictures and samples of all, then the newest generators."""
    shown, generators = [], []
    for name in reversed(histories):
        run = Path(folder) / name
        pictures = sorted((run / "images").glob("image_at_epoch_*.png"))
        samples = run / run_results.FOLDER / run_results.SAMPLES
        generator = run / run_results.FOLDER / run_results.GENERATOR
        for path, place, words in (
            (pictures[-1] if pictures else None, f"samples/{name}.png", "the last picture"),
            (samples, f"samples/{name}.npz", "the samples"),
        ):
            if path is not None and path.is_file():
                shown.append(_Part(f"recorded/{place}", f"{words} of {name}", path.read_bytes()))
        if generator.is_file():
            part = f"recorded/generators/{name}.npz"
            generators.append(_Part(part, f"the generator of {name}", generator.read_bytes()))
    return [*shown, *generators]


def _zipped(parts: Sequence[_Part], manifest: dict[str, Any]) -> tuple[bytes | None, list[str]]:
    """Packs as many of the parts as fit in, and says which do not; no bytes if not even the first.

    The manifest comes last, and names the others.
    """
    data, left_out = io.BytesIO(), []
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, part in enumerate(parts):
            # Packed by itself first, as nothing can be taken out of a zip file.
            alone = io.BytesIO()
            with zipfile.ZipFile(alone, "w", zipfile.ZIP_DEFLATED) as trial:
                trial.writestr(part.name, part.content)
            if data.tell() + alone.tell() + _FOR_THE_ENTRIES <= MAX_BYTES:
                archive.writestr(part.name, part.content)
            elif number == 0:
                return None, []
            else:
                left_out.append(part.words)
        manifest |= {"files": archive.namelist(), "left_out": left_out}
        archive.writestr("recorded/manifest.json", json.dumps(manifest, indent=1))
    return data.getvalue(), left_out


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _largest(notebook: dict[str, Any]) -> str:
    """Names the cell with the most output."""
    cells = [cell for cell in notebook["cells"] if cell.get("outputs")]
    largest: dict[str, Any] = max(
        cells, key=lambda cell: len(json.dumps(cell["outputs"])), default={}
    )
    lines = notebook_source.source_of(largest).strip().splitlines()
    return f"the cell that begins “{lines[0]}”" if lines else "its largest cell"


def _print_findings(missing: Sequence[str], histories: dict[str, dict[str, Any]]) -> None:
    if missing:
        print("To see to before you hand in (marks are given for what is there):")
        print("\n".join(f"- {sentence}" for sentence in missing))
    else:
        print("Nothing is missing: all questions are answered, all checks were run.")
    runs = [
        f"{name} ({len(history.get('epochs', ()))} epochs, {history.get('budget')} budget)"
        for name, history in histories.items()
    ]
    print(f"Trainings: {', '.join(runs) or 'none was found'}.")


def _offer(target: Path) -> None:
    """Downloads the file in Colab; shows a link to it elsewhere."""
    if workspace.in_colab():
        from google.colab import files

        try:
            files.download(str(target))
        except Exception as error:  # a browser may forbid it
            print(f"The download did not begin ({type(error).__name__}): take the file from there.")
    else:
        from IPython.display import FileLink, display

        display(FileLink(target.name))
