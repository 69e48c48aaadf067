# Images in -1 to 1, upsampling followed by convolutions, and an instance of LeakyReLU.
# marks: 6 of 6
my_range = [-1.0, 1.0]


def make_my_gan():
    generator = models.Sequential(
        [
            keras.Input((50,)),
            layers.Dense(7 * 7 * 48),
            layers.LeakyReLU(),
            layers.Reshape((7, 7, 48)),
            layers.UpSampling2D(),
            layers.Conv2D(32, 3, padding="same", activation=layers.LeakyReLU()),
            layers.UpSampling2D(),
            layers.Conv2D(1, 3, padding="same"),
            layers.Activation("tanh"),
        ]
    )
    discriminator = models.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, strides=2, padding="same", activation=layers.LeakyReLU()),
            layers.Conv2D(64, 3, strides=2, padding="same", activation=layers.LeakyReLU()),
            layers.Flatten(),
            layers.Dropout(0.3),
            layers.Dense(1),
        ]
    )
    optimizers = [keras.optimizers.Adam(1e-3, beta_1=0.5) for _ in range(2)]
    loss = keras.losses.BinaryCrossentropy(from_logits=True)

    @tf.function
    def train_step(images):
        noise = tf.random.normal((32, 50))
        with tf.GradientTape() as gen_tape, tf.GradientTape() as disc_tape:
            fake = discriminator(generator(noise, training=True), training=True)
            real = discriminator(images, training=True)
            gen_loss = loss(tf.ones((32, 1)), fake)
            disc_loss = loss(0.9 * tf.ones((32, 1)), real) + loss(tf.zeros((32, 1)), fake)
        for tape, value, model, optimizer in (
            (gen_tape, gen_loss, generator, optimizers[0]),
            (disc_tape, disc_loss, discriminator, optimizers[1]),
        ):
            gradients = tape.gradient(value, model.trainable_weights)
            optimizer.apply_gradients(zip(gradients, model.trainable_weights))
        return {"generator_loss": gen_loss, "discriminator_loss": disc_loss}

    return generator, discriminator, *optimizers, train_step
