# One step of the critic.
# marks: 2 of 3
critic_optimizer = keras.optimizers.RMSprop(5e-4)
wgan_optimizer = keras.optimizers.RMSprop(5e-4)


def wgan_step(images):
    for real in [images[: images.shape[0] // 5]]:
        generated = wgan_generator(sampling.latent((real.shape[0], noise_dim)), training=True)
        with tf.GradientTape() as tape:
            loss = critic_loss(critic(real, training=True), critic(generated, training=True))
        gradients = tape.gradient(loss, critic.trainable_variables)
        critic_optimizer.apply_gradients(zip(gradients, critic.trainable_variables))
        for weight in critic.trainable_variables:
            weight.assign(tf.clip_by_value(weight, -0.01, 0.01))

    with tf.GradientTape() as tape:
        generated = wgan_generator(sampling.latent((real.shape[0], noise_dim)), training=True)
        generator_loss = wgan_generator_loss(critic(generated, training=True))
    gradients = tape.gradient(generator_loss, wgan_generator.trainable_variables)
    wgan_optimizer.apply_gradients(zip(gradients, wgan_generator.trainable_variables))
    return {"critic_loss": loss, "generator_loss": generator_loss}
