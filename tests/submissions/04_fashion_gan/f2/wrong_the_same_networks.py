# Every call returns the same networks, so that the training goes on with used ones.
# marks: 5.5 of 6
my_range = (0, 1)


def make_once():
    generator = models.Sequential(
        [
            keras.Input((64,)),
            layers.Dense(7 * 7 * 64, use_bias=False),
            layers.BatchNormalization(),
            layers.LeakyReLU(),
            layers.Reshape((7, 7, 64)),
            layers.Conv2DTranspose(32, 4, strides=2, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.LeakyReLU(),
            layers.Conv2DTranspose(1, 4, strides=2, padding="same", activation="sigmoid"),
        ]
    )
    discriminator = models.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 4, strides=2, padding="same"),
            layers.LeakyReLU(0.2),
            layers.Conv2D(64, 4, strides=2, padding="same"),
            layers.LeakyReLU(0.2),
            layers.Dropout(0.3),
            layers.Flatten(),
            layers.Dense(1),
        ]
    )
    gen_opt = keras.optimizers.Adam(1e-3, beta_1=0.5)
    disc_opt = keras.optimizers.Adam(1e-3, beta_1=0.5)
    bce = keras.losses.BinaryCrossentropy(from_logits=True)

    @tf.function
    def train_step(images):
        noise = sampling.latent((tf.shape(images)[0], 64))
        with tf.GradientTape(persistent=True) as tape:
            fake = discriminator(generator(noise, training=True), training=True)
            real = discriminator(images, training=True)
            gen_loss = bce(tf.ones_like(fake), fake)
            disc_loss = bce(tf.ones_like(real), real) + bce(tf.zeros_like(fake), fake)
        weights = generator.trainable_weights
        gen_opt.apply_gradients(zip(tape.gradient(gen_loss, weights), weights))
        weights = discriminator.trainable_weights
        disc_opt.apply_gradients(zip(tape.gradient(disc_loss, weights), weights))
        return {"discriminator_loss": disc_loss, "generator_loss": gen_loss}

    return generator, discriminator, gen_opt, disc_opt, train_step


made_once = make_once()


def make_my_gan():
    return made_once
