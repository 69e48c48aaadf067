"""Measures the failing pair of assignment 04 as question f2 measures a student's GAN.

    python tools/measure_failing_pair.py [SEEDS]

Trains the pair again on the grader's short budget (30 epochs of 96 images), once for each seed, and
prints the trusted numbers of 256 samples, with batch statistics and with running averages. The
lowest distance is FAILING_DISTANCE in the checks: a GAN that beats it beats every such run of the
failing pair. The networks, their training and the data come from the instructor's
notebook itself.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("GAN_HELPERS_BUDGET", "grading")

import nbformat  # noqa: E402 - after the budget is set
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

from autograder.judging.image_quality import measure  # noqa: E402

NAME = "04_fashion_gan"
SAMPLES = 256
IMAGES = 96  # in one epoch, as in the notebook's SHORT
# What the pair needs of the notebook, without its training runs.
CELLS = (
    *("imports", "load_data", "prepare_data", "training_settings", "d3_discriminator"),
    *("d3_generator", "e1_generator", "e1_discriminator", "e1_combined"),
)


def main() -> None:
    """Measure as many runs as the command line says; five without a number."""
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    notebook = nbformat.read(ROOT / "source" / NAME / f"{NAME}.ipynb", as_version=4)
    code = {
        cell.metadata.nbgrader.grade_id: cell.source
        for cell in notebook.cells
        if cell.cell_type == "code"
    }
    for seed in range(seeds):
        space: dict = {"BUDGET": None}
        tf.keras.utils.set_random_seed(seed)
        with contextlib.redirect_stdout(io.StringIO()):  # tables of layers
            for cell in CELLS:
                exec(code[cell], space)  # the instructor's own code
        train(space, np.random.default_rng(seed))
        noise = space["draw_noise"](SAMPLES, space["cnn_gen_model"])
        real, labels = space["raw_images"][:512] / 255, space["train_labels"][:512]
        for words, training in (("batch statistics", True), ("running averages", False)):
            samples = space["cnn_gen_model"](noise, training=training).numpy()[..., 0]
            found = measure(samples, real, labels)
            print(
                f"seed {seed}, {words}: distance {found.distance:.2f}, {found.classes} classes",
                flush=True,
            )


def train(space: dict, rng: np.random.Generator) -> None:
    """Train the pair for 30 epochs of 96 images, the discriminator first."""
    disc, combined = space["cnn_disc_model"], space["cnn_GAN_model"]
    for model in (disc, combined):
        model.compile(optimizer=tf.keras.optimizers.Adam(), loss="binary_crossentropy")
    for _ in range(30):
        images = tf.constant(space["train_images"][rng.choice(512, IMAGES)])
        space["discriminator_epoch"](images, space["cnn_gen_model"], disc)
        space["generator_epoch"](IMAGES, disc, combined)


if __name__ == "__main__":
    main()
