"""What the grading machine adds to a run of assignment 04."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from autograder.challenges.drawing import spread_out
from autograder.challenges.functions import record
from autograder.challenges.hooks import Hook, Plan, Watch, run_file
from autograder.challenges.marked_run import place_marked_run, restore_marked_run, show_marked_run
from autograder.challenges.provided import keep_provided, restore_provided
from autograder.challenges.rendering import KERNEL, Step
from autograder.challenges.training_phases import train_small_pair

HERE = Path(__file__).parent / "kernel"
SAMPLES = 256
"""Samples of the student's GAN in question f2."""

# What provided cells define and every answer may rely on.
DATA = (
    "np PIL tf keras layers models budget data device metrics plots sampling training workspace "
    "BUDGET folder raw_images train_images train_labels CLASSES"
).split()
TRAIN = "IMAGES_PER_EPOCH epochs_of_images start_run save_samples load_samples train".split()

DENSE = ("gen_model", "disc_model")
CNN = ("cnn_gen_model", "cnn_disc_model")
TRAINED = {
    "gen_model": "gen_model",
    "disc_model": "disc_model",
    "disc_optimizer": "disc_model.optimizer",
    "GAN_optimizer": "GAN_model.optimizer",
}


def numbers_to_plant(seed: int) -> dict[str, np.ndarray]:
    """Draw the first eight numbers of each dense network's first weight, float32."""
    rng = np.random.default_rng(seed)
    generator, discriminator = (rng.normal(size=shape) for shape in ((100, 256), (784, 1024)))
    return {
        "gen_model": generator.ravel()[:8].astype(np.float32),
        "disc_model": discriminator.ravel()[:8].astype(np.float32),
    }


def compile_inputs(seed: int) -> dict[str, np.ndarray]:
    """Draw labels and probabilities on which compiled losses are computed, float32 ``(16, 1)``.

    The probabilities fit the labels by and large, so smoothed labels make every loss larger.
    """
    rng = np.random.default_rng(seed)
    answers = np.concatenate([spread_out(rng, 0.07, 0.7, 8), spread_out(rng, 0.3, 0.93, 8)])
    order = rng.permutation(16)[:, None]
    labels = np.repeat([0, 1], 8).astype(np.float32)
    return {"labels": labels[order], "answers": answers.astype(np.float32)[order]}


def noise_and_count(seed: int) -> dict[str, int]:
    """Return the seed of noise that the kernel draws, and how many samples are made of it."""
    return {"seed": seed, "count": SAMPLES}


def networks(names: tuple[str, str]) -> Step:
    """Return the step that sees to the two networks of a pair."""
    return Step(HERE / "stand_in_networks.py", {"names": list(names)})


def combined(name: str, pair: tuple[str, str]) -> Step:
    """Return the step that sees to the combined model of a pair."""
    generator, discriminator = pair
    arguments = {"combined": name, "generator": generator, "discriminator": discriminator}
    return Step(HERE / "stand_in_combined.py", arguments)


COMPILED = Step(HERE / "stand_in_compile.py", {"trial": "d3_compiled"})
EPOCHS = Step(
    HERE / "stand_in_epochs.py",
    {
        "discriminator_trial": "d3_discriminator_alone",
        "generator_trial": "d3_generator_alone",
        "both_trial": "d3_both",
    },
)
HISTORY = Step(HERE / "stand_in_history.py")
# A short training run comes out differently with every seed, and f2 is marked by how it comes out.
# From here on it follows from the answer alone, and not from how many random numbers were drawn
# before it, which depends on earlier answers and on whether one was interrupted.
SEED = Step(KERNEL / "fix_seeds.py", {"seed": 4})


def stand_in(name: str, cell: str, *steps: Step, after: bool = False) -> Hook:
    """Return a hook that restores what is provided and replaces what is wrong, before a cell."""
    restore = Step(KERNEL / "restore_provided.py")
    return Hook(name, "after" if after else "before", cell, lambda challenge: (restore, *steps))


PLAN = Plan(
    hooks=(
        keep_provided("keep_data", "after", "prepare_data", *DATA),
        record(
            "real", "after", "prepare_data", images="raw_images[:512]", labels="train_labels[:512]"
        ),
        # The check cell wants both networks; without one the other is recorded all the same.
        run_file("d1_missing", "before", "d1_check", HERE / "set_missing.py", names=list(DENSE)),
        stand_in("d2_networks", "d2", networks(DENSE)),
        run_file(
            "d2_planted",
            "before",
            "d2_check",
            HERE / "plant_numbers.py",
            records=True,
            draw=numbers_to_plant,
        ),
        # d3: every function is tried on a small pair, and the training is done with right ones.
        stand_in("d3_models", "d3_compile", networks(DENSE), combined("GAN_model", DENSE)),
        keep_provided(
            "keep_settings", "after", "training_settings", "BATCH", "EPOCHS", "draw_noise"
        ),
        run_file(
            "d3_compiled",
            "after",
            "d3_compile",
            HERE / "try_compile.py",
            records=True,
            draw=compile_inputs,
        ),
        record(
            "d3_called",
            "after",
            "d3_compile",
            called="all(getattr(model, 'optimizer', None) for model in (disc_model, GAN_model))",
        ),
        stand_in("d3_compile_stand_in", "d3_compile", COMPILED, after=True),
        train_small_pair(
            "d3_discriminator_alone",
            "after",
            "d3_discriminator",
            call="discriminator_epoch(images, generator, discriminator)",
            count=250,
            frozen=True,
        ),
        train_small_pair(
            "d3_generator_alone",
            "after",
            "d3_generator",
            call="generator_epoch(count, discriminator, combined)",
            count=250,
            frozen=False,
        ),
        keep_provided("keep_train", "after", "define_train", *TRAIN),
        stand_in("d3_epochs", "d3_train", EPOCHS),
        record("d3_before", "before", "d3_train", **TRAINED),
        record(
            "d3_trained",
            "after",
            "d3_train",
            **TRAINED,
            history="dense_history",
            image_dir="image_dir",
            first="load_samples(0)",
            last="load_samples(99)",
        ),
        # A learning rate at which one step is seen in the loss of the phase after it.
        train_small_pair(
            "d3_both",
            "after",
            "d3_train",
            call="train_epoch(images, generator, discriminator, combined)",
            count=100,
            bias=2.0,
            rates=(0.01, 0.05),
            frozen=True,
        ),
        stand_in("d3_after_training", "d3_table", EPOCHS, HISTORY),
        record(
            "d3_table",
            "after",
            "d3_table",
            table="__import__('numpy').asarray(loss_table, dtype=float)",
            discriminator="__import__('numpy').array(dense_history.losses['discriminator_loss'])",
            generator="__import__('numpy').array(dense_history.losses['generator_loss'])",
        ),
        # The check cell wants a table to record, and is no place to fail twice.
        run_file(
            "d3_table_stand_in", "before", "d3_check", HERE / "set_missing.py", names=["loss_table"]
        ),
        stand_in("d4_provided", "d4", HISTORY),
        place_marked_run("d4_call", "before", "d4", history="dense_history"),
        restore_marked_run("d4_restore", "before", "d4_check"),
        show_marked_run("d4_function", "after", "d4_check", call="show_progress(history)"),
        keep_provided("keep_show", "after", "show_dense", "show_run"),
        record("e1_alone", "before", "e1_combined", **{name: name for name in CNN}),
        stand_in("e1_networks", "e1_combined", networks(CNN)),
        stand_in("e1_models", "train_cnn", networks(CNN), combined("cnn_GAN_model", CNN), EPOCHS),
        stand_in("f2_provided", "f2", SEED),
        restore_provided("f2_after", "after", "f2"),
        record("f2_range", "after", "f2", my_range="tuple(float(end) for end in my_range)"),
        run_file(
            "f2_made",
            "after",
            "f2",
            HERE / "try_my_gan.py",
            records=("f2_made", "f2_made_untrained", "f2_made_step"),
            draw=noise_and_count,
        ),
        Hook("f2_seed", "before", "train_mine", lambda challenge: (SEED,)),
        run_file(
            "f2_samples",
            "after",
            "train_mine",
            HERE / "draw_samples.py",
            records=True,
            draw=noise_and_count,
        ),
    ),
    watches=(Watch("d4", until="d4_check"),),
)
