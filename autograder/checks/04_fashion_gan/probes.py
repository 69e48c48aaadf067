"""What the grading machine adds to a run of assignment 04."""

import base64
import io
import textwrap

import numpy as np
from PIL import Image

from autograder.challenges.markers import SentinelSet
from autograder.challenges.plotted_lines import SquareWaves
from autograder.challenges.probes import Probe, Watch, record, run_code, spread_out
from autograder.challenges.training_phases import train_small_pair
from autograder.evidence.seeds import seed_for

KEY_EPOCHS = (*range(0, 100, 10), 99)
LOSSES = ("discriminator_loss", "generator_loss")
_SHOWN = 3  # samples of each key epoch
_OTHERS = 6  # patterns for everything that should not be shown


def sample_patterns(challenge, purpose):
    """Return the patterns in place of the samples: number 3 e + s is sample s of key epoch e."""
    count = _SHOWN * len(KEY_EPOCHS) + _OTHERS
    return SentinelSet.draw(epochs=range(count), seed=seed_for(challenge, purpose))


def loss_waves(challenge, purpose):
    """Return the curves in place of the losses."""
    return SquareWaves.draw(seed_for(challenge, f"{purpose} losses"), LOSSES)


def _sample_picture(patterns, numbers):
    """Return a PNG of sixteen patterns, as the notebook saves sixteen samples."""
    grid = np.zeros((4, 28, 4, 28), np.uint8)
    for place, number in enumerate(numbers):
        # Whole pixels: a ring of 3 and blocks of 3 pixels in a margin of 2.
        sample = np.zeros((28, 28), np.uint8)
        sample[2:26, 2:26] = 255
        blocks = np.where(patterns.patterns[number], 255, 0).astype(np.uint8)
        sample[5:23, 5:23] = np.kron(blocks, np.ones((3, 3), np.uint8))
        grid[place // 4, :, place % 4] = sample
    buffer = io.BytesIO()
    picture = Image.fromarray(grid.reshape(112, 112)).resize((224, 224), Image.Resampling.NEAREST)
    picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _sentinels(challenge, purpose):
    """Return code that defines ``_grading_pictures()`` and ``_grading_losses()``."""
    patterns = sample_patterns(challenge, purpose)
    first_other = _SHOWN * len(KEY_EPOCHS)
    others = [first_other + number % _OTHERS for number in range(16)]
    encoded = {}
    for place, epoch in enumerate(KEY_EPOCHS):
        shown = [_SHOWN * place + sample for sample in range(_SHOWN)]
        encoded[epoch] = _sample_picture(patterns, shown + others[_SHOWN:])
    between = _sample_picture(patterns, others)
    return textwrap.dedent(
        f"""
        def _grading_pictures():
            import base64
            key = { ({epoch: base64.b64encode(png).decode() for epoch, png in encoded.items()})!r}
            between = {base64.b64encode(between).decode()!r}
            return {{
                f"image_at_epoch_{{epoch:04d}}.png": base64.b64decode(key.get(epoch, between))
                for epoch in range(100)
            }}
        def _grading_losses():
            from gan_helpers.training import History
            return History(
                epochs=list(range(1, 101)),
                losses={loss_waves(challenge, purpose).losses(100)!r},
                seconds=[0.1] * 100,
                steps_per_epoch=1,
                batch_size=100,
                budget="grading",
            )
        """
    )


def _place(name, cell):
    """Return the probe that puts patterns and waves in place of the dense run's."""
    return Probe(
        name,
        "before",
        cell,
        lambda challenge: (
            _sentinels(challenge, name)
            + textwrap.dedent(
                """
                def _grading_place(pictures):
                    import pathlib
                    space = globals()
                    folder = pathlib.Path(space["image_dir"])
                    kept = {}
                    for file_name, content in pictures.items():
                        path = folder / file_name
                        kept[path] = path.read_bytes() if path.is_file() else None
                        path.write_bytes(content)
                    space["_grading_kept"] = (kept, space.get("dense_history"))
                    space["dense_history"] = _grading_losses()
                _grading_place(_grading_pictures())
                del _grading_place, _grading_pictures, _grading_losses
                """
            )
        ),
    )


_RESTORE = """
def _grading_restore():
    space = globals()
    kept, space["dense_history"] = space.pop("_grading_kept")
    for path, content in kept.items():
        if content is not None:
            path.write_bytes(content)
        else:
            path.unlink(missing_ok=True)
_grading_restore()
del _grading_restore
"""


def _show(name, cell):
    """Return the probe that calls show_progress for a run in another folder."""
    return Probe(
        name,
        "after",
        cell,
        lambda challenge: (
            _sentinels(challenge, name)
            + textwrap.dedent(
                """
                class _grading_run:
                    def __enter__(self):
                        import pathlib, tempfile
                        space = globals()
                        self.folder = space["image_dir"]
                        other = pathlib.Path(tempfile.mkdtemp(dir=self.folder.parent.parent))
                        space["image_dir"] = other
                        for file_name, content in _grading_pictures().items():
                            (other / file_name).write_bytes(content)
                    def __exit__(self, *error):
                        globals()["image_dir"] = self.folder
                with _grading_run():
                    _grading_shown = show_progress(_grading_losses())
                _grading_shown
                """
            )
        ),
        pictures=True,
    )


def _keep(*names):
    """Return code that keeps what provided cells define and every answer may rely on."""
    return f"""
globals().setdefault("_grading_provided", {{}}).update(
    {{name: globals()[name] for name in {names!r}}}
)
"""


# An answer may have used one of these names for something else.
_PROVIDED = "globals().update(_grading_provided)\n"

# Right networks in place of missing or wrong ones, so that a later answer is judged on its own.
# Right answers are left alone. What is right: the number of parameters, and the shapes.
_NETWORKS = """
def _grading_stand_ins(wanted):
    from tensorflow import keras
    space, layers, models = globals(), keras.layers, keras.models

    def dense_gen():
        parts = [keras.Input((100,))]
        for units in (256, 512, 1024):
            parts += [layers.Dense(units), layers.LeakyReLU(), layers.BatchNormalization()]
        parts += [layers.Dense(784), layers.LeakyReLU(), layers.Reshape((28, 28, 1))]
        return models.Sequential(parts)

    def dense_disc():
        parts = [keras.Input((28, 28, 1)), layers.Flatten()]
        for units in (1024, 512, 256):
            parts += [layers.Dense(units), layers.LeakyReLU(), layers.BatchNormalization()]
        return models.Sequential([*parts, layers.Dense(1, activation="sigmoid")])

    def cnn_gen():
        parts = [keras.Input((6272,)), layers.Reshape((7, 7, 128))]
        for filters in (56, 112):
            parts.append(layers.Conv2DTranspose(filters, 2, strides=2))
            parts += [layers.LeakyReLU(), layers.BatchNormalization()]
        return models.Sequential([*parts, layers.Conv2D(1, 1)])

    def cnn_disc():
        parts = [keras.Input((28, 28, 1))]
        for filters in (32, 64):
            parts.append(layers.Conv2D(filters, 5, strides=2))
            parts += [layers.LeakyReLU(), layers.BatchNormalization()]
        return models.Sequential(
            [*parts, layers.Flatten(), layers.Dense(1, activation="sigmoid")]
        )

    image = (28, 28, 1)
    known = {
        "gen_model": (dense_gen, (100,), image, 1493520),
        "disc_model": (dense_disc, image, (1,), 1467393),
        "cnn_gen_model": (cnn_gen, (6272,), image, 54713),
        "cnn_disc_model": (cnn_disc, image, (1,), 53505),
    }
    for name in wanted:
        make, inputs, outputs, params = known[name]
        model = space.get(name)
        try:
            fits = isinstance(model, keras.Model) and model.count_params() == params
            fits = fits and tuple(model.input_shape[1:]) == inputs
            fits = fits and tuple(model.output_shape[1:]) == outputs
        except Exception:
            fits = False
        if not fits:
            space[name] = make()
"""

_COMBINED = """
def _grading_combined(name, gen_name, disc_name):
    from tensorflow import keras
    space = globals()
    model, gen, disc = (space.get(one) for one in (name, gen_name, disc_name))
    try:
        parts = {id(weight) for weight in gen.weights + disc.weights}
        fits = isinstance(model, keras.Model) and {id(one) for one in model.weights} == parts
        fits = fits and tuple(model.input_shape[1:]) == tuple(gen.input_shape[1:])
        fits = fits and tuple(model.output_shape[1:]) == (1,)
    except Exception:
        fits = False
    gen.trainable, disc.trainable = True, False
    if not fits:
        space[name] = keras.Sequential([keras.Input(gen.input_shape[1:]), gen, disc])
"""


def _networks(gen, disc):
    """Return code that sees to the two networks of a pair."""
    return _NETWORKS + f"_grading_stand_ins({(gen, disc)!r})\ndel _grading_stand_ins\n"


def _combined(combined, gen, disc):
    """Return code that sees to the combined model of a pair."""
    names = f"{combined!r}, {gen!r}, {disc!r}"
    return _COMBINED + f"_grading_combined({names})\ndel _grading_combined\n"


# compile_gan, if it does not give each of the two models an optimizer of its own and a loss.
_COMPILE = """
def _grading_compile():
    from tensorflow import keras
    space = globals()

    def compile_gan(discriminator, combined):
        for model in (discriminator, combined):
            model.compile(optimizer=keras.optimizers.Adam(), loss="binary_crossentropy")

    if not space.get("_grading_passed", {}).get("d3_compiled"):
        space["compile_gan"] = compile_gan
    disc, combined = space["disc_model"], space["GAN_model"]
    optimizers = [getattr(model, "optimizer", None) for model in (disc, combined)]
    kind = keras.optimizers.Adam
    right = all(isinstance(one, kind) for one in optimizers) and optimizers[0] is not optimizers[1]
    if not right or optimizers[0].built or optimizers[1].built:
        compile_gan(disc, combined)

_grading_compile()
del _grading_compile
"""

# The two epochs and, after the dense training, the function that puts them together.
_EPOCHS = """
def _grading_epochs():
    import numpy, tensorflow as tf
    space = globals()
    passed = space.get("_grading_passed", {})
    noise, batch = space["draw_noise"], space["BATCH"]

    def discriminator_epoch(images, generator, discriminator):
        discriminator.trainable = True
        losses = []
        for start in range(0, len(images), batch):
            real = images[start : start + batch]
            fake = generator(noise(len(real), generator), training=False)
            labels = tf.concat([tf.ones((len(real), 1)), tf.zeros((len(real), 1))], axis=0)
            losses.append(discriminator.train_on_batch(tf.concat([real, fake], axis=0), labels))
        return float(numpy.mean(losses))

    def generator_epoch(count, discriminator, combined):
        discriminator.trainable = False
        losses = []
        for start in range(0, count, batch):
            drawn = noise(min(batch, count - start), combined)
            losses.append(combined.train_on_batch(drawn, tf.ones((len(drawn), 1))))
        return float(numpy.mean(losses))

    def train_epoch(images, generator, discriminator, combined):
        return {
            "discriminator_loss": discriminator_epoch(images, generator, discriminator),
            "generator_loss": generator_epoch(len(images), discriminator, combined),
        }

    def well(name, **wanted):
        found = passed.get(name) or {}
        return found.get("finite") and all(found.get(key) == value for key, value in wanted.items())

    if not well("d3_discriminator_alone", generator=False, discriminator=True, keys=None):
        space["discriminator_epoch"] = discriminator_epoch
    if not well("d3_generator_alone", generator=True, discriminator=False, keys=None):
        space["generator_epoch"] = generator_epoch
    keys = ["discriminator_loss", "generator_loss"]
    both = well("d3_both", generator=True, discriminator=True, keys=keys)
    if "d3_both" in passed and not both:
        space["train_epoch"] = train_epoch

_grading_epochs()
del _grading_epochs
"""

# The history that the table and the curves are made of, and the folder of the dense run.
_HISTORY = """
def _grading_history():
    import math, pathlib
    from gan_helpers import workspace
    from gan_helpers.training import History
    space = globals()
    keys = ("discriminator_loss", "generator_loss")
    found = space.get("dense_history")
    try:
        fits = isinstance(found, History) and len(found.epochs) == 100
        fits = fits and all(
            len(found.losses[key]) == 100 and all(map(math.isfinite, found.losses[key]))
            for key in keys
        )
    except Exception:
        fits = False
    if not fits:
        losses = {keys[0]: [0.7 + 0.001 * n for n in range(100)],
                  keys[1]: [0.6 + 0.002 * n for n in range(100)]}
        space["dense_history"] = History(
            epochs=list(range(1, 101)), losses=losses, seconds=[0.1] * 100,
            steps_per_epoch=1, batch_size=4, budget="grading",
        )
    if not isinstance(space.get("image_dir"), pathlib.Path):
        space["image_dir"], _ = workspace.run_folders(space["folder"], "dense")

_grading_history()
del _grading_history
"""

_TRAINED = {
    "gen_model": "gen_model",
    "disc_model": "disc_model",
    "disc_optimizer": "disc_model.optimizer",
    "GAN_optimizer": "GAN_model.optimizer",
}

# The combined model is made of the two networks themselves if it has the numbers that these get.
_PLANT = """
def _grading_plant(seed):
    import numpy
    from gan_helpers import evidence
    space, rng = globals(), numpy.random.default_rng(seed)
    models = [space["gen_model"], space["disc_model"]]
    kept = [model.weights[0].numpy() for model in models]
    try:
        for model, value in zip(models, kept):
            model.weights[0].assign(rng.normal(size=value.shape).astype("float32"))
        firsts = [weight.numpy().ravel()[:8] for weight in space["GAN_model"].weights]
        evidence.record({name!r}, firsts=numpy.stack([numpy.resize(one, 8) for one in firsts]))
    finally:
        for model, value in zip(models, kept):
            model.weights[0].assign(value)
_grading_plant({seed})
del _grading_plant
"""


def planted(challenge, name):
    """Return the first eight numbers that the probe gives each of the two networks."""
    rng = np.random.default_rng(seed_for(challenge, name))
    drawn = (rng.normal(size=shape).astype(np.float32) for shape in ((100, 256), (784, 1024)))
    return [values.ravel()[:8] for values in drawn]


def _plant(name, cell):
    """Return the probe for :func:`planted`."""

    def code(challenge):
        return _PLANT.replace("{name!r}", repr(name)).replace(
            "{seed}", str(seed_for(challenge, name))
        )

    return Probe(name, "before", cell, code, records=(name,))


# compile_gan is tried on two small models; the losses are computed without training.
_TRY_COMPILE = """
def _grading_compiled(drawn):
    import numpy
    from tensorflow import keras
    from gan_helpers import evidence
    labels, answers = (numpy.array(values, "float32") for values in drawn)
    passed = globals().setdefault("_grading_passed", {})
    passed["d3_compiled"] = False
    layers = keras.layers
    disc = keras.Sequential([keras.Input((4,)), layers.Dense(1, activation="sigmoid")])
    gen = keras.Sequential([keras.Input((3,)), layers.Dense(4)])
    both = keras.Sequential([keras.Input((3,)), gen, disc])
    globals()["compile_gan"](disc, both)
    found = dict(
        discriminator_optimizer=disc.optimizer,
        combined_optimizer=both.optimizer,
        apart=disc.optimizer is not both.optimizer,
    )
    for name, model in (("discriminator", disc), ("combined", both)):
        value = model.compute_loss(y=labels, y_pred=keras.ops.convert_to_tensor(answers))
        found[name + "_loss"] = float(value)
    evidence.record({name!r}, **found)
    passed["d3_compiled"] = found["apart"] and all(
        isinstance(model.optimizer, keras.optimizers.Optimizer) for model in (disc, both)
    )
_grading_compiled({drawn})
del _grading_compiled
"""


def compile_inputs(seed):
    """Return the labels and probabilities on which the compiled losses are computed.

    The probabilities fit the labels by and large, so smoothed labels make every loss larger.
    """
    rng = np.random.default_rng(seed)
    answers = [spread_out(rng, 0.07, 0.7, 8), spread_out(rng, 0.3, 0.93, 8)]
    order = rng.permutation(16)[:, None]
    labels = np.repeat([0, 1], 8).astype(np.float32)
    return labels[order], np.concatenate(answers).astype(np.float32)[order]


def _try_compile(name, cell):
    """Return the probe for compile_gan."""

    def code(challenge):
        drawn = [values.tolist() for values in compile_inputs(seed_for(challenge, name))]
        return _TRY_COMPILE.replace("{name!r}", repr(name)).replace("{drawn}", repr(drawn))

    return Probe(name, "after", cell, code, records=(name,))


# A new GAN of the student's: its networks, its range for noise of any size, samples without any
# training, and one step.
_TRY_MINE = """
def _grading_mine(seed):
    import numpy, tensorflow as tf
    from gan_helpers import evidence
    rng, space = numpy.random.default_rng(seed), globals()
    # A call before: what a second call gives should not depend on it.
    first = space["make_my_gan"]()[0]
    made = space["make_my_gan"]()
    generator, discriminator, gen_optimizer, disc_optimizer, step = made
    own = {id(weight) for weight in first.weights}
    found = dict(
        generator=generator,
        discriminator=discriminator,
        shared=any(id(weight) in own for weight in generator.weights),
        steps_before=int(gen_optimizer.iterations) + int(disc_optimizer.iterations),
    )
    evidence.record({name!r}, **found)
    noise = rng.normal(size=(32, generator.input_shape[-1])).astype("float32")
    found["plain"] = generator(noise, training=False)
    found["extreme"] = generator(1000 * noise, training=False)
    evidence.record({name!r}, **found)
    # Of the first one, as drawing these changes running averages.
    noise = rng.normal(size=({count}, first.input_shape[-1])).astype("float32")
    evidence.record({name!r} + "_untrained", samples=first(noise, training=True))
    low, high = space["my_range"]
    images = space["_grading_provided"]["train_images"][:32]
    tf.config.run_functions_eagerly(True)  # making a graph takes longer than the one step
    try:
        losses = step(tf.constant((low + (high - low) * images).astype("float32")))
    finally:
        tf.config.run_functions_eagerly(False)
    found.update(
        generator_after=generator,
        discriminator_after=discriminator,
        steps_after=[int(gen_optimizer.iterations), int(disc_optimizer.iterations)],
        losses={str(key): float(value) for key, value in losses.items()},
    )
    # The networks as they are now; those of before are kept under the other record.
    found.pop("generator"), found.pop("discriminator")
    evidence.record({name!r} + "_step", **found)
_grading_mine({seed})
del _grading_mine
"""


# Samples of the trained GAN, from noise that was not known before.
_SAMPLE = """
def _grading_samples(seed):
    import numpy
    from gan_helpers import evidence
    model = globals()["my_generator"]
    noise = numpy.random.default_rng(seed).normal(size=({count}, model.input_shape[-1]))
    images = numpy.asarray(model(noise.astype("float32"), training=True), "float32")
    evidence.record({name!r}, samples=images, my_generator=model)
_grading_samples({seed})
del _grading_samples
"""

SAMPLES = 256


def _filled(code, challenge, name):
    """Return a probe's code with its name, its seed and the number of samples."""
    code = code.replace("{name!r}", repr(name)).replace("{count}", str(SAMPLES))
    return code.replace("{seed}", str(seed_for(challenge, name)))


def _try_mine(name, cell):
    """Return the probe for make_my_gan."""
    records = (name, f"{name}_untrained", f"{name}_step")
    return Probe(
        name, "after", cell, lambda challenge: _filled(_TRY_MINE, challenge, name), records=records
    )


def _sample(name, cell):
    """Return the probe that draws samples of the student's trained generator."""
    return Probe(
        name, "after", cell, lambda challenge: _filled(_SAMPLE, challenge, name), records=(name,)
    )


PROBES = (
    run_code(
        "keep_data",
        "after",
        "prepare_data",
        _keep(
            *("np", "PIL", "tf", "keras", "layers", "models", "budget", "data", "device"),
            *("metrics", "plots", "sampling", "training", "workspace", "BUDGET", "folder"),
            *("raw_images", "train_images", "train_labels", "CLASSES"),
        ),
    ),
    record("real", "after", "prepare_data", images="raw_images[:512]", labels="train_labels[:512]"),
    # The check cell wants both networks; without one of them the other is recorded all the same.
    run_code(
        "d1_missing",
        "before",
        "d1_check",
        "for _grading_name in ('gen_model', 'disc_model'):\n"
        "    globals().setdefault(_grading_name, None)\n",
    ),
    run_code("d2_networks", "before", "d2", _PROVIDED + _networks("gen_model", "disc_model")),
    _plant("d2_planted", "d2_check"),
    # d3: every function is tried on a small pair, and the training is done with right ones.
    run_code(
        "d3_models",
        "before",
        "d3_compile",
        _PROVIDED
        + _networks("gen_model", "disc_model")
        + _combined("GAN_model", "gen_model", "disc_model"),
    ),
    run_code("keep_settings", "after", "training_settings", _keep("BATCH", "EPOCHS", "draw_noise")),
    _try_compile("d3_compiled", "d3_compile"),
    record(
        "d3_called",
        "after",
        "d3_compile",
        called="all(getattr(one, 'optimizer', None) for one in (disc_model, GAN_model))",
    ),
    run_code("d3_compile_stand_in", "after", "d3_compile", _PROVIDED + _COMPILE),
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
    run_code(
        "keep_train",
        "after",
        "define_train",
        _keep(
            *("IMAGES_PER_EPOCH", "epochs_of_images", "start_run", "save_samples"),
            *("load_samples", "train"),
        ),
    ),
    run_code("d3_epochs", "before", "d3_train", _PROVIDED + _EPOCHS),
    record("d3_before", "before", "d3_train", **_TRAINED),
    record(
        "d3_trained",
        "after",
        "d3_train",
        **_TRAINED,
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
    run_code("d3_after_training", "before", "d3_table", _PROVIDED + _EPOCHS + _HISTORY),
    record(
        "d3_table",
        "after",
        "d3_table",
        table="_grading_provided['np'].asarray(loss_table, dtype=float)",
        discriminator="_grading_provided['np'].array(dense_history.losses['discriminator_loss'])",
        generator="_grading_provided['np'].array(dense_history.losses['generator_loss'])",
    ),
    # The check cell wants a table to record, and is no place to fail twice.
    run_code("d3_table_stand_in", "before", "d3_check", "globals().setdefault('loss_table', None)"),
    run_code("d4_provided", "before", "d4", _PROVIDED + _HISTORY),
    _place("d4_call", "d4"),
    run_code("d4_restore", "before", "d4_check", _RESTORE),
    _show("d4_function", "d4_check"),
    run_code("keep_show", "after", "show_dense", _keep("show_run")),
    record(
        "e1_alone",
        "before",
        "e1_combined",
        cnn_gen_model="cnn_gen_model",
        cnn_disc_model="cnn_disc_model",
    ),
    run_code(
        "e1_networks",
        "before",
        "e1_combined",
        _PROVIDED + _networks("cnn_gen_model", "cnn_disc_model"),
    ),
    run_code(
        "e1_models",
        "before",
        "train_cnn",
        _PROVIDED
        + _networks("cnn_gen_model", "cnn_disc_model")
        + _combined("cnn_GAN_model", "cnn_gen_model", "cnn_disc_model")
        + _EPOCHS,
    ),
    run_code("f2_provided", "before", "f2", _PROVIDED),
    run_code("f2_after", "after", "f2", _PROVIDED),
    record("f2_range", "after", "f2", my_range="tuple(float(end) for end in my_range)"),
    _try_mine("f2_made", "f2"),
    _sample("f2_samples", "train_mine"),
)

WATCHES = (Watch("d4", until="d4_check"),)
