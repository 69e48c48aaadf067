# Real images get label 0, generated ones label 1; and the table counts epochs from 1.
# marks: 3 of 4
# %% d3_discriminator
def discriminator_epoch(images, generator, discriminator):
    discriminator.trainable = True
    losses = []
    for start in range(0, len(images), BATCH):
        real = images[start : start + BATCH]
        fake = generator(draw_noise(len(real), generator), training=False)
        labels = tf.concat([tf.zeros((len(real), 1)), tf.ones((len(fake), 1))], axis=0)
        losses.append(discriminator.train_on_batch(tf.concat([real, fake], axis=0), labels))
    return float(np.mean(losses))
# %% d3_table
loss_table = np.stack(
    [
        np.arange(1, EPOCHS + 1),
        dense_history.losses["discriminator_loss"],
        dense_history.losses["generator_loss"],
    ],
    axis=1,
)
print(loss_table)
