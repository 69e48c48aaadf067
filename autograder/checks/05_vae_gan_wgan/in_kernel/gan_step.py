"""Calls gan_step once, on networks whose every change can be computed by hand.

The generator makes one and the same image from any noise; all real images are one image too. The
discriminator is linear before its sigmoid, and notes what it is shown. Plain gradient descent
makes each change proportional to the gradient.
"""


def _grading(arrays):
    import numpy
    import tensorflow as tf
    from tensorflow import keras

    space, shown = globals(), []
    layers = keras.layers
    real = arrays["real"].reshape(28, 28, 1)

    class Noting(layers.Layer):
        def call(self, images, training=None):
            if hasattr(images, "numpy"):
                distances = abs(images.numpy() - real).max(axis=(1, 2, 3))
                shown.append((int((distances < 1e-4).sum()), len(distances), bool(training)))
            return images

    judge = layers.Dense(1, activation="sigmoid")
    discriminator = keras.Sequential([keras.Input((28, 28, 1)), Noting(), layers.Flatten(), judge])
    judge.set_weights([arrays["kernel"][:, None], numpy.zeros(1)])
    make = layers.Dense(784, activation="sigmoid")
    generator = keras.Sequential([keras.Input((100,)), make, layers.Reshape((28, 28, 1))])
    make.set_weights([numpy.zeros((100, 784)), arrays["logits"]])
    planted = {
        "noise_dim": 100,
        "generator": generator,
        "discriminator": discriminator,
        "generator_optimizer": keras.optimizers.SGD(1.0),
        "discriminator_optimizer": keras.optimizers.SGD(1e-5),
    }
    kept = {name: space[name] for name in planted if name in space}
    # Whether or not the step has been made a graph, its arguments are numbers here.
    tf.config.run_functions_eagerly(True)
    try:
        space.update(planted)
        space["gan_step"](tf.constant(numpy.stack([real] * 8)))
    finally:
        tf.config.run_functions_eagerly(False)
        space.update(kept)
    return {
        "kernel": judge.kernel,
        "logits": make.bias,
        "real_shown": sum(count for count, _, _ in shown),
        "real_in_training": all(training for count, _, training in shown if count),
    }
