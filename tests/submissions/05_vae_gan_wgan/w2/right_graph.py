# A graph from the start, every fifth image, clipping by maximum and minimum.
# marks: 3 of 3
critic_optimizer, wgan_optimizer = (
    keras.optimizers.RMSprop(learning_rate=0.0005) for _ in range(2)
)


@tf.function
def wgan_step(images):
    for number in range(5):
        real = images[number::5]
        generated = wgan_generator(sampling.latent((real.shape[0], noise_dim)), training=True)
        with tf.GradientTape() as tape:
            loss = critic_loss(critic(real, training=True), critic(generated, training=True))
        gradients = tape.gradient(loss, critic.trainable_variables)
        critic_optimizer.apply_gradients(zip(gradients, critic.trainable_variables))
        for weight in critic.weights:
            weight.assign(tf.minimum(tf.maximum(weight, -0.01), 0.01))

    with tf.GradientTape() as tape:
        generated = wgan_generator(sampling.latent((real.shape[0], noise_dim)), training=True)
        generator_loss = wgan_generator_loss(critic(generated, training=True))
    gradients = tape.gradient(generator_loss, wgan_generator.trainable_variables)
    wgan_optimizer.apply_gradients(zip(gradients, wgan_generator.trainable_variables))
    return {"critic_loss": loss, "generator_loss": generator_loss}
