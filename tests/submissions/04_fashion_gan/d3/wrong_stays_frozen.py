# The discriminator is never made trainable again, as examples for Keras 2 have it.
# marks: 3 of 4
# %% d3_discriminator
def discriminator_epoch(images, generator, discriminator):
    losses = []
    for start in range(0, len(images), BATCH):
        real = images[start : start + BATCH]
        fake = generator(draw_noise(len(real), generator), training=False)
        labels = tf.concat([tf.ones((len(real), 1)), tf.zeros((len(fake), 1))], axis=0)
        losses.append(discriminator.train_on_batch(tf.concat([real, fake], axis=0), labels))
    return float(np.mean(losses))
