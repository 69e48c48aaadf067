# Two functions, and the images reshaped into five batches.
# marks: 3 of 3
critic_optimizer = keras.optimizers.RMSprop(5e-4)
wgan_optimizer = keras.optimizers.RMSprop(5e-4)


def learn(network, optimizer, loss_of):
    with tf.GradientTape() as tape:
        loss = loss_of()
    optimizer.apply(tape.gradient(loss, network.trainable_weights), network.trainable_weights)
    return loss


def wgan_step(images):
    batches = tf.reshape(images, (5, -1, 28, 28, 1))
    count = tf.shape(batches)[1]

    def fakes():
        return wgan_generator(tf.random.normal((count, noise_dim)))

    for number in range(5):
        c_loss = learn(
            critic, critic_optimizer, lambda: critic_loss(critic(batches[number]), critic(fakes()))
        )
        for weight in critic.trainable_weights:
            weight.assign(keras.ops.clip(weight, -0.01, 0.01))
    g_loss = learn(wgan_generator, wgan_optimizer, lambda: wgan_generator_loss(critic(fakes())))
    return {"generator_loss": g_loss, "critic_loss": c_loss}
