# The generator stays frozen, so its pictures do, and its name is then given to the history.
# marks: 0 of 1
generator.trainable = False


def discriminator_step(images, batch_size):
    noise = sampling.latent((batch_size, noise_dim))
    with tf.GradientTape() as tape:
        real = discriminator(images, training=True)
        fake = discriminator(generator(noise, training=True), training=True)
        loss = discriminator_loss(real, fake)
    gradients = tape.gradient(loss, discriminator.trainable_variables)
    discriminator_optimizer.apply_gradients(zip(gradients, discriminator.trainable_variables))
    return {"discriminator_loss": loss}


train_step = tf.function(discriminator_step)
history = train(train_dataset, EPOCHS)
generator.trainable = True
generator = history
