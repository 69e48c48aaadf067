# Sequential models filled with add(), one of them nested, built by their first call.
# marks: 1 of 1
# %% q4a_generator
def make_generator_model(batch_size):
    block = keras.Sequential([keras.Input((noise_dim,))])
    block.add(layers.Dense(49 * batch_size, use_bias=False))
    block.add(layers.BatchNormalization())
    block.add(layers.LeakyReLU())
    model = keras.Sequential()
    model.add(keras.Input((noise_dim,)))
    model.add(block)
    model.add(layers.Reshape((7, 7, -1)))
    model.add(layers.Conv2DTranspose(64, 5, strides=2, padding="same", use_bias=False))
    model.add(layers.BatchNormalization())
    model.add(layers.LeakyReLU())
    model.add(layers.Conv2DTranspose(1, 5, strides=2, padding="same", use_bias=False))
    model.add(layers.Activation(keras.activations.tanh))
    return model


generator = make_generator_model(BATCH_SIZE)
# %% q4a_discriminator
def make_discriminator_model():
    model = keras.Sequential()
    model.add(layers.Conv2D(64, 5, strides=2, padding="same", input_shape=(28, 28, 1)))
    model.add(layers.LeakyReLU())
    model.add(layers.Dropout(0.3))
    model.add(layers.Flatten())
    model.add(layers.Dense(1))
    return model


discriminator = make_discriminator_model()
# %% q4a_display
checkpoint.restore(tf.train.latest_checkpoint(checkpoint_dir)).assert_consumed()
for epoch in (10, 20, 30, 40, 50):
    plots.show(display_image(epoch), alt=f"Samples of the simpler model after epoch {epoch}.")
