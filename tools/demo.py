"""The course's main job in small: release, hand in, grade, feedback, and a picture of digits."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat

from autograder.course import COURSE_ROOT, Assignment

DEMO_FOLDER = COURSE_ROOT / "demo"
_LATENT = 40  # numbers of noise for a digit
_MARK = "Folder of `make demo`, which removes and makes it each time.\n"


def run_demo(folder: Path = DEMO_FOLDER) -> None:
    """Run the demonstration and print what came out.

    Three students hand in every assignment: ``complete`` the instructor's version, ``partial`` one
    in which every second automatic question is unanswered, ``untouched`` the release.

    Args:
        folder: Folder for everything it makes; removed first if it comes from an earlier demo.

    Raises:
        ValueError: If the folder exists and is not from a demo.
    """
    if folder.exists() and not (folder / "DEMO").is_file():
        raise ValueError(f"{folder} is not from an earlier demo; move it away.")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "DEMO").write_text(_MARK)
    names = Assignment.names()
    for name in names:
        for part in (f"source/{name}", f"notebooks/{name}/figures"):
            shutil.copytree(COURSE_ROOT / part, folder / part)
        _nbgrader(folder, "generate_assignment", name)
        _hand_in(folder, Assignment.find(name))
    for name in names:
        print(f"\nGrading {name}: three notebooks run behind the wall (about a minute) ...")
        _nbgrader(folder, "autograde", name)
        _nbgrader(folder, "generate_feedback", name)
    marks = folder / "grades.csv"
    _nbgrader(folder, "export", f"--to={marks}")
    print("\nMarks (free-text answers are marked by a person, in formgrader):\n")
    with marks.open(newline="") as file:
        for row in csv.DictReader(file):
            print(
                f"  {row['assignment']:<24} {row['student_id']:<10} "
                f"{float(row['score']):>5g} of {float(row['max_score']):g}"
            )
    pages = sorted(folder.glob("feedback/*/*/*.html"))
    print("\nFeedback pages:")
    for page in pages:
        print(f"  {page}")
    _draw_digits(folder / "digits.png")


def _draw_digits(picture: Path) -> None:
    """Train a GAN in a process of its own, so that this one never imports TensorFlow."""
    print("\nTraining a small DCGAN for a picture of generated digits (a few minutes) ...")
    training = subprocess.run(
        [sys.executable, "-m", "tools.demo", str(picture)],
        cwd=COURSE_ROOT,
        stderr=subprocess.PIPE,  # where TensorFlow talks about the machine
        text=True,
        check=False,
    )
    if training.returncode:
        raise ValueError(f"The training failed:\n{training.stderr[-3000:]}")
    print(f"\nGenerated digits: {picture}")


def _hand_in(folder: Path, assignment: Assignment) -> None:
    """Hand in an assignment for the three students."""
    complete = assignment.source
    untouched = nbformat.read(
        folder / "release" / assignment.name / f"{assignment.name}.ipynb", as_version=4
    )
    stubs = {cell.id: cell.source for cell in untouched.cells}
    partial = nbformat.reads(nbformat.writes(complete), as_version=4)
    solutions = [
        cell
        for cell in partial.cells
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("solution")
    ]
    for cell in solutions[1::2]:
        cell.source = stubs[cell.id]
    for student, notebook in (
        ("complete", complete),
        ("partial", partial),
        ("untouched", untouched),
    ):
        target = folder / "submitted" / student / assignment.name / f"{assignment.name}.ipynb"
        target.parent.mkdir(parents=True)
        nbformat.write(notebook, target)


def _nbgrader(folder: Path, command: str, *arguments: str) -> None:
    """Run an nbgrader command on the demo's folder, quietly unless it fails."""
    result = subprocess.run(
        [
            *(sys.executable, "-m", "nbgrader", command, *arguments),
            *([] if command == "export" else [f"--course-dir={folder}"]),
            f"--db=sqlite:///{folder / 'gradebook.db'}",
        ],
        cwd=COURSE_ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        env={
            **os.environ,
            # nbgrader calls alembic by name.
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        },
    )
    if result.returncode:
        raise ValueError(f"nbgrader {command} failed:\n{result.stdout[-3000:]}")


def _networks() -> dict[str, Any]:
    """Return the generator and the discriminator of assignment 02, section 5."""
    from tensorflow import keras
    from tensorflow.keras import layers

    generator = keras.Sequential(
        [
            keras.Input((_LATENT,)),
            layers.Dense(7 * 7 * 64, use_bias=False),
            layers.BatchNormalization(),
            layers.LeakyReLU(),
            layers.Reshape((7, 7, 64)),
            layers.Conv2DTranspose(64, 5, strides=2, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.LeakyReLU(),
            layers.Conv2DTranspose(
                1, 5, strides=2, padding="same", use_bias=False, activation="tanh"
            ),
        ]
    )
    discriminator = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(64, 5, strides=2, padding="same"),
            layers.LeakyReLU(),
            layers.Dropout(0.3),
            layers.Conv2D(128, 5, strides=2, padding="same"),
            layers.LeakyReLU(),
            layers.Dropout(0.3),
            layers.Flatten(),
            layers.Dense(1),
        ]
    )
    return {"generator": generator, "discriminator": discriminator}


def _train_step(networks: dict[str, Any], optimizers: dict[str, Any]) -> Callable[..., Any]:
    """Return a training step for both networks."""
    import tensorflow as tf
    from tensorflow import keras

    from gan_helpers import sampling

    cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)
    generator, discriminator = networks["generator"], networks["discriminator"]

    @tf.function  # type: ignore[untyped-decorator]
    def train_step(images: Any, batch_size: Any) -> dict[str, Any]:
        noise = sampling.latent((batch_size, _LATENT))
        with tf.GradientTape(persistent=True) as tape:
            fakes = generator(noise, training=True)
            real_logits = discriminator(images, training=True)
            fake_logits = discriminator(fakes, training=True)
            losses = {
                "generator": cross_entropy(tf.ones_like(fake_logits), fake_logits),
                "discriminator": cross_entropy(tf.ones_like(real_logits), real_logits)
                + cross_entropy(tf.zeros_like(fake_logits), fake_logits),
            }
        for name, network in networks.items():
            gradients = tape.gradient(losses[name], network.trainable_variables)
            optimizers[name].apply_gradients(
                zip(gradients, network.trainable_variables, strict=True)
            )
        return {f"{name}_loss": loss for name, loss in losses.items()}

    step: Callable[..., Any] = train_step
    return step


def _train_and_draw(picture: Path) -> None:
    """Train the small DCGAN of assignment 02, section 5, and save 32 of its digits."""
    import tensorflow as tf
    from tensorflow import keras

    from gan_helpers import budget, data, device, sampling, training

    device.setup(seed=0, precision="auto")
    (images, _), _ = data.load_mnist()
    scaled = (images[..., None].astype("float32") - 127.5) / 127.5
    dataset = tf.data.Dataset.from_tensor_slices(scaled).shuffle(len(scaled), seed=0).batch(64)
    networks = _networks()
    optimizers = {name: keras.optimizers.Adam(1e-3, beta_1=0.5) for name in networks}
    training.fit(
        _train_step(networks, optimizers),
        dataset,
        epochs=20,
        budget=budget.QUICK,
        networks=networks,
        optimizers=optimizers,
    )
    samples = networks["generator"](sampling.latent((32, _LATENT), seed=1), training=False)
    sampling.save_image_grid(samples, picture, columns=8, scale=3)


if __name__ == "__main__":
    _train_and_draw(Path(sys.argv[1]))
