"""What the grading machine adds to a run of assignment 01.

Each question stands alone. The data, the networks and the losses are looked at as they are. The
training step, the checkpoint and the animation are tried on small networks of ours, put in the
place of the student's before the cell and taken away after it.
"""

import numpy as np

from autograder.challenges.gan_step import run_train_step
from autograder.challenges.probes import Probe, call_function, record, run_code, spread_out
from autograder.challenges.sample_grid import save_samples
from autograder.evidence.seeds import seed_for

# What provided cells define and every answer may rely on, kept where no student code looks for it.
_KEEP_DATA = """
_grading_raw = train_images[:512].copy()
_grading_provided = {
    name: globals()[name]
    for name in (
        "BATCH_SIZE", "BUFFER_SIZE", "BUDGET", "PIL", "budget", "data", "device", "display",
        "folder", "glob", "image_dir", "keras", "layers", "np", "os", "plots", "plt", "sampling",
        "tf", "training", "workspace",
    )
}
"""
_KEEP = "_grading_provided['{0}'] = {0}"
# An answer may have used one of these names for something else.
_PROVIDED = "globals().update(_grading_provided)"

# Small networks with all that a checkpoint has to keep, and their optimizers.
_SMALL = """
def _grading_small():
    import tensorflow as tf
    from tensorflow import keras
    from tensorflow.keras import layers
    space = globals()
    space.update(_grading_provided)

    def make_generator_model():
        return keras.Sequential([
            keras.Input((100,)), layers.Dense(49, use_bias=False), layers.BatchNormalization(),
            layers.Reshape((7, 7, 1)),
            layers.Conv2DTranspose(1, 5, strides=4, padding="same", activation="tanh"),
        ])

    def make_discriminator_model():
        return keras.Sequential([
            keras.Input((28, 28, 1)), layers.Conv2D(2, 5, strides=4), layers.Flatten(),
            layers.Dense(1),
        ])

    ours = {
        "make_generator_model": make_generator_model, "generator": make_generator_model(),
        "make_discriminator_model": make_discriminator_model,
        "discriminator": make_discriminator_model(),
    }
    for name in ("generator", "discriminator"):
        optimizer = keras.optimizers.Adam(1e-4)
        # Made for another network: Keras saves an optimizer together with the weights it trains,
        # and here those must be in the file only if the network itself is in the checkpoint.
        optimizer.build(ours[f"make_{name}_model"]().trainable_variables)
        ours[name + "_optimizer"] = optimizer
    space["_grading_own"] = {name: space[name] for name in ours if name in space}
    space["_grading_ours"] = ours
    space.update(ours)

_grading_small()
del _grading_small
"""
_OWN_AGAIN = """
def _grading_own_again():
    space = globals()
    own = space.pop("_grading_own", {})
    for name in space.pop("_grading_ours", {}):
        space.pop(name, None)
    space.update(own)

_grading_own_again()
del _grading_own_again
"""


def _save(challenge):
    """Return code that saves drawn numbers with the checkpoint and reads the file that it left.

    Whatever the names in the checkpoint are: an object was saved if its numbers are in the file.
    """
    seeds = {name: seed_for(challenge, f"checkpoint {name}") for name in SAVED}
    return f"""
def _grading_save(seeds):
    import hashlib, json, numpy, tensorflow as tf
    from gan_helpers import evidence
    space, shapes = globals(), {{}}
    for name, seed in seeds.items():
        thing, rng = _grading_ours[name], numpy.random.default_rng(seed)
        weights = thing.variables if name.endswith("optimizer") else thing.weights
        weights = [weight for weight in weights if len(weight.shape)]
        shapes[name] = [list(weight.shape) for weight in weights]
        for weight in weights:
            weight.assign(rng.normal(size=tuple(weight.shape)).astype("float32"))
    space["checkpoint"].save(file_prefix=str(space["checkpoint_prefix"]))
    latest = tf.train.latest_checkpoint(str(space["checkpoint_dir"]))
    if latest is None:
        raise FileNotFoundError("nothing was found in checkpoint_dir after saving")
    reader = tf.train.load_checkpoint(latest)
    digests = [
        list(hashlib.sha256(numpy.ascontiguousarray(value).tobytes()).digest())
        for value in map(reader.get_tensor, reader.get_variable_to_shape_map())
        if getattr(value, "dtype", None) == numpy.float32
    ]
    evidence.record(
        "checkpoint_saved", shapes=json.dumps(shapes), digests=numpy.array(digests, "uint8")
    )

_grading_save({seeds!r})
del _grading_save
"""


SAVED = ("generator", "discriminator", "generator_optimizer", "discriminator_optimizer")

# A training that takes no time: the step counts, and each image shows its noise and the count.
# What the generator is asked for is noted. Fewer epochs are enough to see their order.
_COUNTING = """
def _grading_counting(seed):
    import dataclasses, keras, numpy, tensorflow as tf
    from gan_helpers import plots, sampling
    space, steps, asked = globals(), [0], []
    space.update(_grading_provided)

    def draw(noise):
        asked.append((steps[0], noise.copy()))
        rng = numpy.random.default_rng(seed + steps[0])
        blocks = numpy.sign(noise @ rng.normal(size=(noise.shape[1], 49))).reshape(-1, 7, 7)
        return blocks.repeat(4, axis=1).repeat(4, axis=2)[..., None].astype("float32")

    class Generator(keras.Model):
        def __init__(self):
            super().__init__(name="generator")
            self.number = self.add_weight(name="number", shape=(1,))
        def call(self, noise, training=False):
            images = tf.numpy_function(draw, [tf.cast(noise, "float32")], tf.float32)
            return tf.ensure_shape(images, (None, 28, 28, 1))

    def train_step(images, *others):
        steps[0] += 1
        return {"generator_loss": tf.constant(0.7), "discriminator_loss": tf.constant(1.4)}

    generator = Generator()
    generator(tf.zeros((1, 100)))
    discriminator = keras.Sequential(
        [keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(1)]
    )
    checkpoint_dir = str(space["folder"] / "grading")
    ours = {
        "generator": generator, "discriminator": discriminator, "train_step": train_step,
        "generator_optimizer": keras.optimizers.Adam(1e-4),
        "discriminator_optimizer": keras.optimizers.Adam(1e-4),
        "checkpoint_dir": checkpoint_dir, "checkpoint_prefix": checkpoint_dir + "/ckpt",
        "checkpoint": tf.train.Checkpoint(generator=generator), "noise_dim": 100,
        "train_images": numpy.zeros((4, 28, 28, 1), "float32"), "BATCH_SIZE": 4, "EPOCHS": 6,
        "BUDGET": dataclasses.replace(space["BUDGET"], step_every=1),
    }
    ours["train_dataset"] = tf.data.Dataset.from_tensor_slices(ours["train_images"]).batch(4)
    space["_grading_own"] = {name: space[name] for name in ours if name in space}
    space["_grading_ours"] = ours
    space.update(ours)
    asked.clear()
    space["_grading_asked"] = asked

    def refuse(*_, **__):
        raise RuntimeError("this function of gan_helpers is not available in this task")

    away = [(sampling, "image_grid"), (sampling, "save_image_grid"), (plots, "make_gif")]
    space["_grading_away"] = [(module, name, getattr(module, name)) for module, name in away]
    space["_grading_refuse"] = refuse
    for module, name in away:
        setattr(module, name, refuse)

_grading_counting({seed})
del _grading_counting
"""

# Pictures and frames are made small: they are compared with each other, not looked at.
_LOOK = """
def _grading_look():
    import importlib, pathlib, re
    import numpy
    from PIL import Image, ImageSequence
    from gan_helpers import evidence

    def small(picture):
        return numpy.asarray(picture.convert("L").resize((96, 96), Image.Resampling.BOX))

    folders = {}
    for path in pathlib.Path().rglob("image_at_epoch_*.png"):
        if re.fullmatch(r"image_at_epoch_[0-9]{4}[.]png", path.name):
            folders.setdefault(path.parent, []).append(path)
    paths = sorted(max(folders.values(), key=len, default=[]))[:150]
    pictures = []
    for path in paths:
        with Image.open(path) as picture:
            pictures.append(small(picture))
    kept, counts = {}, []
    for step, noise in _grading_asked:
        if len(noise) == 16:
            kept.setdefault(noise.tobytes(), set()).add(step)
    found = {
        "epochs": numpy.array([int(path.stem[-4:]) for path in paths], "int64"),
        "pictures": numpy.array(pictures, "uint8"),
        # For each set of sixteen vectors: at how many different stages it was drawn from.
        "stages": numpy.array(sorted(map(len, kept.values())), "int64"),
        # Loading a module anew brings its functions back.
        "brought_back": any(
            getattr(importlib.import_module(module.__name__), name) is not _grading_refuse
            for module, name, _ in _grading_away
        ),
    }
    try:
        with Image.open(str(globals()["anim_file"])) as animation:
            frames = [small(frame) for frame in ImageSequence.Iterator(animation)][:200]
            found["format"] = str(animation.format)
        found["frames"] = numpy.array(frames, "uint8")
    except Exception as error:
        found["trouble"] = f"{type(error).__name__}: {error}"
    evidence.record("animation_run", **found)

_grading_look()
del _grading_look
"""
_AFTER_ANIMATION = (
    """
def _grading_bring_back():
    for module, name, function in globals().pop("_grading_away"):
        setattr(module, name, function)
    del globals()["_grading_refuse"]

_grading_bring_back()
del _grading_bring_back
"""
    + _OWN_AGAIN
)


def near_logits(seed):
    """Draw logits: different numbers of real and of generated images, both on both sides of 0.

    Their means are far from 0, which is what smoothed or swapped labels multiply.
    """
    rng = np.random.default_rng(seed)
    return {
        "real": spread_out(rng, -2, 4, 12)[:, None].astype(np.float32),
        "fake": spread_out(rng, -5, 3, 20)[:, None].astype(np.float32),
    }


def far_logits(seed):
    """Draw logits of a discriminator that is certain, and wrong."""
    rng = np.random.default_rng(seed)
    return {
        "real": -rng.uniform(40, 80, (8, 1)).astype(np.float32),
        "fake": rng.uniform(40, 80, (8, 1)).astype(np.float32),
    }


PROBES = (
    run_code("keep_data", "after", "load_data", _KEEP_DATA),
    # 1: the images as they were loaded, and those that the data set is made of.
    record(
        "data_images",
        "after",
        "data_check",
        raw="_grading_raw",
        images="np.asarray(train_images)[:512].astype('float32')",
        count="len(train_images)",
        total="sum(int(batch.shape[0]) for batch in train_dataset.take(600))",
    ),
    # 2 and 3: what the functions make, twice.
    run_code("keep_noise_dim", "after", "noise", _KEEP.format("noise_dim")),
    run_code("generator_provided", "before", "generator", _PROVIDED),
    record(
        "generator_made",
        "after",
        "generator_check",
        made="make_generator_model()",
        again="make_generator_model()",
    ),
    run_code("discriminator_provided", "before", "discriminator", _PROVIDED),
    record(
        "discriminator_made",
        "after",
        "discriminator_check",
        made="make_discriminator_model()",
        again="make_discriminator_model()",
    ),
    # 4: what the losses give for drawn logits, and for large ones.
    run_code("losses_provided", "before", "losses", _PROVIDED),
    *(
        call_function(name, "after", "losses_check", call=call, inputs=inputs)
        for name, call, inputs in (
            ("losses_d", "discriminator_loss(real, fake)", near_logits),
            ("losses_g", "generator_loss(fake)", near_logits),
            ("losses_far_d", "discriminator_loss(real, fake)", far_logits),
            ("losses_far_g", "generator_loss(-fake)", far_logits),
        )
    ),
    # 5: one step of networks that can be worked out by hand.
    run_code("train_step_provided", "before", "train_step", _PROVIDED),
    record(
        "train_step_apart",
        "after",
        "train_step_check",
        apart="generator_optimizer is not discriminator_optimizer",
    ),
    run_train_step("train_step_once", "after", "train_step_check"),
    # 6: what is in the file after saving.
    run_code("small_networks", "before", "checkpoint", _SMALL),
    Probe("checkpoint_saved", "after", "checkpoint_check", _save, records=("checkpoint_saved",)),
    run_code("own_networks", "after", "try_checkpoint", _OWN_AGAIN),
    # 7: a training that can be read off its pictures.
    run_code("keep_epochs", "after", "define_train", _KEEP.format("EPOCHS")),
    run_code("keep_train", "after", "define_train", _KEEP.format("train")),
    Probe(
        "counting_training",
        "before",
        "animation",
        lambda challenge: _COUNTING.replace("{seed}", str(seed_for(challenge, "counting"))),
    ),
    Probe(
        "animation_run",
        "after",
        "animation_check",
        lambda challenge: _LOOK,
        records=("animation_run",),
    ),
    save_samples("animation_samples", "after", "animation_check"),
    run_code("own_training", "after", "animation_check", _AFTER_ANIMATION),
)

WATCHES = ()
