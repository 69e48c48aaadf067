"""How fast ``gan_helpers`` trains the DCGAN of assignment 01, against the way of tutorials.

The baseline is what GAN tutorials do: one ``tf.function`` per batch, called from a Python loop over
a ``tf.data`` pipeline, in float32. Ours is :func:`gan_helpers.training.fit` with the precision that
``device.setup(precision="auto")`` chooses. Each side is a process of its own that stays; the two
take turns, so that whatever else the machine does hits both alike.
"""

from __future__ import annotations

import contextlib
import io
import multiprocessing
import resource
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from benchmarks.interleaved import FOR_EVER, epochs_in_turn

BATCH = 256
NOISE = 100
SIDES = ("baseline", "gan_helpers")


@dataclass
class Side:
    """What was measured on one side, one value per round where it is a list.

    Attributes:
        precision: Keras dtype policy.
        seconds: Wall time of one step.
        host: Processor time of the Python thread in one step, in seconds.
        peak: Measured rate of a large matrix product in that precision, in operations per second.
        memory: Peak memory of the process in bytes.
        distances: Fréchet distance after the quality steps, one per seed.
    """

    precision: str = ""
    seconds: list[float] = field(default_factory=list)
    host: list[float] = field(default_factory=list)
    peak: list[float] = field(default_factory=list)
    memory: float = 0.0
    distances: list[float] = field(default_factory=list)


def report(*, runs: int, steps: int = 8, quality_steps: int = 0, seeds: int = 3) -> None:
    """Print images per second, share of the matmul peak, host time, memory and quality.

    Args:
        runs: Interleaved rounds behind each median.
        steps: Training steps in one round.
        quality_steps: Train so many steps from the start and compare the Fréchet distances; 0
            leaves that out.
        seeds: How often that is done.
    """
    context = multiprocessing.get_context("spawn")
    pipes, workers = {}, []
    for name in SIDES:
        pipes[name], theirs = context.Pipe()
        worker = context.Process(target=_work, args=(name, theirs, steps), daemon=True)
        worker.start()
        workers.append(worker)
    sides = {name: Side(precision=_ask(pipes[name], "hello")) for name in SIDES}
    for _ in range(runs):
        for name, side in sides.items():
            answer = _ask(pipes[name], "round")
            side.seconds.append(answer["seconds"])
            side.host.append(answer["host"])
            side.peak.append(answer["peak"])
    for seed in range(seeds if quality_steps else 0):
        for name, side in sides.items():
            side.distances.append(_ask(pipes[name], "quality", quality_steps, seed))
    for name, side in sides.items():
        side.memory = _ask(pipes[name], "bye")
    for worker in workers:
        worker.join()
    _print(sides, runs=runs, steps=steps, quality_steps=quality_steps)


def _ask(pipe: Connection, *question: Any) -> Any:
    pipe.send(question)
    return pipe.recv()


def _print(sides: dict[str, Side], *, runs: int, steps: int, quality_steps: int) -> None:
    print(f"Training the DCGAN of assignment 01, batch {BATCH} ({runs} rounds of {steps} steps)")
    baseline, ours = (sides[name] for name in SIDES)
    for name, side in sides.items():
        rate = BATCH / statistics.median(side.seconds)
        share = statistics.median(
            operations_per_step() / seconds / peak
            for seconds, peak in zip(side.seconds, side.peak, strict=True)
        )
        print(f"  {name} ({side.precision})")
        print(f"    {rate:.0f} images/s ({_spread([BATCH / s for s in side.seconds], 0)})")
        print(
            f"    {share:.0%} of the measured matmul peak, "
            f"{statistics.median(side.peak) / 1e9:.0f} GFLOP/s in that precision"
        )
        print(f"    host time per step {1e3 * statistics.median(side.host):.1f} ms")
        print(f"    peak memory {side.memory / 2**20:.0f} MiB")
        if side.distances:
            print(
                f"    Fréchet distance after {quality_steps} steps "
                f"{statistics.mean(side.distances):.1f} ({_spread(side.distances, 1)},"
                f" {len(side.distances)} seeds)"
            )
    ratios = [a / b for a, b in zip(baseline.seconds, ours.seconds, strict=True)]
    print(f"  ratio {statistics.median(ratios):.2f} ({_spread(ratios, 2)})")
    print(f"  {_not_measured()}")


def _not_measured() -> str:
    import tensorflow as tf

    missing = []
    if not tf.config.list_physical_devices("GPU"):
        missing.append("GPU (none here)")
    try:
        with open("/proc/cpuinfo") as file:
            amx = "amx_bf16" in file.read()
    except OSError:
        amx = False
    if not amx:
        missing.append("CPU with AMX (this one has none)")
    return f"not measured: {', '.join(missing) or 'nothing left out'}"


def _spread(values: list[float], digits: int) -> str:
    return f"{min(values):.{digits}f} to {max(values):.{digits}f}"


def operations_per_step() -> float:
    """Count the multiplications and additions of one step, from the shapes of the layers.

    A layer costs two operations per example, weight and position that lies inside the image, and
    as much again for each of the gradients with respect to its weights and to its input.
    """
    # Along one axis, a kernel of 5 meets this many pixels: 7 to 7, 14 to 7 and 28 to 14 (or back).
    same, small, large = 29**2, 32**2, 67**2
    generator = [NOISE * 12544, same * 256 * 128, small * 128 * 64, large * 64]
    discriminator = [large * 64, small * 64 * 128, 6272]
    forward_g, forward_d = sum(generator), sum(discriminator)
    # The first layer of each network needs no gradient with respect to its input, except that the
    # generator's loss passes through the whole discriminator.
    backward_g = 2 * forward_g - generator[0]
    backward_d = 2 * (2 * forward_d - discriminator[0]) + forward_d
    return 2.0 * BATCH * (forward_g + 2 * forward_d + backward_g + backward_d)


# -- one side, in a process of its own ----------------------------------------------------------


def _work(name: str, pipe: Connection, steps: int) -> None:
    from gan_helpers import device

    found = device.setup(seed=0, precision="float32" if name == "baseline" else "auto")
    side = (_Baseline if name == "baseline" else _Ours)(steps)
    rounds = side.rounds()
    while True:
        question, *arguments = pipe.recv()
        if question == "hello":
            next(rounds)  # compiles
            pipe.send(found.precision)
        elif question == "round":
            peak = _matmul_peak(found.precision)
            seconds, host = next(rounds)
            pipe.send({"seconds": seconds, "host": host, "peak": peak})
        elif question == "quality":
            pipe.send(side.quality(*arguments))
        else:
            pipe.send(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
            return


def _matmul_peak(precision: str, size: int = 2048, times: int = 8) -> float:
    import tensorflow as tf

    dtype = tf.bfloat16 if precision == "mixed_bfloat16" else tf.float32
    matrix = tf.cast(tf.random.normal((size, size)), dtype)
    product = tf.function(lambda: tf.matmul(matrix, matrix))
    product()
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        product().numpy()
        taken.append(time.perf_counter() - started)
    return 2.0 * size**3 / min(taken)


class _Gan:
    """The networks of assignment 01 and one step of training, as a tutorial writes it."""

    def __init__(self, seed: int) -> None:
        import keras

        keras.utils.set_random_seed(seed)
        layers = keras.layers
        self.generator = keras.Sequential(
            [
                keras.Input((NOISE,)),
                layers.Dense(7 * 7 * 256, use_bias=False),
                layers.BatchNormalization(),
                layers.LeakyReLU(),
                layers.Reshape((7, 7, 256)),
                layers.Conv2DTranspose(128, 5, padding="same", use_bias=False),
                layers.BatchNormalization(),
                layers.LeakyReLU(),
                layers.Conv2DTranspose(64, 5, strides=2, padding="same", use_bias=False),
                layers.BatchNormalization(),
                layers.LeakyReLU(),
                layers.Conv2DTranspose(
                    1, 5, strides=2, padding="same", use_bias=False, activation="tanh"
                ),
            ]
        )
        self.discriminator = keras.Sequential(
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
        # Radford et al. (2016), so that a few hundred steps already show strokes.
        self.generator_optimizer = keras.optimizers.Adam(2e-4, beta_1=0.5)
        self.discriminator_optimizer = keras.optimizers.Adam(2e-4, beta_1=0.5)
        self.cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)

    def train(self, images: Any, noise: Any) -> dict[str, Any]:
        import tensorflow as tf

        with tf.GradientTape() as gen_tape, tf.GradientTape() as disc_tape:
            generated = self.generator(noise, training=True)
            real = self.discriminator(images, training=True)
            fake = self.discriminator(generated, training=True)
            gen_loss = self.cross_entropy(tf.ones_like(fake), fake)
            disc_loss = self.cross_entropy(tf.ones_like(real), real)
            disc_loss += self.cross_entropy(tf.zeros_like(fake), fake)
        for tape, loss, network, optimizer in (
            (gen_tape, gen_loss, self.generator, self.generator_optimizer),
            (disc_tape, disc_loss, self.discriminator, self.discriminator_optimizer),
        ):
            gradients = tape.gradient(loss, network.trainable_variables)
            optimizer.apply_gradients(zip(gradients, network.trainable_variables, strict=True))
        return {"generator_loss": gen_loss, "discriminator_loss": disc_loss}


class _OneSide:
    def __init__(self, steps: int) -> None:
        import numpy as np
        import tensorflow as tf

        from gan_helpers import data

        self.steps = steps
        (raw, _), (unseen, _) = data.load_mnist()
        self.images, self.unseen = (
            (images[..., np.newaxis].astype("float32") - 127.5) / 127.5 for images in (raw, unseen)
        )
        dataset = tf.data.Dataset.from_tensor_slices(self.images)
        self.dataset = dataset.shuffle(60_000, seed=0).batch(BATCH, drop_remainder=True)

    def quality(self, steps: int, seed: int) -> float:
        """Train from the start and return the Fréchet distance of 1,000 samples."""
        from gan_helpers import quality, sampling

        gan = _Gan(seed)
        self.train(gan, steps)
        samples = gan.generator.predict(sampling.latent((1000, NOISE), seed=1), verbose=0)
        reference = quality.reference(self.images, self.unseen)
        return quality.evaluate(samples, reference).distances.frechet

    def train(self, gan: _Gan, steps: int) -> None:
        raise RuntimeError("Use _Baseline or _Ours.")


class _Baseline(_OneSide):
    def _step(self, gan: _Gan) -> Callable[[Any], Any]:
        import tensorflow as tf

        @tf.function
        def train_step(images):
            return gan.train(images, tf.random.normal((BATCH, NOISE)))

        return train_step

    def train(self, gan: _Gan, steps: int) -> None:
        step = self._step(gan)
        for images in self.dataset.repeat().take(steps):
            step(images)

    def rounds(self) -> Iterator[tuple[float, float]]:
        step = self._step(_Gan(0))
        batches = iter(self.dataset.repeat())
        while True:
            started, host = time.perf_counter(), time.thread_time()
            for _ in range(self.steps):
                losses = step(next(batches))
            float(losses["generator_loss"])  # waits for a device that works on its own
            yield (
                (time.perf_counter() - started) / self.steps,
                (time.thread_time() - host) / self.steps,
            )


class _Ours(_OneSide):
    def _step(self, gan: _Gan) -> Callable[[Any, Any], Any]:
        import tensorflow as tf

        from gan_helpers import sampling

        @tf.function
        def train_step(images, batch_size):
            return gan.train(images, sampling.latent((batch_size, NOISE)))

        return train_step

    def _fit(self, gan: _Gan, *, steps: int, epochs: int, callbacks: Sequence[Any] = ()) -> None:
        from gan_helpers import training
        from gan_helpers.budget import Budget

        training.fit(
            self._step(gan),
            self.dataset,
            epochs=epochs,
            budget=Budget("benchmark", images_per_epoch=steps * BATCH),
            networks={"generator": gan.generator, "discriminator": gan.discriminator},
            optimizers={
                "generator_optimizer": gan.generator_optimizer,
                "discriminator_optimizer": gan.discriminator_optimizer,
            },
            callbacks=callbacks,
        )

    def train(self, gan: _Gan, steps: int) -> None:
        with contextlib.redirect_stdout(io.StringIO()):
            self._fit(gan, steps=steps, epochs=1)

    def rounds(self) -> Iterator[tuple[float, float]]:
        host: list[float] = []
        gan = _Gan(0)
        for seconds in epochs_in_turn(
            lambda callbacks: self._fit(
                gan, steps=self.steps, epochs=FOR_EVER, callbacks=callbacks
            ),
            steps=self.steps,
            host=host,
        ):
            yield seconds, host.pop()
