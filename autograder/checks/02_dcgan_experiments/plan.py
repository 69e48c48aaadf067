"""What the grading machine adds to a run of assignment 02."""

from pathlib import Path

from autograder.challenges.checkpoints import plant_checkpoint, restore_weights
from autograder.challenges.data_and_optimizers import place_images, run_optimizers
from autograder.challenges.drawing import loss_inputs
from autograder.challenges.functions import call_function, record
from autograder.challenges.hooks import Plan, Watch, run_file
from autograder.challenges.provided import keep_provided, restore_provided
from autograder.challenges.shown_pictures import (
    place_sentinels,
    restore_pictures,
    show_with_sentinels,
)
from autograder.checks.common import EPOCHS, KEY_EPOCHS

KERNEL = Path(__file__).parent / "kernel"
NEW_BATCH_SIZE = 64

# What provided cells define and every answer may rely on.
PROVIDED = (
    *("BUFFER_SIZE", "EPOCHS", "PIL", "discriminator_loss", "display", "display_image", "folder"),
    *("gan_step", "generate_and_save_images", "generator_loss", "keras", "layers", "noise_dim"),
    *("np", "plots", "sampling", "seed", "tf", "train", "train_images", "training", "workspace"),
)

TRAINED = {
    name: name
    for name in (
        *("generator", "discriminator"),
        *("generator_optimizer", "discriminator_optimizer"),
    )
}

BASELINE = (
    run_file("baseline", "before", "run_baseline", KERNEL / "replace_training.py"),
    run_file("train", "after", "run_baseline", KERNEL / "restore_training.py"),
    keep_provided("keep_provided", "after", "define_display_image", *PROVIDED),
    run_file("keep_baseline", "after", "define_display_image", KERNEL / "keep_baseline.py"),
)

# The call in the cell, the function over the present run, and over another one.
Q1A = (
    place_sentinels("q1a_call", "before", "q1a", epochs=EPOCHS),
    restore_pictures("q1a_restore", "before", "q1a_check"),
    *(
        show_with_sentinels(
            name,
            "after",
            "q1a_check",
            call="display_key_epochs()",
            epochs=EPOCHS,
            elsewhere=elsewhere,
        )
        for name, elsewhere in (("q1a_here", False), ("q1a_elsewhere", True))
    ),
)

# The data set should consist of drawn images. Later questions build on the batch size.
Q2_1 = (
    place_images("q2_1_images", "after", "q1a_check", file=KERNEL / "place_images.py"),
    restore_provided("q2_1_provided", "before", "q2_1"),
    record(
        "q2_1_data",
        "after",
        "q2_1_check",
        # At most a few batches more than there are: a data set may repeat for ever.
        total="sum(int(batch.shape[0]) for batch in train_dataset.take(600))",
    ),
    run_file(
        "q2_1_restore",
        "after",
        "q2_1_check",
        KERNEL / "restore_images.py",
        batch_size=NEW_BATCH_SIZE,
    ),
)

# What the loss gives; an untouched notebook must not pass with the baseline's.
Q2_4 = (
    record(
        "q2_4_new",
        "after",
        "q2_4_check",
        new="cross_entropy is not _grading_state['baseline']['cross_entropy']",
    ),
    call_function(
        "q2_4_value",
        "after",
        "q2_4_check",
        call="cross_entropy(labels, logits)",
        draw=loss_inputs,
    ),
)

# What the optimizers make of drawn gradients; each network has its own, and none is an old one.
Q2_5 = (
    run_optimizers(
        "q2_5_steps",
        "after",
        "q2_5_check",
        optimizers=("generator_optimizer", "discriminator_optimizer"),
    ),
    record(
        "q2_5_apart",
        "after",
        "q2_5_check",
        apart="len({id(generator_optimizer), id(discriminator_optimizer), "
        "id(baseline_generator_optimizer), id(baseline_discriminator_optimizer)}) == 4",
    ),
)

Q2_6 = (
    run_file("section_4_stand_ins", "before", "run_section_4", KERNEL / "training_stand_ins.py"),
    record("q2_6_before", "before", "q2_6", **TRAINED),
    record(
        "q2_6_new",
        "after",
        "q2_6_check",
        new="generator is not baseline_generator and discriminator is not baseline_discriminator",
    ),
)

# Pictures and weights that only the asked-for steps can bring up.
Q3A = (
    run_file("q3a_stand_ins", "before", "q3a", KERNEL / "display_stand_ins.py", epochs=KEY_EPOCHS),
    place_sentinels("q3a_pictures", "before", "q3a", epochs=EPOCHS),
    plant_checkpoint("q3a_checkpoint", "before", "q3a", model="generator"),
    restore_pictures("q3a_restore", "before", "q3a_check"),
    restore_weights("q3a_weights", "after", "q3a_check"),
)

# Each quarter apart from the others.
Q4A = (
    restore_provided("q4a_provided", "before", "q4a_generator", BATCH_SIZE=NEW_BATCH_SIZE),
    restore_provided("q4a_train_provided", "before", "q4a_train"),
    record(
        "q4a_networks",
        "before",
        "run_simpler",
        generator="generator",
        discriminator="discriminator",
    ),
    run_file("simpler_stand_ins", "before", "run_simpler", KERNEL / "training_stand_ins.py"),
    record("q4a_before", "before", "q4a_train", **TRAINED),
    record("q4a_trained", "before", "q4a_display", **TRAINED, image_dir="image_dir"),
    run_file(
        "q4a_stand_ins",
        "before",
        "q4a_display",
        KERNEL / "display_stand_ins.py",
        epochs=KEY_EPOCHS,
    ),
    place_sentinels("q4a_pictures", "before", "q4a_display", epochs=EPOCHS),
    plant_checkpoint("q4a_checkpoint", "before", "q4a_display", model="generator"),
    restore_pictures("q4a_restore", "before", "q4a_check"),
)

PLAN = Plan(
    hooks=(*BASELINE, *Q1A, *Q2_1, *Q2_4, *Q2_5, *Q2_6, *Q3A, *Q4A),
    watches=(
        Watch("q1a", until="q1a_check"),
        Watch("q3a", until="q3a_check"),
        Watch("q4a_display", until="q4a_check"),
    ),
)
