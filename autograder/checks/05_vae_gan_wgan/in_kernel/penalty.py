"""Calls gradient_penalty on three critics: a linear one, a constant one, and a bowl."""


def _grading(arrays):
    import numpy
    import tensorflow as tf
    from tensorflow import keras

    penalty = globals()["gradient_penalty"]
    layers = keras.layers
    shown, found = [], {}

    def linear(kernel):
        """Return a linear critic, its penalty, and the penalty's gradient by its weights."""
        score = layers.Dense(1)
        critic = keras.Sequential([keras.Input((28, 28, 1)), layers.Flatten(), score])
        score.set_weights([kernel[:, None], numpy.zeros(1)])
        with tf.GradientTape() as tape:
            value = penalty(critic, tf.constant(arrays["real"]), tf.constant(arrays["fake"]))
        gradient = tape.gradient(
            value, score.kernel, unconnected_gradients=tf.UnconnectedGradients.ZERO
        )
        return value, gradient

    class Bowl(layers.Layer):
        """Scores an image by half its squared norm times 0.05; its gradient is 0.05 times it."""

        def call(self, images):
            if hasattr(images, "numpy"):
                shown.append(images.numpy())
            return 0.025 * tf.reduce_sum(images**2, axis=[1, 2, 3])[:, None]

    def bowl():
        critic = keras.Sequential([keras.Input((28, 28, 1)), Bowl()])
        low, high = arrays["levels"]
        flat = tf.ones((1024, 28, 28, 1))
        value = penalty(critic, float(low) * flat, float(high) * flat)
        values = shown[-1].reshape(len(shown[-1]), -1)
        return {
            "bowl": value,
            "between": values.mean(axis=1),
            "spread": numpy.ptp(values, axis=1),
            "norms": numpy.linalg.norm(values, axis=1),
        }

    tf.config.run_functions_eagerly(True)
    try:
        for name, kernel in (("linear", arrays["kernel"]), ("zero", 0 * arrays["kernel"])):
            try:
                found[name], found[f"{name}_gradient"] = linear(kernel)
            except Exception as error:
                found[f"{name}_error"] = f"{type(error).__name__}: {error}"
        try:
            found.update(bowl())
        except Exception as error:
            found["bowl_error"] = f"{type(error).__name__}: {error}"
    finally:
        tf.config.run_functions_eagerly(False)
    return found
