"""Puts a small encoder and decoder, and what their training needs, in place."""


def _grading(arrays):
    import tensorflow as tf
    from tensorflow import keras

    space = globals()
    space.update(space["_grading_state"]["provided"])

    def make_encoder():
        rows = keras.Input((28, 28))
        flat = keras.layers.Flatten()(rows)
        return keras.Model(rows, [keras.layers.Dense(64)(flat), keras.layers.Dense(64)(flat)])

    def make_decoder():
        layers = keras.layers
        return keras.Sequential(
            [keras.Input((64,)), layers.Dense(784, activation="sigmoid"), layers.Reshape((28, 28))]
        )

    def vae_loss(images, decoded, mu, log_sigma):
        each = space["reconstruction_loss"](images, decoded)
        return tf.reduce_mean(each + space["kl_divergence"](mu, log_sigma))

    space.update(
        make_encoder=make_encoder,
        make_decoder=make_decoder,
        encoder=make_encoder(),
        decoder=make_decoder(),
        vae_loss=vae_loss,
        vae_optimizer=keras.optimizers.Adam(1e-3),
    )
