"""Runs an assignment's instructor notebook on real data and keeps its results in ``docs/``.

    python tools/run_quick.py 02_dcgan_experiments [--seeds 0 1 2] [--budget quick] [--folder F]

Prints how long every training took and what the whole notebook took. For assignment 02 it writes
the reference results: pictures of samples and loss curves of the first seed, and the table of
quality in ``docs/results.md``; for 04 the same of its three GANs; for 05 the distances and the
samples of its models; for the others pictures of samples. A run that was stopped goes on in the
same folder. Run it on a quiet machine: the times go into the notebook's own table.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import nbclient
import nbformat
import numpy as np
from nbformat.v4 import new_code_cell
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
KEY_EPOCHS = (10, 20, 30, 40, 50)

# Cells added to the notebook of 02: after each training, what the reference results need.
_KEEP = """
def _keep(history):
    folder = image_dir.parent
    noise = sampling.latent((1000, noise_dim), seed=1)
    np.save(folder / "samples.npy", generator.predict(noise, verbose=0).astype("float32"))
    history.to_json(folder / "history.json")
_keep({history})
"""
RUNS_OF_02 = {
    "baseline": "batches of 256, learning rate 0.0001",
    "section_4": "batches of 64, learning rate 0.001",
    "simpler": "batches of 64, learning rate 0.001, one layer less in each network",
}
AFTER_OF_02 = {
    "run_baseline": _KEEP.format(history="baseline_history"),
    "q2_6": _KEEP.format(history="history"),
    "q4a_train": _KEEP.format(history="history"),
}
# The three GANs of 04, each with the epochs whose samples are kept, and what is added to its
# notebook: the numbers that it prints itself.
RUNS_OF_04 = {
    "dense": ("dense", (0, 10, 30, 60, 99)),
    "cnn": ("convolutional, failing", (0, 5, 10, 20, 29)),
    "mine": ("convolutional, mended (the model answer)", (0, 5, 10, 20, 29)),
}
AFTER_OF_04 = {
    "train_mine": """
import json
for _name, _history in (("dense", dense_history), ("cnn", cnn_history), ("mine", my_history)):
    _history.to_json(folder / _name / "history.json")
_samples = min(1000, len(train_images) // 2)  # as in compare()
(folder / "comparison.json").write_text(json.dumps({"samples": _samples, **comparison}))
"""
}
AFTER = {"02_dcgan_experiments": AFTER_OF_02, "04_fashion_gan": AFTER_OF_04}


def main() -> None:
    """Run the notebook named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("assignment")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0], help="one run for each")
    parser.add_argument("--budget", choices=("quick", "full"), default="quick")
    parser.add_argument("--folder", type=Path, help="where to work (default: a new folder)")
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="quick-run-"))
    for seed in options.seeds:
        place = folder / f"seed-{seed}"
        place.mkdir(parents=True, exist_ok=True)
        seconds, notebook = run(
            options.assignment,
            place,
            seed=seed,
            budget=options.budget,
            after=AFTER.get(options.assignment),
        )
        nbformat.write(notebook, place / "executed.ipynb")
        print(
            f"{options.assignment}, seed {seed}: {seconds / 60:.1f} minutes on "
            f"{os.cpu_count()} processors",
            flush=True,
        )
    if options.assignment == "02_dcgan_experiments":
        keep_results_of_02(folder, options.seeds, options.budget)
    elif options.assignment == "04_fashion_gan":
        keep_results_of_04(folder, options.seeds, options.budget)
    elif options.assignment == "05_vae_gan_wgan":
        keep_results_of_05(folder, options.seeds, options.budget)
    elif keep := PICTURES.get(options.assignment):
        keep(folder / f"seed-{options.seeds[0]}" / "results" / options.assignment, options.budget)


def run(
    assignment: str,
    folder: Path,
    *,
    seed: int = 0,
    budget: str = "quick",
    after: Mapping[str, str] | None = None,
) -> tuple[float, nbformat.NotebookNode]:
    """Execute the instructor notebook in a folder; return the wall time in seconds and the result.

    Args:
        assignment: Name of the assignment.
        folder: Working folder of the notebook.
        seed: Takes the place of the notebook's own seed.
        budget: How much is trained.
        after: Code to run after the cells with these grade ids.
    """
    notebook = nbformat.read(ROOT / "source" / assignment / f"{assignment}.ipynb", as_version=4)
    cells = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source = cell.source.replace("device.setup(seed=0", f"device.setup(seed={seed}")
        cells.append(cell)
        added = (after or {}).get(cell.metadata.get("nbgrader", {}).get("grade_id"))
        if added:
            cells.append(new_code_cell(added))
    notebook.cells = cells
    os.environ["GAN_HELPERS_BUDGET"] = budget
    os.environ["PYTHONPATH"] = str(ROOT)
    started = time.monotonic()
    cell_started = [started]

    def before_cell(cell, cell_index):
        cell_started[0] = time.monotonic()

    def after_cell(cell, cell_index, execute_reply):
        taken = time.monotonic() - cell_started[0]
        if taken > 10:
            name = cell.metadata.get("nbgrader", {}).get("grade_id", cell_index)
            print(f"  {name}: {taken / 60:.1f} minutes", flush=True)

    client = nbclient.NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=None,
        resources={"metadata": {"path": str(folder)}},
        on_cell_execute=before_cell,
        on_cell_executed=after_cell,
    )
    client.execute()
    return time.monotonic() - started, notebook


def keep_pictures_of_01(results: Path, budget: str) -> None:
    """Write the key epochs of the one training into ``docs/``.

    Args:
        results: Workspace of the notebook.
        budget: Name of the budget, which becomes part of the file's name.
    """
    from gan_helpers import plots

    strip = plots.film_strip(results / "dcgan" / "images", KEY_EPOCHS)
    strip.save(DOCS / f"01_samples_{budget}.png", optimize=True)


def keep_pictures_of_03(results: Path, budget: str) -> None:
    """Write the samples of all runs at three epochs, and of the long one, into ``docs/``.

    Args:
        results: Workspace of the notebook.
        budget: Name of the budget, which becomes part of the files' names.
    """
    from gan_helpers import plots

    runs = {path.parent.name: path for path in sorted(results.glob("*/images"))}
    picture = plots.compare_runs(runs, (10, 30, 50))
    picture.save(DOCS / f"03_runs_{budget}.png", optimize=True)
    strip = plots.film_strip(runs["baseline"], (10, 50, 100))
    strip.save(DOCS / f"03_baseline_{budget}.png", optimize=True)


# By assignment: what keeps the pictures of a run, given the notebook's workspace and the budget.
PICTURES = {
    "01_dcgan_walkthrough": keep_pictures_of_01,
    "03_dcgan_ablations": keep_pictures_of_03,
}


def keep_results_of_02(folder: Path, seeds: list[int], budget: str) -> None:
    """Write pictures of the first seed and the table of all seeds into ``docs/``."""
    from gan_helpers import plots
    from gan_helpers.history import History

    runs = folder / f"seed-{seeds[0]}" / "results" / "02_dcgan_experiments"
    for name in RUNS_OF_02:
        strip = plots.film_strip(runs / name / "images", KEY_EPOCHS)
        strip.save(DOCS / f"02_{name}_{budget}.png", optimize=True)
        curves = plots.loss_curves(History.from_json(runs / name / "history.json"))
        curves.savefig(DOCS / f"02_{name}_{budget}_losses.png", dpi=80)
    if budget == "quick":
        last = Image.open(runs / "section_4" / "images" / "image_at_epoch_0050.png")
        last.resize((2 * last.width, 2 * last.height), Image.Resampling.NEAREST).save(
            DOCS / "generated_digits.png", optimize=True
        )
    _write_table(f"{budget} table", _table_of_02(folder, seeds, budget))


def _write_table(place: str, table: str) -> None:
    """Print a table and put it in its place in ``docs/results.md``."""
    print(table)
    page = DOCS / "results.md"
    begin, end = f"<!-- {place} -->\n", f"<!-- end of {place} -->\n"
    text, count = re.subn(
        f"{begin}.*?{end}",
        lambda _: f"{begin}{table}{end}",
        page.read_text(encoding="utf-8"),
        flags=re.S,
    )
    if count != 1:
        raise SystemExit(f"{page} has no place for the table: lines '{begin.strip()}' ...")
    page.write_text(text, encoding="utf-8")


def keep_results_of_05(folder: Path, seeds: list[int], budget: str) -> None:
    """Write the distances and the samples of the first seed's four models into ``docs/``."""
    from gan_helpers import plots

    runs = folder / f"seed-{seeds[0]}" / "results" / "05_vae_gan_wgan"
    shutil.copyfile(runs / "comparison.png", DOCS / f"05_distances_{budget}.png")
    names = {"vae": "VAE", "gan": "GAN", "wgan": "WGAN, clipping", "wgan_gp": "WGAN-GP"}
    folders = {name: runs / run / "images" for run, name in names.items()}
    plots.compare_runs(folders, (10, 20, 50, 100)).save(
        DOCS / f"05_samples_{budget}.png", optimize=True
    )
    print((runs / "comparison.txt").read_text(encoding="utf-8"))


def keep_results_of_04(folder: Path, seeds: list[int], budget: str) -> None:
    """Write pictures of the first seed's three GANs and the table of all seeds into ``docs/``."""
    from gan_helpers import plots
    from gan_helpers.history import History

    runs = folder / f"seed-{seeds[0]}" / "results" / "04_fashion_gan"
    histories = {}
    for name, (what, epochs) in RUNS_OF_04.items():
        strip = plots.film_strip(runs / name / "images", epochs)
        strip.save(DOCS / f"04_{name}_{budget}.png", optimize=True)
        histories[what.partition(" (")[0]] = History.from_json(runs / name / "history.json")
    curves = plots.loss_curves(histories)
    curves.savefig(DOCS / f"04_losses_{budget}.png", dpi=80)
    _write_table(f"04 {budget} table", _table_of_04(folder, seeds, budget))


def _table_of_04(folder: Path, seeds: list[int], budget: str) -> str:
    """Lay out as Markdown what the notebook has measured of its three GANs."""
    from gan_helpers.history import History

    runs = [folder / f"seed-{seed}" / "results" / "04_fashion_gan" for seed in seeds]
    measured = [json.loads((run / "comparison.json").read_text()) for run in runs]
    rows = []
    for name, (what, _) in RUNS_OF_04.items():
        histories = [History.from_json(run / name / "history.json") for run in runs]
        numbers = [run[{"cnn": "failing", "mine": "yours"}.get(name, name)] for run in measured]
        cells = [
            str(len(histories[0].epochs)),
            _range([sum(history.seconds) / 60 for history in histories], 1),
            *(
                _range([history.losses[f"{network}_loss"][-1] for history in histories], 2)
                for network in ("discriminator", "generator")
            ),
            _range([distance for distance, _ in numbers], 1),
            _range([covered for _, covered in numbers], 0),
        ]
        rows.append(f"| {what} | {' | '.join(cells)} |")
    distances, covered = zip(*(one["real images"] for one in measured), strict=True)
    floor = f"{_range(list(distances), 1)} | {_range(list(covered), 0)}"
    return "\n".join(
        [
            f"{_setting(seeds, budget)}; {measured[0]['samples']:,} samples against as many real "
            "images. "
            "Mean, and the lowest and highest where there are several seeds.",
            "",
            "| GAN | epochs | minutes | last discriminator loss | last generator loss "
            "| Fréchet distance | classes covered |",
            "| --- | --- | --- | --- | --- | --- | --- |",
            *rows,
            f"| real images, for comparison | | | | | {floor} |",
            "",
        ]
    )


def _table_of_02(folder: Path, seeds: list[int], budget: str) -> str:
    """Measure the samples of all runs and lay the numbers out as Markdown."""
    from gan_helpers import data, diagnosis, quality
    from gan_helpers.history import History

    (training, _), (unseen, _) = data.load_mnist()
    reference = quality.reference(training, unseen, value_range=(0, 255))
    rows = []
    for name, what in RUNS_OF_02.items():
        minutes, reports, findings = [], [], []
        for seed in seeds:
            place = folder / f"seed-{seed}" / "results" / "02_dcgan_experiments" / name
            samples = np.load(place / "samples.npy", allow_pickle=False)
            history = History.from_json(place / "history.json")
            minutes.append(sum(history.seconds) / 60)
            reports.append(quality.evaluate(samples, reference).to_dict())
            real = (training[:1000, ..., np.newaxis] - 127.5) / 127.5
            found = diagnosis.diagnose(history, samples=samples, real=real)
            findings.append(", ".join(one.name for one in found) or "healthy")
        (place.parent / f"{name}.json").write_text(json.dumps(reports, indent=1))
        cells = [
            _range(minutes, 1),
            *(
                _range([report[key] for report in reports], digits)
                for key, digits in (
                    ("frechet", 1),
                    ("density", 2),
                    ("coverage", 2),
                    ("classes_covered", 0),
                )
            ),
            " / ".join(dict.fromkeys(findings)),
        ]
        rows.append(f"| {name.replace('_', ' ')} ({what}) | " + " | ".join(cells) + " |")
    floor = [
        f"{reports[-1][f'{key}_floor']:.{digits}f}"
        for key, digits in (("frechet", 1), ("density", 2), ("coverage", 2), ("classes_covered", 0))
    ]
    return "\n".join(
        [
            f"{_setting(seeds, budget)}; 50 epochs; "
            f"{int(reports[-1]['samples']):,} samples against as many real images. "
            "Mean, and the lowest and highest where there are several seeds.",
            "",
            "| run | minutes | Fréchet distance | density | coverage | classes covered "
            "| diagnosis |",
            "| --- | --- | --- | --- | --- | --- | --- |",
            *rows,
            f"| real images, for comparison | | {' | '.join(floor)} | |",
            "",
        ]
    )


def _setting(seeds: list[int], budget: str) -> str:
    """Say on what the numbers of a table were made."""
    machine = f"{_processor()}, {os.cpu_count()} cores, no GPU"
    return f"Budget {budget}, seeds {', '.join(map(str, seeds))}; {machine}"


def _range(values: list[float], digits: int) -> str:
    mean = f"{statistics.mean(values):.{digits}f}"
    if len(values) == 1:
        return mean
    return f"{mean} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
