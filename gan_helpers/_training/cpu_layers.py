"""Layers in forms that compute the same at less cost on a CPU."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import keras
import tensorflow as tf

_LEVELS = 2**16  # of the random numbers that choose what is dropped
# Sizes that padded to 6 are 3 x 3 blocks of 2 x 2, one of them in the middle.
_KERNEL_SIZES = (4, 5, 6)
_DTYPES = ("float32", "bfloat16")
_STRIDES = [1, 2, 2, 1]


@contextlib.contextmanager
def cheaper_layers(networks: Iterable[keras.Model]) -> Iterator[None]:
    """Replace slow layers by equivalent forms for the time of the ``with`` block.

    ========================  ==================================================================
    layer                     form
    ========================  ==================================================================
    BatchNormalization        in training, for images: TensorFlow's one operation, where Keras
                              takes about twenty
    Dropout                   16 random bits decide about a number, not 32: the share that is
                              dropped is right to within 2**-17
    Conv2D of one channel,    strides of 2: the way from features to images, which is a
    Conv2DTranspose to one    Conv2DTranspose's result and a Conv2D's gradient, is a 3 x 3
                              convolution to four channels that are the pixels of 2 x 2 blocks
    ========================  ==================================================================

    Results agree to within rounding; only Dropout drops other units than Keras would with the same
    seed. Other layers, their subclasses and other settings are left as they are.

    Args:
        networks: Built networks; layers of networks inside them are found too.
    """
    changed: list[tuple[Any, str]] = []
    try:
        for layer in {id(layer): layer for layer in _layers(networks)}.values():
            for kind, name, form in _FORMS:
                changed_before = name in vars(layer)
                if type(layer) is kind and layer.compute_dtype in _DTYPES and not changed_before:
                    setattr(layer, name, _not_converted(form, layer, getattr(layer, name)))
                    changed.append((layer, name))
        yield
    finally:
        for layer, name in changed:
            delattr(layer, name)


def _layers(networks: Iterable[keras.Model]) -> Iterator[Any]:
    for network in networks:
        for layer in network.layers:
            if isinstance(layer, keras.Model):
                yield from _layers([layer])
            else:
                yield layer


def _not_converted(form: Callable[..., Any], layer: Any, keras_way: Callable[..., Any]) -> Any:
    # Autograph, which rewrites training steps, takes custom gradients apart.
    return tf.autograph.experimental.do_not_convert(functools.partial(form, layer, keras_way))


# -- batch normalisation --------------------------------------------------------------------------


def _normalized(
    layer: keras.layers.BatchNormalization,
    keras_way: Callable[..., Any],
    inputs: Any,
    training: Any = None,
    mask: Any = None,
) -> Any:
    """Do what ``BatchNormalization.call`` does."""
    usual = (
        training is not True
        or not layer.trainable
        or mask is not None
        or layer.synchronized
        or getattr(layer, "renorm", False)
        or len(inputs.shape) != 4
        or layer.axis not in (-1, 3)
    )
    if usual:
        return keras_way(inputs, training=training, mask=mask)
    channels = inputs.shape[-1]
    # Keras casts them in the same way.
    gamma = keras.ops.cast(layer.gamma, "float32") if layer.scale else tf.ones(channels)
    beta = keras.ops.cast(layer.beta, "float32") if layer.center else tf.zeros(channels)
    outputs, mean, variance = _normalization(inputs, gamma, beta, layer.epsilon)
    # TensorFlow gives the estimate for the population, Keras averages the variance of the batch.
    count = tf.cast(tf.size(inputs) // channels, "float32")
    averages = ((layer.moving_mean, mean), (layer.moving_variance, variance * (count - 1) / count))
    for average, now in averages:
        average.assign(average * layer.momentum + now * (1 - layer.momentum))
    return outputs


def _normalization(
    inputs: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, epsilon: float
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Return the normalised images (n, h, w, c), their mean and their variance, (c,)."""

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def normalize(inputs: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor) -> Any:
        outputs, mean, variance, *reserved = tf.raw_ops.FusedBatchNormV3(
            x=inputs,
            scale=gamma,
            offset=beta,
            mean=[],
            variance=[],
            epsilon=epsilon,
            is_training=True,
        )

        @tf.custom_gradient  # type: ignore[untyped-decorator]
        def backward(upstream: tf.Tensor, inputs: tf.Tensor, gamma: tf.Tensor) -> Any:
            first = tf.raw_ops.FusedBatchNormGradV3(
                y_backprop=upstream,
                x=inputs,
                scale=gamma,
                reserve_space_1=reserved[0],
                reserve_space_2=reserved[1],
                reserve_space_3=reserved[2],
                epsilon=epsilon,
                is_training=True,
            )[:3]

            # TensorFlow's own second derivatives of this operation are off by some thousandths.
            def second(*outer: tf.Tensor) -> Any:
                with tf.GradientTape() as tape:
                    tape.watch([upstream, inputs, gamma])
                    plain = _plain_gradients(upstream, inputs, gamma, epsilon)
                return tape.gradient(plain, [upstream, inputs, gamma], list(outer))

            return list(first), second

        def gradients(upstream: tf.Tensor, *_: tf.Tensor) -> Any:
            return backward(upstream, inputs, gamma)

        return (outputs, mean, variance), gradients

    results: tuple[tf.Tensor, tf.Tensor, tf.Tensor] = normalize(inputs, gamma, beta)
    return results


def _plain_gradients(
    upstream: tf.Tensor, inputs: tf.Tensor, gamma: tf.Tensor, epsilon: float
) -> list[tf.Tensor]:
    """Return the gradients for inputs, gamma and beta, from operations for single numbers."""
    with tf.GradientTape() as tape:
        tape.watch([inputs, gamma])
        numbers = tf.cast(inputs, tf.float32)
        mean, variance = tf.nn.moments(numbers, (0, 1, 2))
        outputs = tf.cast(
            (numbers - mean) * tf.math.rsqrt(variance + epsilon) * gamma, inputs.dtype
        )
    shift = tf.reduce_sum(tf.cast(upstream, tf.float32), (0, 1, 2))
    return [*tape.gradient(outputs, [inputs, gamma], upstream), shift]


# -- dropout --------------------------------------------------------------------------------------


def _dropped(
    layer: keras.layers.Dropout, keras_way: Callable[..., Any], inputs: Any, training: Any = False
) -> Any:
    """Do what ``Dropout.call`` does, with other random numbers of the same seed."""
    threshold = round(layer.rate * _LEVELS)
    if training is not True or layer.noise_shape is not None or not 0 < threshold < _LEVELS:
        return keras_way(inputs, training=training)
    seed = tf.cast(layer.seed_generator.next(), tf.int64)
    pairs = tf.random.stateless_uniform(
        [(tf.size(inputs) + 1) // 2], seed, minval=None, maxval=None, dtype=tf.uint32
    )
    levels = tf.reshape(tf.bitcast(pairs, tf.uint16), [-1])[: tf.size(inputs)]
    stays = tf.reshape(levels, tf.shape(inputs)) >= tf.constant(threshold, tf.uint16)
    zero = tf.zeros((), inputs.dtype)
    return tf.ensure_shape(tf.where(stays, inputs * (1 / (1 - layer.rate)), zero), inputs.shape)


# -- convolutions between images of one channel and features -------------------------------------


def _convolved(
    layer: keras.layers.Conv2D, keras_way: Callable[..., Any], inputs: Any, kernel: Any
) -> Any:
    """Do what ``Conv2D.convolution_op`` does."""
    even = len(inputs.shape) == 4 and all(size and size % 2 == 0 for size in inputs.shape[1:3])
    if layer.groups != 1 or not even or not _fits(layer):
        return keras_way(inputs, kernel)
    return _convolution(inputs, tf.convert_to_tensor(kernel))


def _transposed(
    layer: keras.layers.Conv2DTranspose, keras_way: Callable[..., Any], inputs: Any
) -> Any:
    """Do what ``Conv2DTranspose.call`` does."""
    if layer.output_padding is not None or not _fits(layer):
        return keras_way(inputs)
    outputs = _transposed_convolution(inputs, tf.convert_to_tensor(layer.kernel))
    if layer.use_bias:
        outputs = outputs + tf.cast(layer.bias, outputs.dtype)
    return outputs if layer.activation is None else layer.activation(outputs)


def _fits(layer: Any) -> bool:
    """Tell whether a layer lies between images of one channel and features half as large."""
    return (
        layer.data_format == "channels_last"
        and layer.padding == "same"
        and tuple(layer.strides) == (2, 2)
        and tuple(layer.dilation_rate) == (1, 1)
        and all(size in _KERNEL_SIZES for size in layer.kernel_size)
        and layer.kernel.shape[2] == 1
    )


@tf.custom_gradient  # type: ignore[untyped-decorator]
def _convolution(images: tf.Tensor, kernel: tf.Tensor) -> Any:
    """Convolve images (n, 2h, 2w, 1) to features (n, h, w, c).

    ``kernel`` has the shape (rows, columns, 1, c).
    """

    def gradients(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return (
            _transposed_convolution(upstream, kernel),
            _kernel_gradient(images, kernel, upstream),
        )

    return tf.nn.conv2d(images, kernel, _STRIDES, "SAME"), gradients


@tf.custom_gradient  # type: ignore[untyped-decorator]
def _transposed_convolution(features: tf.Tensor, kernel: tf.Tensor) -> Any:
    """Spread features (n, h, w, c) to images (n, 2h, 2w, 1): the transpose of `_convolution`."""

    def gradients(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return _convolution(upstream, kernel), _kernel_gradient(upstream, kernel, features)

    four = tf.nn.conv2d(features, _in_blocks(kernel), 1, "SAME")
    return tf.nn.depth_to_space(four, 2), gradients


def _kernel_gradient(images: tf.Tensor, kernel: tf.Tensor, features: tf.Tensor) -> tf.Tensor:
    return tf.raw_ops.Conv2DBackpropFilter(
        input=images,
        filter_sizes=kernel.shape.as_list(),
        out_backprop=features,
        strides=_STRIDES,
        padding="SAME",
    )


def _in_blocks(kernel: tf.Tensor) -> tf.Tensor:
    """Return the kernel (3, 3, c, 4) whose four channels are the pixels of a block of 2 x 2.

    With "SAME" padding a kernel of size k begins (k - 2) // 2 pixels before a pixel with an even
    number. Padded so that this is an even number too, it has 3 x 3 blocks, the middle one of which
    lies where the feature lies.
    """
    before = [((size - 2) // 2) % 2 for size in kernel.shape[:2]]
    paddings = [
        [first, 6 - size - first] for first, size in zip(before, kernel.shape[:2], strict=True)
    ]
    padded = tf.pad(kernel[:, :, 0], [*paddings, [0, 0]])
    channels = kernel.shape[3]
    blocks = tf.reshape(padded, (3, 2, 3, 2, channels))[::-1, :, ::-1]
    return tf.reshape(tf.transpose(blocks, (0, 2, 4, 1, 3)), (3, 3, channels, 4))


_FORMS: tuple[tuple[Any, str, Callable[..., Any]], ...] = (
    (keras.layers.BatchNormalization, "call", _normalized),
    (keras.layers.Dropout, "call", _dropped),
    (keras.layers.Conv2D, "convolution_op", _convolved),
    (keras.layers.Conv2DTranspose, "call", _transposed),
)
