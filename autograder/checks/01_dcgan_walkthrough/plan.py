"""What the grading machine adds to a run of assignment 01.

Each question stands alone. The data, the networks and the losses are looked at as they are. The
training step, the checkpoint and the animation are tried on small networks of ours, put in the
place of the student's before the cell and taken away after it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from autograder.challenges.drawing import spread_out
from autograder.challenges.functions import call_function, record
from autograder.challenges.gan_step import run_train_step
from autograder.challenges.hooks import Hook, Plan, run_file
from autograder.challenges.provided import keep_provided, restore_provided
from autograder.challenges.rendering import Step
from autograder.challenges.sample_grid import save_samples
from autograder.evidence.seeds import seed_for

KERNEL = Path(__file__).parent / "kernel"
PROVIDED = (
    *("BATCH_SIZE", "BUFFER_SIZE", "BUDGET", "PIL", "budget", "data", "device", "display"),
    *("folder", "glob", "image_dir", "keras", "layers", "np", "os", "plots", "plt", "sampling"),
    *("tf", "training", "workspace"),
)
SAVED = ("generator", "discriminator", "generator_optimizer", "discriminator_optimizer")
"""What a checkpoint has to keep."""


def near_logits(seed: int) -> dict[str, np.ndarray]:
    """Draw logits: different numbers of real and of generated images, both on both sides of 0.

    Their means are far from 0, which is what smoothed or swapped labels multiply.

    Returns:
        ``real`` (12, 1) and ``fake`` (20, 1), float32.
    """
    rng = np.random.default_rng(seed)
    return {
        "real": spread_out(rng, -2, 4, 12)[:, None].astype(np.float32),
        "fake": spread_out(rng, -5, 3, 20)[:, None].astype(np.float32),
    }


def far_logits(seed: int) -> dict[str, np.ndarray]:
    """Draw logits of a discriminator that is certain, and wrong.

    Returns:
        ``real`` and ``fake`` (8, 1), float32.
    """
    rng = np.random.default_rng(seed)
    return {
        "real": -rng.uniform(40, 80, (8, 1)).astype(np.float32),
        "fake": rng.uniform(40, 80, (8, 1)).astype(np.float32),
    }


def saved_checkpoint(challenge: str) -> tuple[Step]:
    """Return the step that saves drawn numbers with the checkpoint."""
    seeds = {name: seed_for(challenge, f"checkpoint {name}") for name in SAVED}
    arguments = {"record": "checkpoint_saved", "seeds": seeds}
    return (Step(KERNEL / "save_checkpoint.py", arguments),)


def counting_training(challenge: str) -> tuple[Step]:
    """Return the step that puts in a training run which can be read off its pictures."""
    arguments = {"seed": seed_for(challenge, "counting")}
    return (Step(KERNEL / "counting_training.py", arguments),)


PLAN = Plan(
    hooks=(
        keep_provided("keep_data", "after", "load_data", *PROVIDED),
        # 1: the images as they were loaded, and those that the data set is made of.
        record("data_loaded", "after", "load_data", raw="train_images[:512]"),
        record(
            "data_images",
            "after",
            "data_check",
            images="np.asarray(train_images)[:512].astype('float32')",
            count="len(train_images)",
            total="sum(int(batch.shape[0]) for batch in train_dataset.take(600))",
        ),
        # 2 and 3: what the functions make, twice.
        keep_provided("keep_noise_dim", "after", "noise", "noise_dim"),
        restore_provided("generator_provided", "before", "generator"),
        record(
            "generator_made",
            "after",
            "generator_check",
            made="make_generator_model()",
            again="make_generator_model()",
        ),
        restore_provided("discriminator_provided", "before", "discriminator"),
        record(
            "discriminator_made",
            "after",
            "discriminator_check",
            made="make_discriminator_model()",
            again="make_discriminator_model()",
        ),
        # 4: what the losses give for drawn logits, and for large ones.
        restore_provided("losses_provided", "before", "losses"),
        *(
            call_function(name, "after", "losses_check", call=call, draw=draw)
            for name, call, draw in (
                ("losses_d", "discriminator_loss(real, fake)", near_logits),
                ("losses_g", "generator_loss(fake)", near_logits),
                ("losses_far_d", "discriminator_loss(real, fake)", far_logits),
                ("losses_far_g", "generator_loss(-fake)", far_logits),
            )
        ),
        # 5: one step of networks that can be worked out by hand.
        restore_provided("train_step_provided", "before", "train_step"),
        record(
            "train_step_apart",
            "after",
            "train_step_check",
            apart="generator_optimizer is not discriminator_optimizer",
        ),
        run_train_step("train_step_once", "after", "train_step_check"),
        # 6: what is in the file after saving.
        restore_provided("checkpoint_provided", "before", "checkpoint"),
        run_file("small_networks", "before", "checkpoint", KERNEL / "small_networks.py"),
        Hook(
            "checkpoint_saved",
            "after",
            "checkpoint_check",
            saved_checkpoint,
            records=("checkpoint_saved",),
        ),
        run_file("own_networks", "after", "try_checkpoint", KERNEL / "remove_stand_ins.py"),
        # 7: a training run that can be read off its pictures.
        keep_provided("keep_train", "after", "define_train", "EPOCHS", "train"),
        restore_provided("animation_provided", "before", "animation"),
        Hook("counting_training", "before", "animation", counting_training),
        run_file(
            "animation_run",
            "after",
            "animation_check",
            KERNEL / "look_at_pictures.py",
            records=True,
        ),
        save_samples("animation_samples", "after", "animation_check"),
        run_file("own_training", "after", "animation_check", KERNEL / "end_animation.py"),
    ),
)
