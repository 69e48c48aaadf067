"""Runs an assignment's instructor notebook on real data in the quick budget and keeps its pictures.

    python docs/run_quick.py 02_dcgan_experiments [--folder FOLDER]

Prints how long every training took and what the whole notebook took; writes the pictures of
``docs/`` that show results of that assignment. Run it on a quiet machine: the times go into the
notebook's own table.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

import nbclient
import nbformat
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
KEY_EPOCHS = (10, 20, 30, 40, 50)


def main() -> None:
    """Run the notebook named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("assignment")
    parser.add_argument("--folder", type=Path, help="where to work (default: a new folder)")
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="quick-run-"))
    folder.mkdir(parents=True, exist_ok=True)
    seconds, notebook = run(options.assignment, folder)
    nbformat.write(notebook, folder / "executed.ipynb")
    print(f"{options.assignment}: {seconds / 60:.1f} minutes on {os.cpu_count()} processors")
    if options.assignment == "02_dcgan_experiments":
        keep_pictures_of_02(folder)


def run(assignment: str, folder: Path) -> tuple[float, nbformat.NotebookNode]:
    """Execute the instructor notebook in a folder; return the wall time in seconds and the result.

    Args:
        assignment: Name of the assignment.
        folder: Working folder of the notebook.
    """
    notebook = nbformat.read(ROOT / "source" / assignment / f"{assignment}.ipynb", as_version=4)
    os.environ["GAN_HELPERS_BUDGET"] = "quick"
    os.environ["PYTHONPATH"] = str(ROOT)
    started = time.monotonic()
    cell_started = [started]

    def before(cell, cell_index):
        cell_started[0] = time.monotonic()

    def after(cell, cell_index, execute_reply):
        taken = time.monotonic() - cell_started[0]
        if taken > 10:
            name = cell.metadata.get("nbgrader", {}).get("grade_id", cell_index)
            print(f"  {name}: {taken / 60:.1f} minutes", flush=True)

    client = nbclient.NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=None,
        resources={"metadata": {"path": str(folder)}},
        on_cell_execute=before,
        on_cell_executed=after,
    )
    client.execute()
    return time.monotonic() - started, notebook


def keep_pictures_of_02(folder: Path) -> None:
    """Write the key epochs of the three runs, and the last samples of section 4, into ``docs/``."""
    from gan_helpers import plots

    runs = folder / "results" / "02_dcgan_experiments"
    for name in ("baseline", "section_4", "simpler"):
        strip = plots.film_strip(runs / name / "images", KEY_EPOCHS)
        strip.save(DOCS / f"02_{name}_quick.png", optimize=True)
    last = Image.open(runs / "section_4" / "images" / "image_at_epoch_0050.png")
    last.resize((2 * last.width, 2 * last.height), Image.Resampling.NEAREST).save(
        DOCS / "generated_digits.png", optimize=True
    )


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
