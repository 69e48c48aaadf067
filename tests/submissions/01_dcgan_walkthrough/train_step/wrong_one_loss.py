# One tape, and both networks go down the gradient of the sum of both losses.
# marks: 1.5 of 3
generator_optimizer = keras.optimizers.Adam(1e-4)
discriminator_optimizer = keras.optimizers.Adam(1e-4)


@tf.function
def train_step(images):
    noise = tf.random.normal([BATCH_SIZE, noise_dim])
    variables = generator.trainable_variables + discriminator.trainable_variables
    with tf.GradientTape() as tape:
        fake_output = discriminator(generator(noise, training=True), training=True)
        loss = discriminator_loss(discriminator(images, training=True), fake_output)
        loss += generator_loss(fake_output)
    gradients = tape.gradient(loss, variables)
    split = len(generator.trainable_variables)
    generator_optimizer.apply_gradients(zip(gradients[:split], variables[:split]))
    discriminator_optimizer.apply_gradients(zip(gradients[split:], variables[split:]))
