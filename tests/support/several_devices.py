"""Trains on one device, on two logical ones, and with two workers on loopback; writes reports.

TensorFlow is imported once and every training is a fork of this process, which must not have
computed anything yet: a started TensorFlow runtime does not survive a fork.
"""

import json
import os
import signal
import socket
import sys
import time
import traceback
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from gan_helpers import device, distribution, training
from gan_helpers.budget import FULL
from tests.support.tiny_gan import TinyGan

EPOCHS = 4
# One whose partner has failed would wait for it for ever.
LONGEST = 240


def train_plainly(*, length_known=True, **more):
    """Trains networks in which nothing depends on how a batch is shared.

    There is no dropout, batch normalisation is synchronized, and the noise comes with the data.
    The optimizers are SGD, as Adam would hide gradients that are too large or too small; one of
    the losses is a Keras class and the other a plain mean, as Keras treats these differently.
    """
    layers = keras.layers
    networks = {
        "generator": keras.Sequential(
            [
                keras.Input((3,)),
                layers.Dense(8, "relu"),
                layers.BatchNormalization(synchronized=True),
                layers.Dense(16),
            ]
        ),
        "discriminator": keras.Sequential(
            [keras.Input((16,)), layers.Dense(8, "relu"), layers.Dense(1)]
        ),
    }
    optimizers = {
        "generator": keras.optimizers.SGD(0.1, momentum=0.9),
        "discriminator": keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1)),
    }
    cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)

    @tf.function
    def train_step(batch):
        images, noise = batch
        with tf.GradientTape(persistent=True) as tape:
            fake = networks["discriminator"](networks["generator"](noise, training=True))
            real = networks["discriminator"](images)
            losses = {
                "generator": cross_entropy(tf.ones_like(fake), fake),
                "discriminator": tf.reduce_mean(tf.nn.softplus(-real) + tf.nn.softplus(fake)),
            }
            scaled = {name: optimizers[name].scale_loss(loss) for name, loss in losses.items()}
        for name, network in networks.items():
            gradients = tape.gradient(scaled[name], network.trainable_variables)
            optimizers[name].apply_gradients(
                zip(gradients, network.trainable_variables, strict=True)
            )
        return losses

    rng = np.random.default_rng(0)
    arrays = tuple(rng.normal(size=(22, width)).astype(np.float32) for width in (16, 3))
    # The last batch of an epoch has six pairs.
    dataset = tf.data.Dataset.from_tensor_slices(arrays).shuffle(22, seed=0).batch(8)
    if not length_known:
        dataset = dataset.filter(lambda *batch: True)
    history = training.fit(
        train_step,
        dataset,
        epochs=EPOCHS,
        budget=FULL,
        networks=networks,
        optimizers=optimizers,
        **more,
    )
    weights = [weight.numpy() for network in networks.values() for weight in network.weights]
    return {
        "losses": history.losses,
        "weights": np.concatenate([one.ravel() for one in weights]).tolist(),
    }


def train_tiny_gan(folder, *, die_after=None):
    """Trains a GAN with dropout, batch normalisation and noise of its own; it can be resumed."""
    gan, trained = TinyGan(), []

    def after(epoch):
        trained.append(epoch)
        if epoch == die_after:  # The state of this epoch has not been saved yet.
            os.kill(os.getpid(), signal.SIGKILL)

    history = gan.fit(
        EPOCHS,
        on_epoch_end=after,
        checkpoint=gan.checkpoint,
        checkpoint_dir=folder / "checkpoints",
        checkpoint_every=2,
        resume_dir=folder,
        resume_every=1,
    )
    return {"digest": gan.digest(), "losses": history.losses, "trained": trained}


def sentence(function, *arguments, **more):
    """Returns what a refusal says."""
    try:
        function(*arguments, **more)
    except (ValueError, RuntimeError) as error:
        return str(error)
    return "not refused"


def refusals():
    """Tries what several devices cannot do."""
    tf.distribute.experimental_set_strategy(None)
    before = TinyGan()
    device.setup(seed=0, devices="all")
    eager = TinyGan()
    eager.train_step = eager.train_step.python_function
    clipping = TinyGan()
    clipping.generator_optimizer = keras.optimizers.Adam(clipnorm=1.0)
    unbuilt = TinyGan()
    unbuilt.generator = keras.Sequential([keras.layers.Dense(1)])
    os.environ["TF_CONFIG"] = json.dumps(
        {"cluster": {"worker": free_ports(2)}, "task": {"type": "worker", "index": 0}}
    )
    return {
        "before": sentence(before.fit, 1),
        "eager": sentence(eager.fit, 1),
        "clipping": sentence(clipping.fit, 1),
        "unbuilt": sentence(unbuilt.fit, 1),
        "uneven": sentence(TinyGan(batch=5).fit, 1),
        "XLA": sentence(TinyGan().fit, 1, jit_compile=True),
        "too late": sentence(device.setup, seed=0, devices="workers"),
        "no such devices": sentence(device.setup, devices="both"),
        "no seed": sentence(device.setup, devices="workers"),
    }


def on_one(folder):
    found = device.setup(seed=0, devices="all")
    return {
        "device": str(found),
        "no TF_CONFIG": sentence(device.setup, seed=0, devices="workers"),
        "plain": train_plainly(),
        "other number of devices": sentence(train_tiny_gan, folder.parent / "two"),
    }


def on_two(folder, *, die_after=None, everything=False):
    processor = tf.config.list_physical_devices("CPU")[0]
    half = tf.config.LogicalDeviceConfiguration()
    tf.config.set_logical_device_configuration(processor, [half, half])
    found = device.setup(seed=0, devices="all")
    report = {"replicas": found.replicas, "tiny": train_tiny_gan(folder, die_after=die_after)}
    if everything:
        device.setup(seed=0, devices="all")
        report["plain"] = train_plainly()
        device.setup(seed=0, devices="all")
        report["length unknown"] = train_plainly(length_known=False)["losses"]
        report["refusals"] = refusals()
        os.environ["GAN_HELPERS_BUDGET"] = "grading"
        report["grading"] = str(device.setup(seed=0, devices="all"))
    return report


def as_worker(folder, *, die_after=None, everything=False):
    found = device.setup(seed=0, devices="workers")
    report = {
        "place": [found.worker, found.workers, found.replicas],
        "tiny": train_tiny_gan(folder, die_after=die_after),
    }
    if everything:
        device.setup(seed=0, devices="workers")
        report["plain"] = train_plainly(steps_per_call=2)
        report["disagreement"] = sentence(distribution.refuse_disagreement, found.worker)
    return report


def run(job, folder, *, workers=0, **options):
    """Runs a job in one fork, or in one for each worker, and waits for the end."""
    folder.mkdir(exist_ok=True)
    children = []
    hosts = free_ports(workers)
    for index in range(workers or 1):
        if workers:
            task = {"type": "worker", "index": index}
            os.environ["TF_CONFIG"] = json.dumps({"cluster": {"worker": hosts}, "task": task})
        if child := os.fork():
            children.append(child)
            continue
        status = 1
        try:
            signal.alarm(LONGEST)
            report = job(folder, **options)
            (folder / f"report{index}.json").write_text(json.dumps(report))
            # A worker that ends while another still talks to it makes that one fail.
            while not all((folder / f"report{one}.json").exists() for one in range(workers)):
                time.sleep(0.1)
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    found = [f"127.0.0.1:{one.getsockname()[1]}" for one in sockets]
    for one in sockets:
        one.close()
    return found


def main(root):
    """Every training is repeated with an interruption, in a folder of its own."""
    exits = {
        "two": run(on_two, root / "two", everything=True),
        "two, killed": run(on_two, root / "two_killed", die_after=3),
        "two, resumed": run(on_two, root / "two_killed"),
        "one": run(on_one, root / "one"),
        "workers": run(as_worker, root / "workers", workers=2, everything=True),
        "workers, killed": run(as_worker, root / "workers_killed", workers=2, die_after=3),
        "workers, resumed": run(as_worker, root / "workers_killed", workers=2),
    }
    (root / "exits.json").write_text(json.dumps(exits))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
