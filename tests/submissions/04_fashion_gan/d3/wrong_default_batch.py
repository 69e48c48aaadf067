# fit with its own batch size of 32, and noise that is uniform in 0 to 1.
# marks: 3 of 4
# %% d3_discriminator
def discriminator_epoch(images, generator, discriminator):
    discriminator.trainable = True
    fake = generator(draw_noise(len(images), generator), training=False)
    x = tf.concat([images, fake], axis=0)
    y = tf.concat([tf.ones((len(images), 1)), tf.zeros((len(fake), 1))], axis=0)
    return discriminator.fit(x, y, verbose=0).history["loss"][0]
# %% d3_generator
def generator_epoch(count, discriminator, combined):
    discriminator.trainable = False
    losses = []
    for start in range(0, count, BATCH):
        noise = tf.random.uniform((min(BATCH, count - start), combined.input_shape[-1]))
        losses.append(combined.train_on_batch(noise, tf.ones((len(noise), 1))))
    return float(np.mean(losses))
