# The discriminator stays trainable in the generator's epoch.
# marks: 3 of 4
# %% d3_generator
def generator_epoch(count, discriminator, combined):
    discriminator.trainable = True
    losses = []
    for start in range(0, count, BATCH):
        noise = draw_noise(min(BATCH, count - start), combined)
        losses.append(combined.train_on_batch(noise, tf.ones((len(noise), 1))))
    return float(np.mean(losses))
