"""Gives back the training's history, and puts a decoder with drawn weights in place.

The encoder is replaced as well, for answers that decode the codes of images instead of new ones.
"""


def _grading(arrays):
    from tensorflow import keras

    space = globals()
    space.update(space["_grading_state"]["provided"])
    space["vae_history"] = space["_grading_state"].pop("vae_history", None)
    layers = keras.layers
    decoder = keras.Sequential(
        [keras.Input((64,)), layers.Dense(784, activation="sigmoid"), layers.Reshape((28, 28))]
    )
    decoder.set_weights([arrays["kernel"], arrays["bias"]])
    rows = keras.Input((28, 28))
    # A trained encoder's codes may happen to look like drawn ones; these never do.
    flat = layers.Flatten()(rows)
    far = {"kernel_initializer": "zeros", "bias_initializer": keras.initializers.Constant(2.0)}
    mu, log_sigma = layers.Dense(64, **far)(flat), layers.Dense(64)(flat)
    space.update(decoder=decoder, encoder=keras.Model(rows, [mu, log_sigma]))
