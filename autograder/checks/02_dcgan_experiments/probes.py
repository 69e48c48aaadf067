"""What the grading machine adds to a run of assignment 02."""

from autograder.challenges.data_and_optimizers import place_images, run_optimizers
from autograder.challenges.probes import (
    Watch,
    call_function,
    loss_inputs,
    place_sentinels,
    plant_checkpoint,
    record,
    restore_pictures,
    restore_weights,
    run_code,
    show_with_sentinels,
)

EPOCHS = tuple(range(1, 51))

# What provided cells define and every answer may rely on, kept where no student code looks for it.
_KEEP = """
_grading_networks = (baseline_generator, baseline_discriminator)
_grading_loss = cross_entropy
_grading_provided = {
    name: globals()[name]
    for name in (
        "BUFFER_SIZE", "EPOCHS", "PIL", "discriminator_loss", "display", "display_image", "folder",
        "gan_step", "generate_and_save_images", "generator_loss", "keras", "layers", "noise_dim",
        "np", "plots", "sampling", "seed", "tf", "train", "train_images", "training", "workspace",
    )
}
"""

# The baseline is trained by provided code alone. Nobody's mark follows from what becomes of it, and
# in its place the grading machine leaves the traces of a training: pictures, and networks and
# optimizers that are no longer new.
_BASELINE = """
def _grading_baseline():
    from PIL import Image
    space = globals()

    def train(dataset, epochs, restart=False):
        for name in ("generator", "discriminator"):
            network, optimizer = space[name], space[name + "_optimizer"]
            optimizer.build(network.trainable_variables)
            optimizer.iterations.assign(epochs)
            for weight in network.weights:
                if weight.path.rsplit("/", 1)[-1] in ("bias", "beta"):
                    weight.assign_add(space["np"].full(tuple(weight.shape), 0.01, "float32"))
        picture = Image.new("L", (128, 128), 128)
        for epoch in range(1, epochs + 1):
            picture.putpixel((0, 0), epoch)
            picture.save(space["image_dir"] / f"image_at_epoch_{epoch:04d}.png", compress_level=1)
        losses = space["np"].linspace(1.4, 1.0, epochs).tolist()
        return space["training"].History(
            epochs=list(range(1, epochs + 1)),
            losses={"generator_loss": losses[::-1], "discriminator_loss": losses},
            seconds=[0.1] * epochs, steps_per_epoch=1, batch_size=256, budget="grading",
        )

    space["_grading_train"], space["train"] = space["train"], train

_grading_baseline()
del _grading_baseline
"""
_TRAIN = "train = globals().pop('_grading_train')"

# An answer may have used one of these names for something else.
_PROVIDED = "globals().update(_grading_provided)"

# From here to check 2.1 the notebook's images are drawn ones, in each form that it has them in.
# They count as provided meanwhile, so that nothing brings the real ones back.
_DRAWN_IMAGES = """
def _grading_swap(raw):
    import tensorflow as tf
    space = globals()
    images = (raw[..., None].astype("float32") - 127.5) / 127.5
    drawn = {"raw_images": raw, "train_images": images}
    space["_grading_real_images"] = {name: space[name] for name in drawn if name in space}
    space["_grading_provided"].update(drawn)
    space.update(drawn)
    images = tf.data.Dataset.from_tensor_slices(images)
    space["train_dataset"] = images.shuffle(len(raw), seed=0).batch(256)

_grading_swap(_grading_images)
del _grading_swap
"""

_REAL_IMAGES = """
_grading_provided.update(_grading_real_images)
globals().update(_grading_real_images)
BATCH_SIZE = 64
"""

# Networks, optimizers and data that a training needs, where earlier answers are missing or do not
# fit together: so that a wrong answer costs its own marks only. Right answers are left alone.
_STAND_INS = """
def _grading_stand_ins():
    import tensorflow as tf
    from tensorflow import keras
    space = globals()
    space.update(_grading_provided)

    def works(name, inputs, outputs):
        model = space.get(name)
        try:
            shape = tuple(model(tf.zeros(inputs), training=False).shape)
            return isinstance(model, keras.Model) and shape == outputs and model.trainable_weights
        except Exception:
            return False

    def batch():
        try:
            return tuple(next(iter(space["train_dataset"])).shape)
        except Exception:
            return ()

    if len(batch()) != 4 or batch()[1:] != (28, 28, 1):
        images = tf.data.Dataset.from_tensor_slices(space["train_images"])
        space["train_dataset"] = images.shuffle(1024).batch(space["BATCH_SIZE"])
    old = _grading_networks
    if space.get("generator") is old[0] or not works("generator", (1, 40), (1, 28, 28, 1)):
        space["generator"] = keras.models.clone_model(old[0])
    if space.get("discriminator") is old[1] or not works("discriminator", (1, 28, 28, 1), (1, 1)):
        space["discriminator"] = keras.models.clone_model(old[1])

    def loss_works():
        try:
            value = float(space["cross_entropy"](tf.constant([[1.0], [0.0]]), tf.ones((2, 1))))
            return abs(value - 0.8133) < 0.001  # the mean of -log s(1) and -log(1 - s(1))
        except Exception:
            return False

    if not loss_works():
        space["cross_entropy"] = keras.losses.BinaryCrossentropy(from_logits=True)

    def rate_of(value):
        try:
            return float(value) if 0 < float(value) <= 0.1 else None
        except Exception:
            return None

    space["lr"] = rate_of(space.get("lr")) or 1e-3
    seen = []
    for name in ("generator_optimizer", "discriminator_optimizer"):
        optimizer = space.get(name)
        fits = isinstance(optimizer, keras.optimizers.Optimizer) and not optimizer.built
        if not fits or rate_of(optimizer.learning_rate) is None or optimizer in seen:
            space[name] = optimizer = keras.optimizers.Adam(space["lr"])
        seen.append(optimizer)

_grading_stand_ins()
del _grading_stand_ins
"""

# Questions 3a and 4a may call the function of question 1a; its mistakes are paid for there. And
# what was trained is to be found under its name and in the checkpoint, whatever training returned.
_AFTER_TRAINING = """
def display_key_epochs():
    import PIL.Image
    from IPython.display import display
    for epoch in (10, 20, 30, 40, 50):
        display(PIL.Image.open(image_dir / f"image_at_epoch_{epoch:04d}.png"))

def _grading_after_training():
    import tensorflow as tf
    from tensorflow import keras
    space = globals()
    space.update(_grading_provided)
    names = ("generator_optimizer", "discriminator_optimizer", "generator", "discriminator")
    for name in names:
        kind = keras.Model if not name.endswith("optimizer") else keras.optimizers.Optimizer
        if not isinstance(space.get(name), kind):
            space[name] = getattr(space["checkpoint"], name)
    if getattr(space.get("checkpoint"), "generator", None) is not space["generator"]:
        space["checkpoint"] = tf.train.Checkpoint(**{name: space[name] for name in names})

_grading_after_training()
del _grading_after_training
"""

_STATE = {
    "generator": "generator",
    "discriminator": "discriminator",
    "generator_optimizer": "generator_optimizer",
    "discriminator_optimizer": "discriminator_optimizer",
}

PROBES = (
    run_code("baseline", "before", "run_baseline", _BASELINE),
    run_code("train", "after", "run_baseline", _TRAIN),
    run_code("keep_provided", "after", "define_display_image", _KEEP),
    # 1a: the call in the cell, the function over the present run, and over another one.
    place_sentinels("q1a_call", "before", "q1a", epochs=EPOCHS),
    restore_pictures("q1a_restore", "before", "q1a_check"),
    show_with_sentinels(
        "q1a_here",
        "after",
        "q1a_check",
        call="display_key_epochs()",
        epochs=EPOCHS,
        elsewhere=False,
    ),
    show_with_sentinels(
        "q1a_elsewhere",
        "after",
        "q1a_check",
        call="display_key_epochs()",
        epochs=EPOCHS,
        elsewhere=True,
    ),
    # 2.1: the data set should consist of drawn images. Later questions build on the batch size.
    place_images("q2_1_images", "after", "q1a_check", code=_DRAWN_IMAGES),
    run_code("q2_1_provided", "before", "q2_1", _PROVIDED),
    record(
        "q2_1_data",
        "after",
        "q2_1_check",
        # At most a few batches more than there are: a data set may repeat for ever.
        total="sum(int(batch.shape[0]) for batch in train_dataset.take(600))",
    ),
    run_code("q2_1_restore", "after", "q2_1_check", _REAL_IMAGES),
    # 2.4: what the loss gives; an untouched notebook must not pass with the baseline's.
    record("q2_4_new", "after", "q2_4_check", new="cross_entropy is not _grading_loss"),
    call_function(
        "q2_4_value",
        "after",
        "q2_4_check",
        call="cross_entropy(labels, logits)",
        inputs=loss_inputs,
    ),
    # 2.5: what the optimizers make of drawn gradients; each of its own, none an old one.
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
    run_code("section_4_stand_ins", "before", "run_section_4", _STAND_INS),
    record("q2_6_before", "before", "q2_6", **_STATE),
    record(
        "q2_6_new",
        "after",
        "q2_6_check",
        new="generator is not baseline_generator and discriminator is not baseline_discriminator",
    ),
    # 3a: pictures and weights that only the asked-for steps can bring up.
    run_code("q3a_stand_ins", "before", "q3a", _AFTER_TRAINING),
    place_sentinels("q3a_pictures", "before", "q3a", epochs=EPOCHS),
    plant_checkpoint("q3a_checkpoint", "before", "q3a", model="generator"),
    restore_pictures("q3a_restore", "before", "q3a_check"),
    restore_weights("q3a_weights", "after", "q3a_check"),
    # 4a: each quarter on its own.
    run_code("q4a_provided", "before", "q4a_generator", _PROVIDED + "\nBATCH_SIZE = 64"),
    run_code("q4a_train_provided", "before", "q4a_train", _PROVIDED),
    record(
        "q4a_networks",
        "before",
        "run_simpler",
        generator="generator",
        discriminator="discriminator",
    ),
    run_code("simpler_stand_ins", "before", "run_simpler", _STAND_INS),
    record("q4a_before", "before", "q4a_train", **_STATE),
    record("q4a_trained", "before", "q4a_display", **_STATE, image_dir="image_dir"),
    run_code("q4a_stand_ins", "before", "q4a_display", _AFTER_TRAINING),
    place_sentinels("q4a_pictures", "before", "q4a_display", epochs=EPOCHS),
    plant_checkpoint("q4a_checkpoint", "before", "q4a_display", model="generator"),
    restore_pictures("q4a_restore", "before", "q4a_check"),
)

WATCHES = (
    Watch("q1a", until="q1a_check"),
    Watch("q3a", until="q3a_check"),
    Watch("q4a_display", until="q4a_check"),
)
