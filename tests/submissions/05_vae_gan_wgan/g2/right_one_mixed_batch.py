# Both halves in one batch, the losses written out; curves in two figures.
# marks: 3 of 3
# %% g2
@tf.function
def gan_step(images):
    half = tf.shape(images)[0] // 2
    fakes = generator(tf.random.normal((half, noise_dim)), training=True)
    mixed = tf.concat([fakes, tf.random.shuffle(images)[:half]], axis=0)
    labels = tf.concat([tf.zeros((half, 1)), tf.ones((half, 1))], axis=0)
    with tf.GradientTape() as tape:
        p = discriminator(mixed, training=True)
        d_loss = -tf.reduce_mean(tf.math.log(tf.where(labels > 0.5, p, 1 - p) + 1e-8))
    gradients = tape.gradient(d_loss, discriminator.trainable_weights)
    discriminator_optimizer.apply(gradients, discriminator.trainable_weights)
    with tf.GradientTape() as tape:
        p = discriminator(generator(tf.random.normal((2 * half, noise_dim)), training=True))
        g_loss = -tf.reduce_mean(tf.math.log(p + 1e-8))
    gradients = tape.gradient(g_loss, generator.trainable_weights)
    generator_optimizer.apply(gradients, generator.trainable_weights)
    return {"generator_loss": g_loss, "discriminator_loss": d_loss}
# %% g2_curves
for name in ("generator_loss", "discriminator_loss"):
    plt.figure()
    plt.scatter(gan_history.epochs, gan_history.losses[name])
    plt.ylabel(name)
    plt.show()
