# Larger, with a data set of its own.
# marks: 2 of 2
large = tf.data.Dataset.from_tensor_slices(train_images).shuffle(60000).batch(512)
batch_run = run(
    "batch_512",
    generator=make_generator_model(),
    discriminator=make_discriminator_model(),
    generator_optimizer=keras.optimizers.Adam(1e-4),
    discriminator_optimizer=keras.optimizers.Adam(1e-4),
    dataset=large,
    epochs=50,
)
