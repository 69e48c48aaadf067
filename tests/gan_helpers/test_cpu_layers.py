import contextlib

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from gan_helpers import training
from gan_helpers._training.cpu_layers import cheaper_layers
from gan_helpers.budget import GRADING, Budget

pytestmark = pytest.mark.slow  # imports TensorFlow

FEATURES = (7, 7, 8)


@pytest.fixture(autouse=True)
def _policy():
    before = keras.mixed_precision.dtype_policy()
    yield
    keras.mixed_precision.set_dtype_policy(before)


def pair(kernel_size, *, use_bias=True):
    """A generator and a discriminator with every layer that has a cheaper form but Dropout."""
    generator = keras.Sequential(
        [
            keras.Input(FEATURES),
            layers.Conv2DTranspose(12, 5, strides=2, padding="same", use_bias=False),
            layers.BatchNormalization(momentum=0.8),
            layers.LeakyReLU(),
            layers.Conv2DTranspose(
                1,
                kernel_size,
                strides=2,
                padding="same",
                activation="tanh",
                use_bias=use_bias,
                bias_initializer="random_normal",
            ),
        ]
    )
    discriminator = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(12, kernel_size, strides=2, padding="same", use_bias=use_bias),
            layers.LeakyReLU(),
            layers.BatchNormalization(scale=use_bias, center=use_bias),
            layers.Flatten(),
            layers.Dense(1),
        ]
    )
    return generator, discriminator


def everything(networks, start, *, cheaply):
    """Returns images, scores, a penalty on gradients as in WGAN-GP, its gradients, the averages."""
    generator, discriminator = networks
    for network, values in zip(networks, start, strict=True):
        network.set_weights(values)
    noise = np.random.default_rng(0).normal(size=(6, *FEATURES)).astype("float32")
    weights = [*generator.trainable_weights, *discriminator.trainable_weights]

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            images = tf.cast(generator(noise, training=True), tf.float32)
            with tf.GradientTape() as inner:
                inner.watch(images)
                scores = tf.cast(discriminator(images, training=True), tf.float32)
            slopes = inner.gradient(scores, images)
            loss = tf.reduce_mean(scores**2) + 100 * tf.reduce_mean(slopes**2)
        return [images, scores, slopes, *tape.gradient(loss, weights)]

    with cheaper_layers(networks) if cheaply else contextlib.nullcontext():
        found = step()
    averages = [*generator.non_trainable_weights, *discriminator.non_trainable_weights]
    return [np.array(one) for one in [*found, *averages]]


def error(found, expected):
    """Returns the largest difference, as a share of the largest number."""
    return max(
        np.abs(a - b).max() / (np.abs(b).max() + 1e-6) for a, b in zip(found, expected, strict=True)
    )


@pytest.mark.parametrize(
    ("kernel_size", "use_bias"), [(4, True), (5, True), (5, False), (6, True), ((5, 4), True)]
)
def test_results_first_and_second_derivatives_are_those_of_keras(kernel_size, use_bias):
    keras.utils.set_random_seed(1)
    networks = pair(kernel_size, use_bias=use_bias)
    start = [network.get_weights() for network in networks]
    expected = everything(networks, start, cheaply=False)
    assert error(everything(networks, start, cheaply=True), expected) < 5e-5


def test_in_half_precision_they_are_no_further_from_the_truth_than_those_of_keras():
    keras.utils.set_random_seed(2)
    networks = pair(5)
    start = [network.get_weights() for network in networks]
    truth = everything(networks, start, cheaply=False)
    keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
    networks = pair(5)
    theirs, ours = (everything(networks, start, cheaply=cheaply) for cheaply in (False, True))
    assert 1e-4 < error(theirs, truth), "the control: precision is lower"
    assert error(ours, truth) < 1.5 * error(theirs, truth)


def dropped(rate, shape, *, seed=3, dtype="float32", cheaply=True, calls=1):
    layer = layers.Dropout(rate, seed=seed, dtype=dtype)
    network = keras.Sequential([keras.Input(shape[1:]), layer])
    numbers = tf.ones(shape, dtype)
    with cheaper_layers([network]) if cheaply else contextlib.nullcontext():
        for _ in range(calls):
            with tf.GradientTape() as tape:
                tape.watch(numbers)
                found = network(numbers, training=True)
    return np.array(found, "float32"), np.array(tape.gradient(found, numbers), "float32")


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_dropout_drops_its_share_and_scales_the_rest(dtype):
    found, gradient = dropped(0.3, (101, 33, 31), dtype=dtype)  # an odd number of them
    assert abs((found == 0).mean() - 0.3) < 0.006, "four standard deviations"
    kept = float(tf.cast(tf.cast(1 / 0.7, dtype), tf.float32))
    assert set(np.unique(found)) == {0.0, np.float32(kept)}
    np.testing.assert_array_equal(gradient, found)
    for axis in (0, 1, 2):
        shares = (found == 0).mean(tuple({0, 1, 2} - {axis}))
        assert np.abs(shares - 0.3).max() < 0.09, "no row or column stands out"


def test_dropout_follows_its_seed():
    first, _ = dropped(0.5, (64, 50))
    np.testing.assert_array_equal(dropped(0.5, (64, 50))[0], first)
    for other in (dropped(0.5, (64, 50), seed=4), dropped(0.5, (64, 50), calls=2)):
        assert 0.4 < (other[0] == first).mean() < 0.6
    layer = layers.Dropout(0.5, seed=3)
    network = keras.Sequential([keras.Input((50,)), layer])
    states = []
    for cheaply in (False, True):
        with cheaper_layers([network]) if cheaply else contextlib.nullcontext():
            network(tf.ones((2, 50)), training=True)
        states.append(layer.seed_generator.state.numpy())
    assert states[0][1] + 1 == states[1][1], "the stream goes on as with Keras"


def test_batches_of_any_size_and_prediction():
    network = keras.Sequential([keras.Input((3, 5)), layers.Dropout(0.5, seed=0)])
    call = tf.function(lambda images: network(images, training=True), autograph=False)
    with cheaper_layers([network]):
        graph = call.get_concrete_function(tf.TensorSpec((None, 3, 5)))
        np.testing.assert_array_equal(network(tf.ones((2, 3, 5)), training=False), 1)
    for size in (1, 7):
        assert graph(tf.ones((size, 3, 5))).shape == (size, 3, 5)


class MyDropout(layers.Dropout):
    """Somebody's own variant."""


def test_other_layers_are_left_alone_and_all_afterwards():
    own = layers.Dropout(0.5)
    own.call = lambda inputs, training=False: inputs
    half = layers.BatchNormalization(dtype="float16")
    inside = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(2, 5, strides=2)])
    network = keras.Sequential([inside, layers.Dropout(0.5), MyDropout(0.5), own, half])
    with pytest.raises(RuntimeError), cheaper_layers([network, network]):
        assert "convolution_op" in vars(inside.layers[0]) and "call" in vars(network.layers[1])
        assert not any("call" in vars(layer) for layer in (network.layers[2], half))
        raise RuntimeError
    assert "convolution_op" not in vars(inside.layers[0]) and "call" not in vars(network.layers[1])
    assert "call" in vars(own)


UNUSUAL = [
    ((28, 28, 1), layers.Conv2D(2, 5, strides=2, padding="valid")),
    ((27, 28, 1), layers.Conv2D(2, 5, strides=2, padding="same")),
    ((None, None, 1), layers.Conv2D(2, 5, strides=2, padding="same")),
    ((28, 28, 1), layers.Conv2D(2, 3, strides=2, padding="same")),
    ((28, 28, 1), layers.Conv2D(2, 5, padding="same")),
    ((28, 28, 1), layers.Conv2D(2, 5, padding="same", dilation_rate=2)),
    ((28, 28, 2), layers.Conv2D(2, 5, strides=2, padding="same")),
    ((28, 28, 2), layers.Conv2D(2, 5, strides=2, padding="same", groups=2)),
    ((14, 14, 3), layers.Conv2DTranspose(1, 5, strides=2, padding="valid")),
    ((14, 14, 3), layers.Conv2DTranspose(1, 5, strides=2, padding="same", output_padding=0)),
    ((14, 14, 3), layers.Conv2DTranspose(2, 5, strides=2, padding="same")),
    ((14, 14, 3), layers.Conv2DTranspose(1, 5, strides=(1, 2), padding="same")),
    ((14, 14, 3), layers.BatchNormalization(axis=1)),
    ((14, 3), layers.BatchNormalization()),
    ((3,), layers.BatchNormalization()),
    ((14, 14, 3), layers.BatchNormalization(trainable=False)),
    ((14, 3), layers.Dropout(0.5, noise_shape=(None, 1, 3), seed=0)),
    ((3,), layers.Dropout(0.0)),
    ((3,), layers.Dropout(1.0)),
]


@pytest.mark.parametrize(
    ("shape", "layer"), UNUSUAL, ids=[f"{n}-{type(x).__name__}" for n, (_, x) in enumerate(UNUSUAL)]
)
def test_unusual_settings_give_exactly_what_keras_gives(shape, layer):
    network = keras.Sequential([keras.Input(shape), layer])
    images = np.random.default_rng(0).normal(size=(4, *(size or 28 for size in shape)))
    states = [one.numpy() for one in network.variables]
    found = []
    for cheaply in (False, True):
        for variable, value in zip(network.variables, states, strict=True):
            variable.assign(value)
        for variable in getattr(getattr(layer, "seed_generator", None), "variables", ()):
            variable.assign([0, 0])
        with cheaper_layers([network]) if cheaply else contextlib.nullcontext():
            found.append(np.array(network(images.astype("float32"), training=True)))
    np.testing.assert_array_equal(*found)


def operations(budget):
    """Returns the kinds of operations in a training step of a small pair."""
    generator, discriminator = pair(5)
    adam = keras.optimizers.Adam()
    kinds = []

    @tf.function
    def step(noise):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(discriminator(generator(noise, training=True), training=True))
        weights = generator.trainable_weights
        adam.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
        kinds[:] = [one.type for one in tf.compat.v1.get_default_graph().get_operations()]
        return {"generator_loss": loss}

    training.fit(
        step,
        tf.data.Dataset.from_tensors(tf.zeros((2, *FEATURES))),
        epochs=1,
        budget=budget,
        networks={"generator": generator, "discriminator": discriminator},
        optimizers={"generator_optimizer": adam},
    )
    return kinds


def test_trainings_use_them_but_not_where_tracing_costs_more_than_steps():
    kinds = operations(Budget("one step", images_per_epoch=2))
    assert kinds.count("FusedBatchNormV3") == 2
    assert kinds.count("DepthToSpace") == 2, "the generator's images, and the gradient for them"
    kinds = operations(GRADING)
    assert kinds and not {"FusedBatchNormV3", "DepthToSpace"} & set(kinds)
