"""Puts correct Wasserstein losses and makers of small networks in place."""


def _grading(arrays):
    import tensorflow as tf
    from tensorflow import keras

    space = globals()
    space.update(space["_grading_state"]["provided"])
    layers = keras.layers

    def make_generator():
        make = layers.Dense(784, activation="sigmoid")
        return keras.Sequential([keras.Input((100,)), make, layers.Reshape((28, 28, 1))])

    def make_critic():
        return keras.Sequential([keras.Input((28, 28, 1)), layers.Flatten(), layers.Dense(1)])

    def critic_loss(real_scores, fake_scores):
        return tf.reduce_mean(fake_scores) - tf.reduce_mean(real_scores)

    def wgan_generator_loss(fake_scores):
        return -tf.reduce_mean(fake_scores)

    space.update(
        noise_dim=100,
        make_generator=make_generator,
        make_critic=make_critic,
        critic_loss=critic_loss,
        wgan_generator_loss=wgan_generator_loss,
    )
