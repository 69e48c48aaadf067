"""Gives back the training's history, and puts a decoder with drawn weights in place."""


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
    space["decoder"] = decoder
