"""The training loop for several devices in docs/performance.md is run as it stands there."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.slow  # imports TensorFlow

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"

BEFORE = """
import json, sys
import keras, numpy as np, tensorflow as tf

devices = int(sys.argv[1])
if devices > 1:
    processor = tf.config.list_physical_devices("CPU")[0]
    part = tf.config.LogicalDeviceConfiguration()
    tf.config.set_logical_device_configuration(processor, [part] * devices)
    mirrored = tf.distribute.MirroredStrategy
    names = [device.name for device in tf.config.list_logical_devices("CPU")]
    tf.distribute.MirroredStrategy = lambda: mirrored(names)
keras.utils.set_random_seed(0)
# What a device draws must not depend on how many there are.
tf.random.normal = lambda shape: tf.ones(shape) * 0.1
# Adam would hide gradients that are too large or too small.
keras.optimizers.Adam = lambda rate: keras.optimizers.SGD(0.1, momentum=0.9)
BATCH_SIZE, EPOCHS, noise_dim = 8, 3, 3


def make_generator_model():
    return keras.Sequential(
        [keras.Input((noise_dim,)), keras.layers.Dense(8, "tanh"), keras.layers.Dense(16)]
    )


def make_discriminator_model():
    return keras.Sequential(
        [
            keras.Input((16,)),
            keras.layers.Dense(8, "tanh"),
            keras.layers.BatchNormalization(synchronized=True),
            keras.layers.Dense(1),
        ]
    )


images = np.random.default_rng(0).normal(size=(24, 16)).astype(np.float32)
train_dataset = tf.data.Dataset.from_tensor_slices(images).batch(BATCH_SIZE, drop_remainder=True)
"""

AFTER = """
weights = [w.numpy().ravel() for net in (generator, discriminator) for w in net.weights]
report = {
    "devices": strategy.num_replicas_in_sync,
    "losses": [float(gen_loss), float(disc_loss)],
    "weights": np.concatenate(weights).tolist(),
}
print(json.dumps(report))
"""


def train(devices):
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-c", BEFORE + code + AFTER, str(devices)],
        env={**os.environ, "CUDA_VISIBLE_DEVICES": "-1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    *epochs, report = done.stdout.splitlines()
    assert [line.split(":")[0] for line in epochs] == ["epoch 1", "epoch 2", "epoch 3"]
    return json.loads(report)


def test_two_devices_train_like_one():
    one, two = train(1), train(2)
    assert (one["devices"], two["devices"]) == (1, 2)
    np.testing.assert_allclose(two["losses"], one["losses"], rtol=1e-4)
    np.testing.assert_allclose(two["weights"], one["weights"], rtol=1e-4, atol=1e-6)
