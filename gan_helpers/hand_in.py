"""Packs what is handed in into one zip file: the notebook, and what the training runs have left.

The zip holds ``ASSIGNMENT.ipynb`` with its outputs, and in ``recorded/``

- ``manifest.json``: what was packed when and with which versions, and what was missing;
- ``history.json``: the history of each run, by its name;
- ``samples/RUN.npz`` and ``samples/RUN.png``: images of the finished generator and the last
  picture of the run; ``generators/RUN.npz``: the generator (``_training/run_results``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gan_helpers import budget as budgets
from gan_helpers import workspace
from gan_helpers._hand_in import archive, checklist, notebook_source

MAX_BYTES = 10_000_000
"""Size of the zip file at most: small enough for any LMS."""


def pack(assignment: str, folder: Path, *, questions: str | Sequence[str]) -> Path | None:
    """Look through the notebook, say what is missing, and pack one file to hand in.

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
    marker = f'hand_in.pack("{assignment}"'
    try:
        notebook = notebook_source.read(marker)
    except notebook_source.NotebookUnavailableError as error:
        print(f"Nothing was packed. {error}")
        return None
    names = questions.split() if isinstance(questions, str) else questions
    missing = checklist.findings(notebook, names, marker=marker)
    histories = archive.histories_in(folder)
    _print_findings(missing, histories)
    content = json.dumps(notebook, ensure_ascii=False, indent=1).encode()
    parts = [
        archive.Part(f"{assignment}.ipynb", "the notebook", content),
        archive.Part("recorded/history.json", "", json.dumps(histories).encode()),
        *archive.files_of_runs(folder, list(histories)),
    ]
    manifest = archive.manifest_of(assignment, missing)
    data, left_out = archive.zipped(parts, manifest, MAX_BYTES)
    if data is None:
        print(
            f"Nothing was packed: the notebook alone is {len(content) / 1e6:.0f} MB. Clear the "
            f"output of {checklist.largest_cell(notebook)}, save, and run this cell again."
        )
        return None
    target = (folder if workspace.in_colab() else Path.cwd()) / f"{assignment}_hand_in.zip"
    target.write_bytes(data)
    print(f"\nPacked: {target} ({len(data) / 1e6:.1f} MB). Hand in this one file.")
    if left_out:
        print(f"To stay below {MAX_BYTES // 10**6} MB, left out: {', '.join(left_out)}.")
    _offer(target)
    return target


def _print_findings(missing: Sequence[str], histories: Mapping[str, Mapping[str, Any]]) -> None:
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
    """Download the file in Colab; show a link to it elsewhere."""
    if workspace.in_colab():
        from google.colab import files

        try:
            files.download(str(target))
        except Exception as error:  # a browser may forbid it
            print(f"The download did not begin ({type(error).__name__}): take the file from there.")
    else:
        from IPython.display import FileLink, display

        display(FileLink(target.name))
