"""A GAN that trains in milliseconds, with everything that makes exact resume hard."""

import hashlib
import json
import os
import random
import shutil
import signal
import sys
import time
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from gan_helpers import sampling, training
from gan_helpers.budget import Budget

TINY = Budget("quick", images_per_epoch=16)
BATCH = 8


class TinyGan:
    """Dense networks with dropout and batch normalisation, on 20 shuffled images of 4x4."""

    def __init__(
        self, *, width=6, learning_rate=1e-2, images=20, data_seed=0, shuffle_seed=0, batch=BATCH
    ):
        layers = keras.layers
        self.generator = keras.Sequential(
            [
                keras.Input((3,)),
                layers.Dense(width),
                layers.BatchNormalization(),
                layers.Dense(16, activation="tanh"),
                layers.Reshape((4, 4, 1)),
            ]
        )
        self.discriminator = keras.Sequential(
            [keras.Input((4, 4, 1)), layers.Flatten(), layers.Dropout(0.3), layers.Dense(1)]
        )
        self.generator_optimizer = keras.optimizers.Adam(learning_rate)
        self.discriminator_optimizer = keras.optimizers.Adam(learning_rate)
        self.checkpoint = tf.train.Checkpoint(
            generator=self.generator,
            discriminator=self.discriminator,
            generator_optimizer=self.generator_optimizer,
            discriminator_optimizer=self.discriminator_optimizer,
        )
        values = np.random.default_rng(data_seed).uniform(-1, 1, size=(images, 4, 4, 1))
        self.dataset = (
            tf.data.Dataset.from_tensor_slices(values.astype(np.float32))
            .shuffle(images, seed=shuffle_seed)
            .batch(batch)
        )
        self.fixed_noise = sampling.latent((4, 3), seed=0)
        self.traces = 0
        self.batches = []
        self.train_step = tf.function(self._train_step)

    def _train_step(self, images, batch_size):
        self.traces += 1
        cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)
        noise = sampling.latent((batch_size, 3))
        with tf.GradientTape() as gen_tape, tf.GradientTape() as disc_tape:
            fake = self.generator(noise, training=True)
            real_output = self.discriminator(images, training=True)
            fake_output = self.discriminator(fake, training=True)
            gen_loss = cross_entropy(tf.ones_like(fake_output), fake_output)
            disc_loss = cross_entropy(tf.ones_like(real_output), real_output)
            disc_loss += cross_entropy(tf.zeros_like(fake_output), fake_output)
        for tape, loss, network, optimizer in (
            (gen_tape, gen_loss, self.generator, self.generator_optimizer),
            (disc_tape, disc_loss, self.discriminator, self.discriminator_optimizer),
        ):
            gradients = tape.gradient(loss, network.trainable_variables)
            optimizer.apply_gradients(zip(gradients, network.trainable_variables, strict=True))
        return {"generator_loss": gen_loss, "discriminator_loss": disc_loss}

    def fit(self, epochs, *, budget=TINY, **more):
        return training.fit(
            self.train_step,
            self.dataset,
            epochs=epochs,
            budget=budget,
            networks={"generator": self.generator, "discriminator": self.discriminator},
            optimizers={
                "generator_optimizer": self.generator_optimizer,
                "discriminator_optimizer": self.discriminator_optimizer,
            },
            **more,
        )

    def digest(self):
        """Hashes all weights, optimizer variables and random streams."""
        found = hashlib.sha256()
        for part in (
            self.generator,
            self.discriminator,
            self.generator_optimizer,
            self.discriminator_optimizer,
        ):
            for variable in part.variables:
                found.update(keras.ops.convert_to_numpy(variable).tobytes())
        found.update(tf.random.get_global_generator().state.numpy().tobytes())
        found.update(np.random.get_state()[1].tobytes())
        found.update(repr(random.getstate()).encode())
        return found.hexdigest()


def seed_everything(seed):
    keras.utils.set_random_seed(seed)
    tf.random.set_global_generator(tf.random.Generator.from_seed(seed))


def train_in_folder(folder, epochs, *, seed=0, disturbed=False, **more):
    """Runs a whole training the way a notebook does, and writes down every epoch's digest."""
    seed_everything(seed)
    gan = TinyGan()
    if disturbed:  # As if other cells had been run in the meantime.
        sampling.latent((3, 3))
        np.random.random(3)
        random.random()
        gan.discriminator(np.ones((1, 4, 4, 1)), training=True)
        next(iter(gan.dataset))
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)

    def after(epoch):
        sample = gan.generator(gan.fixed_noise, training=False)
        sampling.save_image_grid(sample, folder / f"image_at_epoch_{epoch:04d}.png")
        np.random.random()
        (folder / f"digest_{epoch:04d}.txt").write_text(gan.digest())

    history = gan.fit(
        epochs,
        on_epoch_end=after,
        checkpoint=gan.checkpoint,
        checkpoint_dir=folder / "checkpoints",
        checkpoint_every=4,
        resume_dir=folder,
        resume_every=1,
        **more,
    )
    (folder / "history.json").write_text(json.dumps([history.epochs, history.losses]))
    return gan, history


def fingerprint(folder):
    """All that must be the same after an interrupted training: {file name: content}."""
    return {
        path.name: path.read_bytes()
        for pattern in ("image_*.png", "digest_*.txt", "history.json")
        for path in Path(folder).glob(pattern)
    }


def _die_while_copying(moment, share):
    """Makes the process kill itself in the middle of writing its ``moment``-th state."""
    calls = {"copies": 0}

    def copyfile(source, target, **_):
        calls["copies"] += 1
        content = Path(source).read_bytes()
        if calls["copies"] < moment:
            Path(target).write_bytes(content)
            return
        Path(target).write_bytes(content[: int(share * len(content))])
        os.kill(os.getpid(), signal.SIGKILL)

    shutil.copyfile = copyfile


def _run(folder, epochs, rng, *, kill):
    """Starts the training in a forked process and, if told to, kills it at a random moment."""
    while_writing = kill and rng.random() < 0.5
    child = os.fork()
    if not child:
        status = 1
        try:
            if while_writing:
                _die_while_copying(rng.randint(1, 2), rng.choice([0.0, 0.5, 1.0]))
            train_in_folder(folder, epochs)
            status = 0
        finally:
            os._exit(status)
    if kill and not while_writing:
        time.sleep(rng.uniform(0.2, 1.5))
        os.kill(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1]


def kill_many_times(folder, *, kills, epochs, seed):
    """Kills trainings ``kills`` times, and reports whether each ended as an unharmed one.

    TensorFlow is imported once and every training is a fork of this process, which must not have
    computed anything yet: a started TensorFlow runtime does not survive a fork.
    """
    folder, rng = Path(folder), random.Random(seed)
    for name in ("unharmed", "again"):
        if not (child := os.fork()):
            train_in_folder(folder / name, epochs)
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
    expected = fingerprint(folder / "unharmed")
    report = {"repeatable": fingerprint(folder / "again") == expected, "killed": 0, "runs": []}
    run = 0
    while report["killed"] < kills:
        run += 1
        where = folder / f"run{run}"
        status = -1
        while status != 0:
            status = _run(where, epochs, rng, kill=report["killed"] < kills)
            if os.WIFSIGNALED(status):
                report["killed"] += 1
            elif status != 0:
                return {**report, "runs": [*report["runs"], "failed"]}
        report["runs"].append("identical" if fingerprint(where) == expected else "different")
    return report


if __name__ == "__main__":
    print(json.dumps(kill_many_times(sys.argv[1], kills=int(sys.argv[2]), epochs=8, seed=1)))
