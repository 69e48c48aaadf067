"""Calls wgan_step once, on a linear critic and a generator that always makes the same image."""


def _grading(arrays):
    import numpy
    import tensorflow as tf
    from tensorflow import keras

    space = globals()
    layers = keras.layers
    score = layers.Dense(1)
    critic = keras.Sequential([keras.Input((28, 28, 1)), layers.Flatten(), score])
    score.set_weights([arrays["kernel"][:, None], numpy.full(1, 0.3)])
    make = layers.Dense(784, activation="sigmoid")
    generator = keras.Sequential([keras.Input((100,)), make, layers.Reshape((28, 28, 1))])
    make.set_weights([numpy.zeros((100, 784)), arrays["logits"]])
    planted = {
        "noise_dim": 100,
        "wgan_generator": generator,
        "critic": critic,
        "wgan_optimizer": keras.optimizers.SGD(1.0),
        "critic_optimizer": keras.optimizers.SGD(1e-4),
    }
    kept = {name: space[name] for name in planted if name in space}
    tf.config.run_functions_eagerly(True)
    try:
        space.update(planted)
        space["wgan_step"](tf.constant(arrays["images"]))
    finally:
        tf.config.run_functions_eagerly(False)
        space.update(kept)
    return {
        "kernel": score.kernel,
        "bias": score.bias,
        "logits": make.bias,
        "critic_steps": planted["critic_optimizer"].iterations,
        "generator_steps": planted["wgan_optimizer"].iterations,
    }
